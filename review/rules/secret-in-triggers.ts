import { get } from "../../plan/json";
import { isMasked } from "../../plan/masking";
import { code } from "../brief";
import { triggerAttributes } from "../docker/settings";
import type { Rule } from "../rule";

export const secretInTriggers: Rule = {
  id: "secret-in-triggers",
  category: "secrets",
  severity: "warning",
  what: "A secret is a trigger",
  why: "Triggers are made to be read in plans, and `terraform_data` shows a sensitive `input` in clear text as its `output` in later plans.",
  fix: "Put a hash of it there.",
  fact: "hashicorp/terraform#35609, #38133: open.",
  posture: ({ resources }) =>
    resources
      .filter(({ type, values }) =>
        triggerAttributes(type).some((attribute) => isMasked(JSON.stringify(get(values, attribute) ?? ""))),
      )
      .map(({ address }) => ({ address, message: `${code(address)} has a secret among its triggers.` })),
};
