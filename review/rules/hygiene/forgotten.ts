import { kindOf } from "../../../plan/kubernetes-facts";
import { code } from "../../brief";
import { nameOf } from "../../name";
import type { Rule } from "../../rule";

export const forgotten: Rule = {
  id: "forgotten",
  category: "hygiene",
  severity: "info",
  what: "Terraform forgets an object without destroying it",
  why: "It stays where it is, and nobody manages it any more.",
  fix: "Write down who looks after it, or destroy it once it is empty.",
  fact: "`removed { lifecycle { destroy = false } }` only takes it out of the state.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ action, keepsOld }) => action === "forget" || keepsOld)
      .map(({ address, type, before }) => ({
        address,
        message: `${code(nameOf(before) ?? address)} stays ${kindOf(type) === undefined ? "on the host" : "in the cluster"} and is no longer managed.`,
      })),
};
