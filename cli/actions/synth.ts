import { summary, synthesize } from "../../stacks";
import type { Context } from "../context";
import { readEnvironments } from "../environments";

export function synth({ io }: Context, names: readonly string[]): void {
  const wanted = readEnvironments(names).map((environment) => environment.name);
  // All are written, whichever are shown: a stack that is left out would look deleted.
  const stacks = synthesize(readEnvironments());
  const shown = stacks.filter((stack) => wanted.includes(stack.environment.name));
  io.out(shown.map(summary).join("\n\n"));
}
