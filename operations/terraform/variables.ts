import { DOCKER_VARIABLES } from "../docker/context";
import { Failure } from "../failure";
import type { Variables } from "./terraform";

/** What becomes of a variable of Terraform's or OpenTofu's: handed on, left out, given a value, or a reason to stop. */
export interface VariableRule {
  /** Names it stands for; `*` at the end: all that begin so. */
  readonly names: readonly string[];
  readonly fate: "supported" | "left out" | "set" | "refused";
  readonly why: string;
  /** What it is set to. */
  readonly value?: string;
}

/** Every variable whose name begins with `TF_`, Docker's, and those of Terraform's Kubernetes provider; docs/cli.md shows the same table. */
export const VARIABLE_RULES: readonly VariableRule[] = [
  {
    names: ["TF_VAR_*"],
    fate: "supported",
    why: "values of secrets that are in no file",
  },
  {
    names: ["TF_TOKEN_*", "TF_HTTP_*", "TF_ENCRYPTION"],
    fate: "supported",
    why: "logins of provider registries and of the http backend; OpenTofu's encryption of the state",
  },
  {
    names: ["TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "TF_REGISTRY_*", "TF_PROVIDER_DOWNLOAD_RETRY"],
    fate: "supported",
    why: "where the provider comes from, and how patiently",
  },
  {
    names: ["TF_STATE_PERSIST_INTERVAL", "TF_APPEND_USER_AGENT"],
    fate: "supported",
    why: "how often the state is written; how Terraform introduces itself",
  },
  {
    names: ["TF_WORKSPACE"],
    fate: "refused",
    why: "an environment has one state; a workspace would be a second one for the same containers",
  },
  {
    names: ["TF_CLI_ARGS*"],
    fate: "refused",
    why: "arguments would change what is planned and applied behind what is shown",
  },
  {
    names: ["TF_REATTACH_PROVIDERS"],
    fate: "refused",
    why: "another program would take the locked provider's place",
  },
  { names: ["TF_INPUT"], fate: "set", value: "0", why: "nobody sees a question of Terraform's here" },
  { names: ["TF_IN_AUTOMATION"], fate: "set", value: "1", why: "hints that name Terraform's commands are left out" },
  {
    names: ["TF_DATA_DIR"],
    fate: "left out",
    why: "each environment has its own in the build folder; a shared one mixes their states",
  },
  {
    names: ["TF_LOG*"],
    fate: "left out",
    why: "debug logs hold secrets in plain text; plain Terraform in cdktf.out/stacks/ENV takes them",
  },
  {
    names: ["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"],
    fate: "left out",
    why: "the lock file says which provider is the right one",
  },
  { names: ["TF_*"], fate: "left out", why: "whatever else there is has not been tried" },
  {
    names: ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"],
    fate: "left out",
    why: "docker.host of the environment file alone decides which engine is meant",
  },
  {
    names: ["KUBE_CONFIG_PATH", "KUBECONFIG"],
    fate: "supported",
    why: "where the kubeconfig is, when kubernetes.kubeconfig of the environment file does not say it",
  },
  {
    names: ["KUBE_*"],
    fate: "left out",
    why: "kubernetes.context of the environment file alone decides which cluster is meant, and who one is there",
  },
];

/** The environment of a Terraform process, made from that of this one. */
export function terraformEnvironment(variables: Variables): Variables {
  const handedOn = Object.entries(variables).filter(([name]) => isHandedOn(name));
  const set = VARIABLE_RULES.flatMap(({ names, value }) =>
    value === undefined ? [] : names.map((name) => [name, value]),
  );
  // A workspace that plain Terraform selected is remembered in the build folder; the variable is stronger.
  return { ...Object.fromEntries([...handedOn, ...set]), TF_WORKSPACE: "default", CHECKPOINT_DISABLE: "1" };
}

function isHandedOn(name: string): boolean {
  if ((DOCKER_VARIABLES as readonly string[]).includes(name)) return false;
  return !/^(?:TF|KUBE)_/.test(name) || ruleOf(name)?.fate === "supported";
}

/** Variables with a value that does nothing here, for whoever wonders why. */
export function leftOut(variables: Variables): string[] {
  return given(variables).filter((name) => ruleOf(name)?.fate === "left out");
}

/** @throws Failure for a variable that would change what Terraform does; nothing was changed then */
export function refuseVariables(variables: Variables): void {
  const refused = refusedVariables(variables);
  if (refused.length === 0) return;
  throw new Failure(
    refused.map(({ name, why }) => `${name}=${variables[name]} is set: ${why}`).join("\n"),
    `unset ${refused.map(({ name }) => name).join(" ")}`,
  );
}

/** Variables that stop every command which runs Terraform. */
export function refusedVariables(variables: Variables): { name: string; why: string }[] {
  return given(variables)
    .filter((name) => name !== "TF_WORKSPACE" || variables[name] !== "default")
    .flatMap((name) => {
      const rule = ruleOf(name);
      return rule?.fate === "refused" ? [{ name, why: rule.why }] : [];
    });
}

const given = (variables: Variables) =>
  Object.keys(variables).filter((name) => name.startsWith("TF_") && variables[name]);

function ruleOf(name: string): VariableRule | undefined {
  const fits = (pattern: string) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern);
  return VARIABLE_RULES.find(({ names }) => names.some(fits));
}
