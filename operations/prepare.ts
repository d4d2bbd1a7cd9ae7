import type { Environment } from "../config";
import { readEnvironments, selectEnvironments } from "./environments";
import { kubernetesVariables } from "./kubernetes/kube-config";
import { LogFile } from "./log-file";
import type { Operation } from "./operation";
import { readLogin } from "./registry/login";
import { readSecrets, secretsPath } from "./secrets/file";
import { formerName } from "./status/leftovers";
import { findTerraform, Terraform } from "./terraform/terraform";
import { leftOut, refuseVariables } from "./terraform/variables";

/** What a longer operation needs of whoever starts it. */
export interface Starter extends Pick<Operation, "variables" | "interruption" | "progress"> {
  /** Hears what the tools print. @default - nobody */
  readonly echo?: (text: string) => void;
}

/** An operation that can begin, and what a person should know before it does. */
export interface Prepared {
  readonly operation: Operation;
  /** An environment that this one may have been renamed from. @default - none */
  readonly former?: string;
  /** Variables that are not handed to Terraform. */
  readonly ignored: readonly string[];
}

/**
 * Prepares a longer operation on an environment; its log holds no secret that is known by now.
 * @param command names the log
 * @throws Failure when there is no such environment, Terraform is missing, or a variable would lead it astray
 */
export function prepareOperation(command: string, name: string, starter: Starter): Prepared {
  const { variables, interruption, progress, echo } = starter;
  const environments = readEnvironments();
  const [environment] = selectEnvironments(environments, [name]) as [Environment];
  refuseVariables(variables);
  const secrets = [...Object.values(readSecrets(secretsPath(name))), readLogin(name, variables)?.password ?? ""];
  const fromVariables = Object.entries(variables).flatMap(([key, value]) =>
    key.startsWith("TF_VAR_") && value ? [value] : [],
  );
  const log = LogFile.forRun(`${name}-${command}`, [...secrets, ...fromVariables], new Date(), echo);
  const terraform = new Terraform(findTerraform(variables), variables, log, interruption);
  if (environment.kubernetes) terraform.provide(kubernetesVariables(environment.kubernetes, variables));
  return {
    operation: { environment, environments, variables, terraform, log, progress, interruption },
    former: formerName(environment, environments),
    ignored: leftOut(variables),
  };
}
