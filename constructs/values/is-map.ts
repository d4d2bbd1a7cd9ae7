/** Whether a value is a map, as YAML and JSON have them: no list, no text, not nothing. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
