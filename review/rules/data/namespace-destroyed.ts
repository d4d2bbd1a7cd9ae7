import { kindOf } from "../../../plan/kubernetes-facts";
import { code } from "../../brief";
import { causeOf } from "../../cause";
import { nameOf } from "../../name";
import type { Rule } from "../../rule";

export const namespaceDestroyed: Rule = {
  id: "namespace-destroyed",
  category: "data",
  severity: "error",
  what: "A namespace is destroyed",
  why: "Kubernetes deletes everything in it, also what no plan shows: claims with their files, Secrets, whatever others put there.",
  fix: "Keep the namespace, or take it out of Terraform with a `removed` block.",
  fact: "Every attribute of a namespace but its labels and annotations forces a replacement; `prevent_destroy` of a claim does not stop it, since no resource of that claim is asked.",
  consequence: ({ plan }) =>
    plan.changes
      .filter(({ type, action, keepsOld }) => {
        return kindOf(type) === "namespace" && (action === "delete" || action === "replace") && !keepsOld;
      })
      .map((change) => ({
        address: change.address,
        message: `Namespace ${code(nameOf(change.before) ?? change.address)} is destroyed with everything in it, claims and Secrets too.`,
        cause: causeOf(change, plan),
        impact: { kind: "data-loss" as const },
      })),
};
