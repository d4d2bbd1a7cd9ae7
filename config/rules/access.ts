import { accessPlaceRules, accessRules as rules } from "../../constructs/rules/access";
import type { Rule } from "./rule";
import { shared } from "./shared";

/** Rules about rights, and where clients get their tokens. */
export const accessRules: readonly Rule[] = [
  ...rules.map((rule) => shared(rule, "access", ({ access }) => access)),
  ...accessPlaceRules.map((rule) =>
    shared(rule, "registry", ({ registry, access }) => access && { ...registry, access }, ["access"]),
  ),
];
