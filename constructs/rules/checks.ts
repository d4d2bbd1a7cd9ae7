import { Token } from "cdktf";
import type { PublishedPort } from "../platform/platform";
import { ADDRESS, PORT } from "../values/addresses";
import { brokenRule, type Problem } from "../values/errors";
import { HEADER_NAME, HEADER_VALUE } from "../values/names";
import { PUBLISH_ADDRESS, type PublishAddress } from "../values/publish";
import type { ValueType } from "../values/value";

/** The problem with a value; none when it is absent, fine, or not known before Terraform runs. */
export function check(option: string, value: unknown, type: ValueType): Problem | undefined {
  if (value === undefined || Token.isUnresolved(value) || type.accepts(value)) return undefined;
  return brokenRule(option, value, type);
}

/** The problems of a list's entries. */
export function checkEach(option: string, values: readonly unknown[] | undefined, type: ValueType) {
  return (values ?? []).map((value, n) => check(`${option}[${n}]`, value, type));
}

/** The problem of a list that is given and empty. */
export function notEmpty(option: string, list: readonly unknown[] | undefined): Problem | undefined {
  if (list === undefined || list.length > 0) return undefined;
  return { option, rule: "must not be an empty list", got: "none", fix: "leave it out" };
}

/** The problems of a map's keys. */
export function checkKeys(option: string, map: object | undefined, type: ValueType): (Problem | undefined)[] {
  return Object.keys(map ?? {}).map((key) => {
    const problem = check(`${option}.${key}`, key, type);
    return problem && { ...problem, got: undefined };
  });
}

/** The problems of HTTP headers, each with a list of values. */
export function headerProblems(option: string, headers: Readonly<Record<string, readonly string[]>> | undefined) {
  return [
    ...checkKeys(option, headers, HEADER_NAME),
    ...Object.entries(headers ?? {}).flatMap(([name, values]) => checkEach(`${option}.${name}`, values, HEADER_VALUE)),
  ];
}

/** The problems of a port that is to be published. */
export function publishProblems(publish: PublishedPort | undefined): (Problem | undefined)[] {
  return [...addressProblems(publish?.address), check("port", publish?.port, PORT)];
}

function addressProblems(address: PublishAddress | undefined): (Problem | undefined)[] {
  if (!Array.isArray(address)) return [check("address", address, PUBLISH_ADDRESS)];
  const twice = address.find((one, n) => address.indexOf(one) !== n);
  return [
    address.length === 0 ? brokenRule("address", "an empty list", PUBLISH_ADDRESS) : undefined,
    ...checkEach("address", address, ADDRESS),
    twice === undefined
      ? undefined
      : { option: "address", rule: "must list an address once", got: twice, fix: "remove one of the two" },
  ];
}
