import type { Command } from "commander";
import type { Context } from "../context";

export interface LockCommandOptions {
  readonly platform?: readonly string[];
  readonly mirror?: string;
  readonly upgrade?: boolean;
  readonly check?: boolean;
}

/** `lock`: the provider's version and checksums, kept in Git. */
export function addLockCommand(program: Command, context: Context): void {
  program
    .command("lock")
    .description(
      "keep the provider's version and checksums, of all platforms, in a file beside the environments, for Git",
    )
    .option("--platform <platform...>", "only these, e.g. linux_amd64 (Linux, macOS and Windows)")
    .option("--mirror <place>", "folder or URL of a mirror to take it from (its registry, where no mirror is asked)")
    .option("--upgrade", "take the newest version that the stacks accept, not the locked one")
    .option("--check", "write nothing; exit 1 when no lock is kept, or it would let a changed provider pass")
    .action(async (options: LockCommandOptions) => (await import("../actions/lock.js")).lock(context, options));
}
