import type { AttributeChange } from "../plan/model";

const MAX = 90;

/** Ids of Docker objects: their start is enough to find them. */
const ID = /\b([0-9a-f]{12})[0-9a-f]{52}\b/g;

/** One changed attribute in one line: `ports.5000/tcp: 127.0.0.1:5000 → 0.0.0.0:5000`. */
export function brief({ path, before, after }: AttributeChange): string {
  const [old, next] = sides(before, after);
  return `${code(shorten(path))}: ${old} → ${next}`;
}

/** Both sides of a change, short; long texts only by their size. */
export function sides(before: string | undefined, after: string | undefined): readonly [string, string] {
  const isSwitch = before === "true" || after === "true";
  const absent = isSwitch ? "false" : "(none)";
  const [old, next] = [shorten(before ?? absent), shorten(after ?? absent)];
  return old === next ? [old, `${next}, changed`] : [old, next];
}

export function shorten(value: string): string {
  const lines = value.trimEnd().split("\n").length;
  if (lines > 1) return `(${lines} lines)`;
  const flat = value.trimEnd().replace(ID, "$1…");
  return flat.length > MAX ? `${flat.slice(0, MAX - 20)}… (${flat.length} characters)` : flat;
}

/** In a sentence, names stand between backquotes: formats that have none drop them. */
export function code(name: string): string {
  return `\`${name.replaceAll("`", "'").replaceAll("\n", " ")}\``;
}
