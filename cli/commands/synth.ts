import type { Command } from "commander";
import { summary, synthesize } from "../../stacks";
import { readEnvironments } from "../environments";
import type { Context } from "../program";

export function addSynthCommand(program: Command, { io }: Context): void {
  program
    .command("synth [environments...]")
    .description("write the Terraform of every environment, and show what it will be")
    .action((names: string[]) => {
      // All are written, whichever are shown: a stack that is left out would look deleted.
      const stacks = synthesize(readEnvironments());
      const wanted = readEnvironments(names).map((environment) => environment.name);
      io.out(
        stacks
          .filter((stack) => wanted.includes(stack.environment.name))
          .map(summary)
          .join("\n\n"),
      );
    });
}
