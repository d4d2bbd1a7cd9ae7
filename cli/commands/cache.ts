import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context";

export interface TrimOptions {
  readonly maxGb: number;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addCacheCommand(program: Command, context: Context): void {
  program
    .command("cache")
    .description("keep the size of a pull-through cache within bounds")
    .command("trim <environment>")
    .description("remove the repositories that were not used for longest, until the rest fits")
    .requiredOption("--max-gb <size>", "what may stay, in GB (1,000,000,000 bytes)", size)
    .option("--dry-run", "only say what would go")
    .option("--yes", "do not ask")
    .action(async (name: string, options: TrimOptions) =>
      (await import("../actions/cache.js")).trim(context, name, options),
    );
}

function size(text: string): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number < 0.1) throw new InvalidArgumentError("It must be a number, 0.1 or more.");
  return number;
}
