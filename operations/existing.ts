import { existsSync, readFileSync } from "node:fs";
import type { Environment } from "../config";
import { objectName } from "../constructs/values/object-names";
import type { RegistryStack } from "../stacks";
import { command } from "./command";
import { hostOf } from "./deploy/host";
import { initTerraform } from "./deploy/plan";
import { Failure } from "./failure";
import type { Operation } from "./operation";
import type { Runtime } from "./runtime/runtime";
import { synthesizeStack } from "./terraform/stack";

/** What there is of an environment on its platform and in a state file on this machine, for people. */
export async function whatExists(stack: RegistryStack, runtime?: Runtime): Promise<string[]> {
  return [...localState(stack.environment), ...(runtime ? await hostOf(runtime).existing(stack) : [])];
}

/** The same, and in a state that is kept elsewhere: Terraform is asked, which takes its time. */
export async function whatExistsAnywhere(
  operation: Operation,
  stack: RegistryStack,
  runtime: Runtime,
): Promise<string[]> {
  const { environments, environment } = operation;
  const near = await whatExists(stack, runtime);
  if (near.length > 0 || environment.state.backend === "local") return near;
  const { directory } = synthesizeStack(environments, environment.name);
  await initTerraform(operation, directory);
  const listed = await operation.terraform.run(directory, ["state", "list"], { capture: true });
  // Without a state, as before the first apply, the command fails.
  const count = listed.code === 0 ? listed.stdout.split("\n").filter(Boolean).length : 0;
  return count > 0 ? [`a state with ${count} resources`] : [];
}

/**
 * New secrets would lock everybody out of what exists, and its storage with it.
 * @param absent variables without a value
 * @param exists what there is; nothing lets everything pass
 * @throws Failure saying where to get them
 */
export function refuseNewSecrets(name: string, absent: readonly string[], exists: readonly string[]): void {
  const missing = absent.filter((variable) => !isOfNewPart(name, variable, exists));
  if (missing.length === 0 || exists.length === 0) return;
  throw new Failure(
    [
      `${name} exists (${exists.join(", ")}), and this machine lacks ${missing.join(", ")}.`,
      "New ones would lock out everybody who uses it, so none were made and nothing was changed.",
    ].join("\n"),
    [
      `bring them from the machine that has them: there ${command("secrets export", name)}, here ${command("secrets import", name)}`,
      `or give them as variables: export TF_VAR_${missing[0]}=…`,
      `only for what ${name} never had: ${command("secrets init", name, ...missing)}`,
    ].join("\n  → "),
  );
}

/** Whether nothing can have an older value: tokens are signed by a container of their own, which `access` adds. */
function isOfNewPart(name: string, variable: string, exists: readonly string[]): boolean {
  const isSeen = exists.some((one) => /^(container|Deployment|StatefulSet) /.test(one));
  const hasServer = exists.some((one) => one.endsWith(` ${objectName(name, "token")}`));
  return variable === "registry_token_key" && isSeen && !hasServer;
}

function localState({ name, state }: Environment): string[] {
  if (state.backend !== "local") return [];
  const path = state.path ?? `state/${name}.tfstate`;
  if (!existsSync(path)) return [];
  try {
    const { resources = [] } = JSON.parse(readFileSync(path, "utf8")) as { resources?: { mode?: string }[] };
    const count = resources.filter(({ mode }) => mode === "managed").length;
    return count > 0 ? [`state ${path} with ${count} resources`] : [];
  } catch {
    // Whatever it is, something was there.
    return [`state ${path}, which cannot be read`];
  }
}
