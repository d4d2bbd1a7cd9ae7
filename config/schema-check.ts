import type { z } from "zod";
import { valueAt } from "../constructs/values/value-at";
import { type Finding, formatPath, type KeyPath, show } from "./diagnostic";
import { branchWith, knownKeysAt, nearest, suggestKey } from "./known-keys";
import { environmentSchema, type Parsed } from "./schema";

type Issue = z.core.$ZodIssue;

/** What the schema says about a file's data. */
export interface SchemaCheck {
  readonly findings: readonly Finding[];
  /** The data with defaults; as far as `broken` does not say otherwise, of the type it claims. */
  readonly parsed: Parsed;
  /** What of `parsed` must not be relied on. */
  readonly broken: readonly KeyPath[];
}

// Compiling parsers pays from hundreds of files on; here it costs a second's hundredth.
const ONCE = { jitless: true } as const;

/** Checks data against the schema and finds all problems. */
export function checkSchema(data: unknown): SchemaCheck {
  const result = environmentSchema.safeParse(data, ONCE);
  if (result.success) return { findings: [], parsed: result.data, broken: [] };
  const findings = result.error.issues.flatMap((issue) => translate(issue, data));
  // safeParse keeps nothing of a file with problems; the parser below it keeps what is good.
  const { value } = environmentSchema._zod.run({ value: data, issues: [] }, { async: false, ...ONCE }) as {
    value: Parsed;
  };
  return {
    findings: distinct(findings),
    parsed: value,
    broken: findings.flatMap(({ path, meant }) => (meant ? [path, meant] : [path])),
  };
}

/** A finding that may be another key's: a misspelt `prot` leaves the default port in place. */
type SchemaFinding = Finding & { readonly meant?: KeyPath };

function translate(issue: Issue, data: unknown): SchemaFinding[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key, data));
  const value = valueAt(data, path);
  const inner = entriesOf(issue, value);
  if (inner.length > 0) return inner.flatMap((one) => translate(one, data));
  if (issue.code === "invalid_key") {
    const { rule, fix } = own(issue.issues[0]?.message) ?? { rule: "must be a valid name", fix: "correct the name" };
    return [{ path, rule, got: show(path.at(-1)), fix, at: "key" }];
  }
  const { rule, fix } = own(issue.message) ?? generic(issue, value);
  const missing = value === undefined && parentOf(data, path) !== undefined;
  return [
    { path, rule: missing ? `is required and ${rule}` : rule, got: show(value), fix: quoting(issue, value) ?? fix },
  ];
}

/** Of a list where a single value would do too: what is wrong with it as a list. */
function entriesOf(issue: Issue, value: unknown): Issue[] {
  if (issue.code !== "invalid_union" || !Array.isArray(value)) return [];
  const asList = issue.errors.find((branch) =>
    branch.every((one) => one.code !== "invalid_type" || one.path.length > 0),
  );
  return (asList ?? []).map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

/** The two lines that `says()` put together. */
function own(message: string | undefined): { rule: string; fix: string } | undefined {
  const [rule = "", fix] = message?.split("\n") ?? [];
  return fix === undefined ? undefined : { rule, fix };
}

function generic(issue: Issue, value: unknown): { rule: string; fix: string } {
  const words = wordsOf(issue);
  if (words) return oneOf(words, value);
  if (issue.code === "invalid_type" && issue.expected === "array") {
    return { rule: "must be a list", fix: "write one entry a line, each beginning with `- `" };
  }
  const fix = value === null ? "write {} for all defaults, or remove the key" : "write its keys below it, indented";
  return { rule: "must be a mapping of keys", fix };
}

/** The words that a choice allows, of a plain choice and of the key that picks a branch. */
function wordsOf(issue: Issue): string[] | undefined {
  if (issue.code === "invalid_value") return issue.values.map(String);
  const { options } = issue as { options?: readonly unknown[] };
  return issue.code === "invalid_union" ? options?.map(String) : undefined;
}

function oneOf(words: readonly string[], value: unknown): { rule: string; fix: string } {
  const meant = typeof value === "string" ? nearest(value, words) : undefined;
  const rule = words.length > 9 ? `must be one of ${words.length} known names` : `must be one of ${words.join(", ")}`;
  return { rule, fix: meant ? `write ${meant}` : "choose one of them" };
}

/** Quotes forgotten, or too many: the commonest reason for a wrong type. */
function quoting(issue: Issue, value: unknown): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
  if (issue.expected === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return `put it in quotes: "${value}"`;
  }
  const isNumber =
    ["number", "int"].includes(issue.expected) && typeof value === "string" && /^\d+(?:\.\d+)?$/.test(value);
  return isNumber ? `write ${value} without quotes` : undefined;
}

function unknownKey(path: KeyPath, key: string, data: unknown): SchemaFinding {
  const meant = suggestKey(path, key, data);
  const fix = meant ? correction(path, key, meant) : `choose one of ${knownKeysAt(path, data).join(", ")}`;
  return { path: [...path, key], rule: "is not a known key", got: show(key), fix, at: "key", meant };
}

function correction(path: KeyPath, key: string, meant: KeyPath): string {
  const branch = samePlace(meant, [...path, key]) ? branchWith(path, key) : undefined;
  if (branch) return `remove it, or set ${formatPath([...path, branch.key])} to ${branch.value}, which it belongs to`;
  const isBeside = meant.length === path.length + 1 && samePlace(meant.slice(0, -1), path);
  if (isBeside) return `write ${meant.at(-1)}`;
  return `move it; did you mean ${formatPath(meant)}?`;
}

const samePlace = (a: KeyPath, b: KeyPath) => formatPath(a) === formatPath(b);

function parentOf(data: unknown, path: KeyPath): unknown {
  return path.length === 0 ? undefined : valueAt(data, path.slice(0, -1));
}

/** A number that is neither whole nor in range breaks two checks with one rule. */
function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ path, rule }) => {
    const key = `${formatPath(path)} ${rule}`;
    return !seen.has(key) && seen.add(key);
  });
}
