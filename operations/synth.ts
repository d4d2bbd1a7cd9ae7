import { readFileSync } from "node:fs";
import { review, toJson } from "../review";
import { type RegistryStack, summary, synthesize } from "../stacks";
import { command } from "./command";
import { readEnvironments, selectEnvironments } from "./environments";
import { readPolicy } from "./review/policy";

/**
 * Writes the Terraform of every environment: a stack that is left out would look deleted.
 * @param names whose summary is returned; all when none is named
 */
export function synthesizeAll(names: readonly string[]): string[] {
  const environments = readEnvironments(names.length === 0 ? "all" : names);
  const wanted = selectEnvironments(environments, names);
  const policy = readPolicy();
  return synthesize(environments)
    .filter((stack) => wanted.includes(stack.environment))
    .map((stack) => summary(stack, { remarks: remarks(stack, policy), deploy: command("up", stack.environment.name) }));
}

/** What the review says of a stack as far as that can be known without a plan: its headline, and what is more than a note. */
function remarks(stack: RegistryStack, policy: string | undefined): string[] {
  const { headline, findings } = toJson(review(readFileSync(stack.file, "utf8"), { policy }));
  const open = findings.filter(({ severity, acknowledged }) => severity !== "info" && !acknowledged);
  return [headline, ...open.map(({ message }) => message)];
}
