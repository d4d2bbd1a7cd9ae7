import { code } from "../../brief";
import { attributeText } from "../../name";
import type { Rule } from "../../rule";

export const forgotten: Rule = {
  id: "forgotten",
  category: "hygiene",
  severity: "info",
  what: "Terraform forgets an object without destroying it",
  why: "It stays on the host, and nobody manages it any more.",
  fix: "Write down who looks after it, or destroy it once it is empty.",
  fact: "`removed { lifecycle { destroy = false } }` only takes it out of the state.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ action, keepsOld }) => action === "forget" || keepsOld)
      .map(({ address, before }) => ({
        address,
        message: `${code(attributeText(before, "name") ?? address)} stays on the host and is no longer managed.`,
      })),
};
