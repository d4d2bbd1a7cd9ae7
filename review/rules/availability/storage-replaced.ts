import { type Rule, replacedServices } from "../../rule";
import type { Container } from "../../world/container";
import { interruption } from "../../world/interruption";

export const storageReplaced: Rule = {
  id: "storage-replaced",
  category: "availability",
  severity: "warning",
  what: "The storage under the registry is replaced",
  why: "The registry answers 503 meanwhile: every push and pull fails, though it runs.",
  fix: "Apply when no pipeline runs, or announce it.",
  fact: "Distribution answers 503 on every path while its storage check fails; it recovers by itself.",
  consequence: (transition) =>
    replacedServices(transition)
      .filter(({ before }) => before.role === "storage")
      .map((entry) => interruption(entry, transition, entry.before.title, effectOf(entry.before))),
};

/** A pod that is not ready gets no requests, and a registry without its storage is not. */
function effectOf({ workload }: Container): string {
  return workload ? "nobody can push or pull" : "the registry answers 503 to pushes and pulls";
}
