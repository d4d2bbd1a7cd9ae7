import { buildStack } from "../../stacks";
import { readEnvironment } from "../environments";
import { type Login, readLogin } from "../registry/login";
import { secretsPath } from "../secrets/file";
import { secretValues } from "../secrets/values";
import type { Variables } from "../terraform/terraform";
import type { Check } from "./check";
import { type VerifyOptions, verify } from "./verify";

export interface VerifyEnvironmentOptions extends Pick<VerifyOptions, "onCheck" | "onProgress"> {
  readonly variables: Variables;
  /** @default - the user that `secrets init` made */
  readonly login?: Login;
  /** PEM file of a private CA to trust. @default - none */
  readonly ca?: string;
}

/** Proves the running registry of an environment, with what this machine knows of it. @returns every check */
export function verifyEnvironment(
  name: string,
  { variables, login = readLogin(name, variables), ca, onCheck, onProgress }: VerifyEnvironmentOptions,
): Promise<readonly Check[]> {
  const environment = readEnvironment(name);
  const stack = buildStack(environment);
  const { values } = secretValues(name, stack.variableNames, variables, secretsPath(name));
  return verify({
    environment,
    url: stack.registry.distribution.url,
    variables,
    secrets: values,
    login,
    caFiles: ca ? [ca] : [],
    onProgress,
    onCheck,
  });
}
