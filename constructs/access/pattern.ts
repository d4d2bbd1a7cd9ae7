import { textOf } from "../values/value";

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/**
 * Repositories that a rule is about: one by its name, `team/*` for those one level below, `team/**` for all below. Any two
 * patterns are apart, or one holds the other: that is what lets rules add up whatever their order.
 */
export const REPOSITORY_PATTERN = textOf(
  "must be a repository's name, NAME/* or NAME/** for those below it, * or **",
  "write e.g. team/app, or team/** for all that begin with team/",
  new RegExp(`^(?:${COMPONENT}/)*(?:${COMPONENT}|\\*\\*?)$`),
);

/** A repository's name, as clients write it after the host. */
export const REPOSITORY = textOf(
  "must be a repository's name without host and tag",
  "write e.g. team/app",
  new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`),
);

/** The names that a pattern stands for, for Go and JavaScript. */
export function patternExpression(pattern: string): string {
  const [, stem = "", wild] = /^(.*?)(\*{1,2})?$/.exec(pattern) ?? [];
  return `^${escaped(stem)}${wild === undefined ? "" : wild === "*" ? "[^/]+" : ".+"}$`;
}

/** Whether a pattern stands for a repository. */
export function covers(pattern: string, repository: string): boolean {
  return new RegExp(patternExpression(pattern)).test(repository);
}

/** Whether every repository of one pattern is one of the other's too. */
export function holds(outer: string, inner: string): boolean {
  if (outer === inner) return true;
  // `team/*` becomes a name one level below, `team/**` one two levels below: what holds those, holds all. No repository has
  // a `?` in its name, so a pattern without a wildcard holds none of them.
  return covers(outer, inner.replace(/\*\*$/, "?/?").replace(/\*$/, "?"));
}

/** Sorts patterns so that one that is held by another comes before it. */
export function narrowestFirst(a: string, b: string): number {
  const depth = (pattern: string) => pattern.split("/").length;
  const width = (pattern: string) => (/\*{0,2}$/.exec(pattern)?.[0] ?? "").length;
  if ((width(a) === 0) !== (width(b) === 0)) return width(a) - width(b);
  return depth(b) - depth(a) || width(a) - width(b) || (a < b ? -1 : 1);
}

/** Text as it stands in a regular expression. */
export const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
