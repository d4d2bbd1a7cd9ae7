import { type Rule, replacedServices } from "../../rule";
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
      .map((entry) =>
        interruption(entry, transition, entry.before.title, "the registry answers 503 to pushes and pulls"),
      ),
};
