import type { Command } from "commander";
import { synthesizeAll } from "../../operations/synth";
import type { Context } from "../context";

export function define(command: Command, { io }: Context): void {
  command.action((names: string[]) => io.out(synthesizeAll(names).join("\n\n")));
}
