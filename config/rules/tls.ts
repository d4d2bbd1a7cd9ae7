import type { OptionRule } from "../../constructs/rules/rule";
import { type TlsChoices, tlsModes } from "../../constructs/rules/tls";
import type { Environment } from "../schema";
import type { Rule } from "./rule";
import { shared } from "./shared";

/** Rules about how connections are encrypted, and what that asks of the rest. */
export const tlsRules: readonly Rule[] = Object.entries(tlsModes).flatMap(([mode, { rules }]) =>
  (rules as readonly OptionRule<TlsChoices<object>>[]).map((rule) =>
    shared(rule, "registry", ({ registry }: Environment) => (registry.tls.mode === mode ? registry : undefined), [
      "registry.tls.mode",
    ]),
  ),
);
