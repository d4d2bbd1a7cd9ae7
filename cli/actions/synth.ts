import { readFileSync } from "node:fs";
import { review, toJson } from "../../review";
import { type RegistryStack, summary, synthesize } from "../../stacks";
import type { Context } from "../context";
import { readEnvironments, selectEnvironments } from "../environments";
import { readPolicy } from "../policy";

export function synth({ io }: Context, names: readonly string[]): void {
  const environments = readEnvironments(names.length === 0 ? "all" : names);
  const wanted = selectEnvironments(environments, names);
  // All are written, whichever are shown: a stack that is left out would look deleted.
  const shown = synthesize(environments).filter((stack) => wanted.includes(stack.environment));
  const policy = readPolicy();
  io.out(shown.map((stack) => summary(stack, remarks(stack, policy))).join("\n\n"));
}

/** What the review says of a stack as far as that can be known without a plan: its headline, and what is more than a note. */
function remarks(stack: RegistryStack, policy: string | undefined): string[] {
  const { headline, findings } = toJson(review(readFileSync(stack.file, "utf8"), { policy }));
  const open = findings.filter(({ severity, acknowledged }) => severity !== "info" && !acknowledged);
  return [headline, ...open.map(({ message }) => message)];
}
