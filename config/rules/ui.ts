import { uiRules as rules } from "../../constructs/rules/ui";
import type { Rule } from "./rule";
import { shared } from "./shared";

/** Rules about the page to browse. */
export const uiRules: readonly Rule[] = rules.map((rule) =>
  shared(
    { ...rule, reads: rule.reads.filter((read) => read !== "registry") },
    "ui",
    ({ ui, registry }) => ui && { ...ui, registry },
    ["registry"],
  ),
);
