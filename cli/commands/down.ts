import { type Command, Option } from "commander";
import type { Context } from "../context";

export interface DownOptions {
  readonly deleteData?: boolean;
  readonly confirm?: string;
  readonly verbose?: boolean;
  /** Of other commands; here it says what to give instead. */
  readonly yes?: boolean;
}

export function addDownCommand(program: Command, context: Context): void {
  program
    .command("down <environment>")
    .description("destroy the containers and networks; protected data stays, and the next up finds it")
    .option("--delete-data", "destroy protected data too: every image, for ever")
    .option("--confirm <environment>", "the environment's name, for scripts, where nobody can be asked for it")
    .addOption(new Option("--yes").hideHelp())
    .option("--verbose", "show the output of the tools, too")
    .action(async (name: string, options: DownOptions) =>
      (await import("../actions/down.js")).down(context, name, options),
    );
}
