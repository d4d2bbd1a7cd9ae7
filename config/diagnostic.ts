import { looksSecret } from "./secrets";

/** Keys and list positions that lead to a value: `["registry", "publish", "port"]`. */
export type KeyPath = readonly (string | number)[];

/** A broken rule, before it is known where in the file it is. */
export interface Finding {
  readonly path: KeyPath;
  /** What must hold, continuing the key's name: `must be 1–65535`. */
  readonly rule: string;
  /** What was found, ready to print; never a secret. */
  readonly got?: string;
  /** What to do about it, beginning with a verb. */
  readonly fix: string;
  /** Which of the two to point at. @default "value" */
  readonly at?: "key" | "value";
  /** Where to point when the file does not have the key: the first of these that it has. @default - the key around it */
  readonly near?: readonly KeyPath[];
}

/** One problem of one environment file. */
export interface Diagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** The key, as people write it: `registry.tls.hosts[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly rule: string;
  /** @default - the rule says it all, or the value may be a secret */
  readonly got?: string;
  readonly fix: string;
}

/** One line: `file:line:column key.path: rule, got …, do: …`. */
export function formatDiagnostic({ file, line, column, path, rule, got, fix }: Diagnostic): string {
  const where = path ? `${file}:${line}:${column} ${path}` : `${file}:${line}:${column}`;
  return `${where}: ${rule}${got === undefined ? "" : `, got ${got}`}, do: ${fix}`;
}

/** `registry.headers["X-A.B"][0]`: the way a key is written in messages. */
export function formatPath(path: KeyPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (looksSecret(part)) return `${text}["(hidden)"]`;
    if (!/^[\w$-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text ? `${text}.${part}` : part;
  }, "");
}

/** A text, unless it is a secret. */
export function hideSecret(text: string): string {
  return looksSecret(text) ? "(hidden)" : text;
}

/** A value as messages show it: short, without the inside of maps and lists, and never a secret. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "an empty value";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  if (looksSecret(value)) return "(hidden)";
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}
