import { isDeepStrictEqual } from "node:util";
import type { ResourceChange, Values } from "../plan/plan-json";

/** One changed setting. Values that may be secret are left out. */
export interface ChangedSetting {
  readonly key: string;
  readonly before?: string;
  readonly after?: string;
}

/** The settings that differ, sorted; what is not known before the apply is not told. */
export function changedSettings({ change }: ResourceChange): ChangedSetting[] {
  const before = change.before ?? {};
  const after = change.after ?? {};
  const unknown = record(change.after_unknown);
  // What is made anew has all values anew, most of them for no reason of anybody's.
  const decisive = new Set([
    "upload",
    "triggers_replace",
    "triggers",
    ...(change.replace_paths ?? []).map(([key]) => key),
  ]);
  const replaces = change.actions.length === 2;
  return Object.keys({ ...before, ...after })
    .filter((key) => !differsOnlyInBlanks(before[key], after[key]) && unknown[key] !== true)
    .filter((key) => !replaces || decisive.has(key))
    .flatMap((key) =>
      compare(key, before[key], after[key], isMarked(change.before_sensitive, change.after_sensitive, key)),
    )
    .sort((a, b) => a.key.localeCompare(b.key));
}

/**
 * Whether somebody changed something. The provider fills in blanks when it reads, and what a container's start decides,
 * such as its address, is no change that anybody made.
 */
export function isRealDrift({ change }: ResourceChange): boolean {
  const { before, after } = change;
  if (!before || !after) return true;
  return Object.keys({ ...before, ...after }).some(
    (key) => !VOLATILE.has(key) && !differsOnlyInBlanks(before[key], after[key]),
  );
}

const VOLATILE = new Set(["network_data", "exit_code", "container_logs", "bridge", "memory_swap", "hostname"]);

function compare(key: string, before: unknown, after: unknown, sensitive: boolean): ChangedSetting[] {
  if (key === "upload") return changedFiles(before, after);
  if (sensitive) return [{ key }];
  if (key === "triggers_replace" || key === "triggers") {
    const [a, b] = [record(before), record(after)];
    return Object.keys({ ...a, ...b })
      .filter((name) => !isDeepStrictEqual(a[name], b[name]))
      .map((name) => ({ key: name, before: show(a[name]), after: show(b[name]) }));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const missing = (from: unknown[], others: unknown[]) =>
      from.filter((item) => !others.some((other) => differsOnlyInBlanks(item, other))).map(withoutBlanks);
    return [{ key, before: showAll(missing(before, after)), after: showAll(missing(after, before)) }];
  }
  return [{ key, before: show(before), after: show(after) }];
}

/** Files by name only: what is in them may be secret. */
function changedFiles(before: unknown, after: unknown): ChangedSetting[] {
  const files = (list: unknown) =>
    new Map((Array.isArray(list) ? list : []).map((one: Values) => [String(one.file), one] as const));
  const [a, b] = [files(before), files(after)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((file) => !differsOnlyInBlanks(a.get(file), b.get(file)))
    .map((file) => ({ key: `file ${file}` }));
}

function isMarked(before: unknown, after: unknown, key: string): boolean {
  return [before, after].some((marks) => marks === true || hasMark(record(marks)[key]));
}

function hasMark(marks: unknown): boolean {
  return marks === true || (typeof marks === "object" && marks !== null && Object.values(marks).some(hasMark));
}

function differsOnlyInBlanks(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutBlanks(a), withoutBlanks(b));
}

/** A value without what the provider writes for "not set". */
function withoutBlanks(value: unknown): unknown {
  if (value === null || value === "" || value === 0 || value === false) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutBlanks);
  if (typeof value !== "object") return value;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const kept = withoutBlanks(inner);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

const record = (value: unknown): Values => (typeof value === "object" && value !== null ? (value as Values) : {});
const showAll = (values: unknown[]) => values.map(show).join(" ") || undefined;

function show(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return shown.length > 120 ? `${shown.slice(0, 117)}…` : shown;
}
