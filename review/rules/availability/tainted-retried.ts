import { code } from "../../brief";
import { nameOf } from "../../name";
import type { Rule } from "../../rule";

export const taintedRetried: Rule = {
  id: "tainted-retried",
  category: "availability",
  severity: "warning",
  what: "An earlier apply failed here, and this one tries again",
  why: "It fails again if the cause is still there, perhaps after it stopped what works.",
  fix: "Read why it failed (`docker logs`, `kubectl describe`, the earlier apply's output) before applying.",
  fact: "A failed provisioner or a missed `wait` marks the resource as tainted; the next plan replaces it.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ reason }) => reason === "replace_because_tainted")
      .map(({ address, before }) => ({
        address,
        message: `${code(nameOf(before) ?? address)} failed in an earlier apply and is tried again.`,
      })),
};
