import { get } from "../../../plan/json";
import { kindOf } from "../../../plan/kubernetes-facts";
import { code } from "../../brief";
import { causeOf } from "../../cause";
import { block } from "../../kubernetes/object";
import { nameOf } from "../../name";
import type { Rule } from "../../rule";

export const disruptionBudgetWeakened: Rule = {
  id: "disruption-budget-weakened",
  category: "availability",
  severity: "warning",
  what: "A PodDisruptionBudget is removed or allows more pods to be away",
  why: "When nodes are drained for an upgrade, all pods of the registry or of its storage may go at the same time.",
  fix: "Keep it. A store of four nodes bears one that is away.",
  fact: "`kubectl drain` and node upgrades ask the budget before they evict a pod; nothing else protects it.",
  consequence: ({ plan, after }) =>
    plan.changes.flatMap((change) => {
      if (kindOf(change.type) !== "pod_disruption_budget" || !change.before) return [];
      const name = code(nameOf(change.before) ?? change.address);
      const cause = causeOf(change, plan);
      const [old, next] = [block(change.before, "spec"), block(change.after, "spec")];
      if (!change.after) {
        // Nothing left to protect.
        const selector = get(block(old, "selector"), "match_labels");
        const remains = after.containers.some(({ workload }) => {
          return (
            workload && Object.entries(selector ?? {}).every(([key, value]) => workload.podLabels.get(key) === value)
          );
        });
        return remains && change.action === "delete"
          ? { address: change.address, message: `PodDisruptionBudget ${name} is removed.`, cause }
          : [];
      }
      const fewer = parts(next.min_available) < parts(old.min_available);
      const more = parts(next.max_unavailable) > parts(old.max_unavailable);
      return fewer || more
        ? {
            address: change.address,
            message: `PodDisruptionBudget ${name} lets more pods be away at once: ${says(old)} → ${says(next)}.`,
            cause,
          }
        : [];
    }),
};

function parts(value: unknown): number {
  return Number.parseInt(String(value ?? "0"), 10) || 0;
}

function says(spec: Readonly<Record<string, unknown>>): string {
  return spec.min_available ? `at least ${spec.min_available}` : `at most ${spec.max_unavailable ?? 0} away`;
}
