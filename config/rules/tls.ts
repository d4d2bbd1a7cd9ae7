import { tlsRules as rules } from "../../constructs/rules/tls";
import type { Rule } from "./rule";
import { shared } from "./shared";

/** Rules about how connections are encrypted, and what that asks of the rest. */
export const tlsRules: readonly Rule[] = rules.map((rule) => shared(rule, "registry", ({ registry }) => registry));
