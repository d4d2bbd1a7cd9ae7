import type { Environment } from "../../config";
import { requiredProviders } from "../../stacks";
import { Failure } from "../failure";
import { type LockOptions, lockProvider, PLATFORMS, type ProviderLock } from "./provider-lock";
import type { Terraform } from "./terraform";

/** Locks the providers that the project's stacks want. @throws Failure without an environment */
export function lockProject(
  terraform: Terraform,
  environments: readonly Environment[],
  { platforms = PLATFORMS, ...options }: Partial<LockOptions>,
): Promise<ProviderLock[]> {
  if (environments.length === 0) throw new Failure("There is no environment whose provider could be locked");
  return lockProvider(terraform, requiredProviders(environments), { platforms, ...options });
}
