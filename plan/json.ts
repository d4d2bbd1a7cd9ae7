/** Careful reading of values whose shape nobody promised. */

export type Json = Readonly<Record<string, unknown>>;

/** Deeper than any plan; hostile nesting ends here instead of in a stack overflow. */
export const MAX_DEPTH = 60;

export function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** A single block is written as an object by some producers and as a list by others. */
export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null || typeof value !== "object" ? [] : [value];
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function strings(value: unknown): string[] {
  return list(value).filter((item): item is string => typeof item === "string");
}

export function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Own property only: `constructor` is no attribute of a resource. */
export function get(value: unknown, key: string): unknown {
  const own = record(value);
  return Object.hasOwn(own, key) ? own[key] : undefined;
}
