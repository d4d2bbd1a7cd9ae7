import { monitoringRules as rules } from "../../constructs/rules/monitoring";
import type { Rule } from "./rule";
import { shared } from "./shared";

/** Rules about what watches a registry. */
export const monitoringRules: readonly Rule[] = rules.map((rule) =>
  shared(rule, "monitoring", ({ monitoring }) => monitoring),
);
