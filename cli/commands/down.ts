import { type Command, Option } from "commander";
import { command as remedy } from "../../operations/command";
import { down } from "../../operations/deploy/down";
import { Failure } from "../../operations/failure";
import { confirmName } from "../ask";
import type { Context } from "../context";
import { operate } from "../operate";
import { downText, keptText } from "../render/down";
import { VERBOSE } from "./options";

interface Options {
  readonly deleteData?: boolean;
  readonly confirm?: string;
  readonly verbose?: boolean;
  /** Of other commands; here it says what to give instead. */
  readonly yes?: boolean;
}

export function define(command: Command, context: Context): void {
  const { io } = context;
  command
    .option("--delete-data", "destroy protected data too: every image, for ever")
    .option("--confirm <environment>", "the environment's name, for scripts, where nobody can be asked for it")
    .addOption(new Option("--yes").hideHelp())
    .option(...VERBOSE)
    .action(async (name: string, options: Options) => {
      const { deleteData = false } = options;
      if (options.yes) {
        throw new Failure(
          "down destroys: it takes the environment's name, not --yes",
          remedy("down", name, ...(deleteData ? ["--delete-data"] : []), "--confirm", name),
        );
      }
      const planned = await operate(context, "down", name, options, (operation) =>
        down(operation, deleteData, async (plan) => {
          io.err(downText(plan, io.errStyle));
          await confirmName(context, `Type ${name} to go on`, name, options.confirm, "--confirm");
        }),
      );
      io.err(`${planned.nothing ? `Nothing of ${name} runs.` : `${name} is down.`}${keptText(planned)}`);
    });
}
