import { existsSync, readFileSync } from "node:fs";
import { review, toJson } from "../../review";
import { type RegistryStack, summary, synthesize } from "../../stacks";
import { POLICY_FILE } from "../commands/review";
import type { Context } from "../context";
import { readEnvironments } from "../environments";

export function synth({ io }: Context, names: readonly string[]): void {
  const wanted = readEnvironments(names).map((environment) => environment.name);
  // All are written, whichever are shown: a stack that is left out would look deleted.
  const stacks = synthesize(readEnvironments());
  const shown = stacks.filter((stack) => wanted.includes(stack.environment.name));
  io.out(shown.map((stack) => summary(stack, remarks(stack))).join("\n\n"));
}

/** What the review says of a stack as far as that can be known without a plan: its headline, and what is more than a note. */
function remarks(stack: RegistryStack): string[] {
  const policy = existsSync(POLICY_FILE) ? readFileSync(POLICY_FILE, "utf8") : undefined;
  const { headline, findings } = toJson(review(readFileSync(stack.file, "utf8"), { policy }));
  const open = findings.filter(({ severity, acknowledged }) => severity !== "info" && !acknowledged);
  return [headline, ...open.map(({ message }) => message)];
}
