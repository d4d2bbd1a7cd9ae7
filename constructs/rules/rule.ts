import { Token } from "cdktf";
import type { Problem } from "../values/errors";
import { valueAt } from "../values/value-at";

/** What several options must fulfil together: said once, for constructs and for the file's keys of the same names. */
export interface OptionRule<T> {
  /** Name of the rule, for tests and talk. */
  readonly id: string;
  /** The options it looks at. A file with one of them broken is not asked, nor a construct that does not know one yet. */
  readonly reads: readonly string[];
  /** Finds what is wrong; one problem for each thing to correct. Options are named as in `reads`. */
  check(options: T): readonly Problem[];
}

/**
 * The problems that rules find, beside those that single options have already: a rule that reads one of those is left out,
 * since it could only guess.
 */
export function brokenRules<T>(
  rules: readonly OptionRule<T>[],
  options: T,
  found: readonly (Problem | undefined)[] = [],
): Problem[] {
  const isKnown = (read: string) =>
    !Token.isUnresolved(valueAt(options, read.split("."))) &&
    !found.some((problem) => problem && touches(problem.option, read));
  return rules.filter(({ reads }) => reads.every(isKnown)).flatMap(({ check }) => check(options));
}

/** Whether one option is the other, or in it. */
function touches(option: string, read: string): boolean {
  return isIn(option, read) || isIn(read, option);
}

const isIn = (inner: string, outer: string) =>
  inner === outer || (/^[.[]/.test(inner.slice(outer.length)) && inner.startsWith(outer));

/** The problem, if a condition is broken. */
export function unless(holds: boolean, option: string, rule: string, got: unknown, fix: string): readonly Problem[] {
  return holds ? [] : [{ option, rule, got, fix }];
}
