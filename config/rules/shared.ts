import type { OptionRule } from "../../constructs/rules/rule";
import type { Problem } from "../../constructs/values/errors";
import type { Finding } from "../diagnostic";
import type { Environment } from "../schema";
import { finding, type Rule } from "./rule";

/**
 * A rule that constructs have too, for the section of the file that has the same options.
 * @param others further keys that the options are made from
 */
export function shared<T>(
  { id, reads, check }: OptionRule<T>,
  section: string,
  options: (environment: Environment) => T | undefined,
  others: readonly string[] = [],
): Rule {
  return {
    id,
    reads: [...reads.map((read) => `${section}.${read}`), ...others],
    check: (environment) => {
      const given = options(environment);
      return given === undefined ? [] : check(given).map((problem) => toFinding(section, problem));
    },
  };
}

/** A problem of an option, as one of the key of that name. */
function toFinding(section: string, { option, rule, got, fix }: Problem): Finding {
  const path = `${section}.${option}`.replaceAll(/\[(\d+)\]/g, ".$1");
  return finding(path, rule, got === undefined ? undefined : String(got), fix ?? "correct it");
}
