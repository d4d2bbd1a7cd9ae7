import type { Command } from "commander";
import type { Context } from "../context";

export function addSynthCommand(program: Command, context: Context): void {
  program
    .command("synth [environments...]")
    .description("write the Terraform of every environment, and show what it will be")
    .action(async (names: string[]) => (await import("../actions/synth.js")).synth(context, names));
}
