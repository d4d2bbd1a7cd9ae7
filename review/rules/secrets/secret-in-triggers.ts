import { get, record } from "../../../plan/json";
import { holdsSecret } from "../../../plan/secret-tokens";
import { code } from "../../brief";
import type { Rule } from "../../rule";
import { triggerAttributes } from "../../world/settings";

export const secretInTriggers: Rule = {
  id: "secret-in-triggers",
  category: "secrets",
  severity: "warning",
  what: "A secret is a trigger",
  why: "Triggers are there to be read in plans, and `terraform_data` shows a sensitive `input` in clear text as its `output` in later plans.",
  fix: "Put a hash of it there.",
  fact: "hashicorp/terraform#35609, #38133: open.",
  posture: ({ resources }) =>
    resources.flatMap(({ address, type, values }) => {
      const keys = triggerAttributes(type).flatMap((attribute) => maskedKeys(get(values, attribute), attribute));
      return keys.length > 0
        ? { address, message: `${code(address)} has a secret among its triggers: ${keys.map(code).join(", ")}.` }
        : [];
    }),
};

function maskedKeys(value: unknown, attribute: string): string[] {
  const entries = Object.entries(record(value)).filter(([, item]) => holdsSecret(JSON.stringify(item)));
  if (entries.length > 0) return entries.map(([key]) => key);
  return holdsSecret(JSON.stringify(value ?? "")) ? [attribute] : [];
}
