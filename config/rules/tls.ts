import type { OptionRule } from "../../constructs/rules/rule";
import {
  behindProxyRules,
  certificateRules,
  letsEncryptRules,
  noTlsRules,
  type TlsChoices,
} from "../../constructs/rules/tls";
import type { Environment } from "../schema";
import type { Rule } from "./rule";
import { shared } from "./shared";

type Mode = Environment["registry"]["tls"]["mode"];

/** Rules about how connections are encrypted, and what that asks of the rest. */
export const tlsRules: readonly Rule[] = [
  ...ofMode("none", noTlsRules),
  ...ofMode("lets-encrypt", letsEncryptRules),
  ...ofMode("certificate", certificateRules),
  ...ofMode("behind-proxy", behindProxyRules),
];

/** The rules of one mode, for files that choose it. */
function ofMode<Options>(mode: Mode, rules: readonly OptionRule<TlsChoices<Options>>[]): Rule[] {
  const choices = ({ registry }: Environment) =>
    registry.tls.mode === mode ? (registry as unknown as TlsChoices<Options>) : undefined;
  return rules.map((rule) => shared(rule, "registry", choices, ["registry.tls.mode"]));
}
