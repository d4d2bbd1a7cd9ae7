import { Failure } from "../../operations/failure";
import {
  describe,
  judgeProviderLock,
  lockProvider,
  PLATFORMS,
  readProviderLock,
} from "../../operations/terraform/provider-lock";
import { synthesizeStack } from "../../operations/terraform/stack";
import { findTerraform, Terraform } from "../../operations/terraform/terraform";
import { providerLockPath } from "../../stacks";
import type { LockCommandOptions } from "../commands/lock";
import type { Context } from "../context";
import { readEnvironments } from "../environments";
import { createInterruption } from "../interruption";

export async function lock({ io, process }: Context, options: LockCommandOptions): Promise<void> {
  const { env: variables } = process;
  const interruption = createInterruption(process, io);
  const terraform = new Terraform(findTerraform(variables), variables, undefined, interruption);
  if (options.check) {
    const { status, detail, remedy } = judgeProviderLock(terraform.product);
    if (status === "failed" || !readProviderLock(terraform.product))
      throw new Failure(`The provider's lock: ${detail}`, remedy);
    io.out(detail ?? "");
    return;
  }
  const environments = readEnvironments();
  const [first] = environments;
  if (!first) throw new Failure("There is no environment whose provider could be locked");
  const { config } = synthesizeStack(environments, first.name);
  const { mirror, upgrade, platform: platforms = PLATFORMS } = options;
  const locks = await lockProvider(terraform, config.terraform?.required_providers, {
    platforms,
    mirror,
    upgrade,
  });
  const path = providerLockPath(terraform.product);
  io.out(path);
  for (const lock of locks) io.err(`${describe(lock)}, checksums of ${lock.unpacked} platforms`);
  io.err(`Commit ${path}: init then accepts nothing else.`);
}
