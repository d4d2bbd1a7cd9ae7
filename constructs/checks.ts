import { Token } from "cdktf";
import type { Problem } from "./errors";
import { ADDRESS, PORT } from "./values/addresses";
import { BUCKET, NAME } from "./values/names";
import { type ValueType, wholeNumber } from "./values/value";

/** The problem with a value; none when it is absent, fine, or not known before Terraform runs. */
export function check(option: string, value: unknown, type: ValueType): Problem | undefined {
  if (value === undefined || Token.isUnresolved(value) || type.accepts(value)) return undefined;
  return brokenRule(option, value, type);
}

/** The problems of a list's entries. */
export function checkEach(option: string, values: readonly unknown[] | undefined, type: ValueType) {
  return (values ?? []).map((value, n) => check(`${option}[${n}]`, value, type));
}

/** The problems of a map's keys. */
export function checkKeys(option: string, map: object | undefined, type: ValueType): (Problem | undefined)[] {
  return Object.keys(map ?? {}).map((key) => {
    const problem = check(`${option}.${key}`, key, type);
    return problem && { ...problem, got: undefined };
  });
}

export function brokenRule(option: string, got: unknown, { rule, fix }: ValueType): Problem {
  return { option, rule, got, fix };
}

/** A whole number between two bounds, both included. */
export const checkRange = (option: string, value: number | undefined, min: number, max = Number.POSITIVE_INFINITY) =>
  check(option, value, wholeNumber(min, max, `give ${min} or more`));

export const checkPort = (option: string, value: number | undefined) => check(option, value, PORT);

export const checkName = (option: string, value: string | undefined) => check(option, value, NAME);

export const checkAddress = (option: string, value: string | undefined) => check(option, value, ADDRESS);

export const checkBucket = (option: string, value: string | undefined) => check(option, value, BUCKET);
