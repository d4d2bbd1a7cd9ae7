import type { IConstruct } from "constructs";
import type { ValueType } from "./value";

/** A rule that a value breaks: what must hold, what was given, what to do. */
export interface Problem {
  /** The option, as the caller wrote it: `port`, `storage.s3.chunksize`. */
  readonly option: string;
  /** What must hold, continuing the option's name: `must be 1–65535`. */
  readonly rule: string;
  /** The value that was given; left out when it may be a secret. */
  readonly got?: unknown;
  /** What to do about it, beginning with a verb. */
  readonly fix?: string;
}

/** Thrown by constructs for bad options; its message lists every problem, each with rule, value and remedy. */
export class InvalidOptionsError extends Error {
  /** What is wrong, one entry per broken rule. */
  public readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], where: string) {
    super(problems.map((problem) => `${describe(problem)} [${where}]`).join("\n"));
    this.name = "InvalidOptionsError";
    this.problems = problems;
  }
}

/**
 * Throws when any check found a problem; checks that passed return `undefined`.
 *
 * @throws InvalidOptionsError with all problems at once
 */
export function throwIfInvalid(scope: IConstruct | string, checks: readonly (Problem | undefined)[]): void {
  const problems = checks.filter((check) => check !== undefined);
  if (problems.length > 0) {
    throw new InvalidOptionsError(problems, typeof scope === "string" ? scope : scope.node.path);
  }
}

/** The problem with a value that its type does not accept. */
export function brokenRule(option: string, got: unknown, { rule, fix }: ValueType): Problem {
  return { option, rule, got, fix };
}

/** The problems of a part, told as options of what it is a part of: `port` of `publish` is `publish.port`. */
export function within(section: string, problems: readonly (Problem | undefined)[]): (Problem | undefined)[] {
  return problems.map((problem) => problem && { ...problem, option: `${section}.${problem.option}` });
}

function describe({ option, rule, got, fix }: Problem): string {
  const value = got === undefined ? "" : `, got ${typeof got === "string" ? got : JSON.stringify(got)}`;
  return `'${option}' ${rule}${value}${fix ? `: ${fix}` : ""}`;
}
