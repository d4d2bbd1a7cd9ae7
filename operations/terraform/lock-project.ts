import type { Environment } from "../../config";
import { Failure } from "../failure";
import { type LockOptions, lockProvider, PLATFORMS, type ProviderLock } from "./provider-lock";
import { synthesizeStack } from "./stack";
import type { Terraform } from "./terraform";

/** Locks the providers that the project's stacks want; all stacks want the same. @throws Failure without an environment */
export function lockProject(
  terraform: Terraform,
  environments: readonly Environment[],
  { platforms = PLATFORMS, ...options }: Partial<LockOptions>,
): Promise<ProviderLock[]> {
  const [first] = environments;
  if (!first) throw new Failure("There is no environment whose provider could be locked");
  const { config } = synthesizeStack(environments, first.name);
  return lockProvider(terraform, config.terraform?.required_providers, { platforms, ...options });
}
