import type { Environment } from "../../config";
import { credentialProblem } from "../../constructs/registry/credentials";
import { dataLocation } from "../../stacks";
import { command } from "../command";
import { Failure } from "../failure";
import type { Variables } from "../terraform/terraform";
import { readSecrets, type Secrets, secretsPath } from "./file";
import { decidedElsewhere } from "./secrets";

/** The secrets of an environment and how Terraform gets them. */
export interface SecretValues {
  /** Those that have a value at hand. The file wins over `TF_VAR_…`, as it does in Terraform. */
  readonly values: Secrets;
  /** Arguments that hand the file to Terraform; a path only, since every user of the machine may read arguments. */
  readonly args: readonly string[];
}

/**
 * Finds the values of variables in the environment's secrets file and in `TF_VAR_…`.
 * @param path of the file, absolute when Terraform runs elsewhere
 */
export function secretValues(
  environment: string,
  names: readonly string[],
  variables: Variables,
  path: string,
): SecretValues {
  const file = readSecrets(secretsPath(environment));
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = file[name] || variables[`TF_VAR_${name}`];
    if (value) values[name] = value;
  }
  return { values, args: Object.keys(file).length > 0 ? [`-var-file=${path}`] : [] };
}

/** @throws Failure naming the variables without a value */
export function requireSecrets(environment: Environment, names: readonly string[], { values }: SecretValues): void {
  const missing = names.filter((name) => !values[name]);
  if (missing.length === 0) return;
  const { name } = environment;
  const [given] = missing.filter((variable) => decidedElsewhere(environment).includes(variable));
  if (given) {
    throw new Failure(
      `${name} has no value for ${missing.join(", ")}: the keys of ${dataLocation(environment)} are made there, not here`,
      `${command("secrets set", name, given)} asks for it; or export TF_VAR_${given}`,
    );
  }
  throw new Failure(
    `${name} has no value for ${missing.join(", ")}`,
    `of a new environment: ${command("secrets init", name)}; of one that exists: ${command("secrets import", name)}; or export TF_VAR_${missing[0]}`,
  );
}

/**
 * Checks values before Terraform sees them: it prints what it refuses, of a sensitive variable, too.
 * @throws Failure naming the variables and what must hold, never a value
 */
export function requireWellFormed(environment: string, { values }: SecretValues): void {
  const problems = Object.entries(values).flatMap(([name, value]) => {
    const problem = credentialProblem(name, value);
    return problem ? [{ name, problem }] : [];
  });
  const [first] = problems;
  if (!first) return;
  throw new Failure(
    problems.map(({ name, problem }) => `${name}: ${problem}`).join("\n"),
    `correct the value in ${secretsPath(environment)}, or in TF_VAR_${first.name}: ${command("secrets set", environment, first.name)} asks for it`,
  );
}
