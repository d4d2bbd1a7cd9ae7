import { copyFileSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The programs that read stacks; each names the providers by its own registry, so each has its own lock. */
export type Product = "Terraform" | "OpenTofu";

/** Where a project keeps the version and the checksums of its provider, in Git: beside the environments, for all of them. */
export function providerLockPath(product: Product): string {
  return join("environments", product === "OpenTofu" ? "tofu.lock.hcl" : "terraform.lock.hcl");
}

/**
 * Puts the kept lock where the program looks for it: the build folder is ignored by Git, so that every clone would choose the
 * newest provider otherwise.
 * @returns whether there is one
 */
export function placeProviderLock(directory: string, product: Product): boolean {
  const kept = providerLockPath(product);
  if (!existsSync(kept)) return false;
  copyFileSync(kept, join(directory, ".terraform.lock.hcl"));
  return true;
}

/** The same for stacks that were just written, for plain Terraform and cdktf; the command line places OpenTofu's when it runs that. */
export function placeProviderLocks(stacks: readonly { readonly file: string }[]): void {
  for (const { file } of stacks) placeProviderLock(dirname(file), "Terraform");
}
