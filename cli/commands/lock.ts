import type { Command } from "commander";
import { readEnvironments } from "../../operations/environments";
import { lockProject } from "../../operations/terraform/lock-project";
import { describe, requireProviderLock } from "../../operations/terraform/provider-lock";
import { findTerraform, Terraform } from "../../operations/terraform/terraform";
import { providerLockPath, requiredProviders } from "../../stacks";
import type { Context } from "../context";
import { createInterruption } from "../interruption";

interface Options {
  readonly platform?: readonly string[];
  readonly mirror?: string;
  readonly upgrade?: boolean;
  readonly check?: boolean;
}

export function define(command: Command, { io, process }: Context): void {
  command
    .option("--platform <platform...>", "only these, e.g. linux_amd64 (Linux, macOS and Windows)")
    .option(
      "--mirror <place>",
      "folder or URL of a mirror (default: the provider registry itself; configured mirrors are not used)",
    )
    .option("--upgrade", "take the newest version that the stacks accept, not the locked one")
    .option("--check", "write nothing; exit 1 when no lock is kept, or it would let a changed provider pass")
    .action(async ({ platform: platforms, mirror, upgrade, check }: Options) => {
      const { env: variables } = process;
      const interruption = createInterruption(process, io);
      const terraform = new Terraform(findTerraform(variables), variables, undefined, interruption);
      if (check) {
        io.out(requireProviderLock(terraform.product, requiredProviders(readEnvironments())) ?? "");
        return;
      }
      const locks = await lockProject(terraform, readEnvironments(), { platforms, mirror, upgrade });
      const path = providerLockPath(terraform.product);
      io.out(path);
      for (const lock of locks) io.err(`${describe(lock)}, checksums of ${lock.unpacked} platforms`);
      io.err(`Commit ${path}: init then accepts nothing else.`);
    });
}
