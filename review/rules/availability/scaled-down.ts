import { code } from "../../brief";
import { causeOf } from "../../cause";
import type { Rule } from "../../rule";

export const scaledDown: Rule = {
  id: "scaled-down",
  category: "availability",
  severity: "warning",
  what: "A service gets fewer pods, or none",
  why: "With none nobody answers until somebody scales it up again. With one, each restart and each drained node is an interruption.",
  fix: "Keep at least two pods of a registry. Zero is for maintenance: say in the pull request until when.",
  fact: "Kubernetes stops pods at once when `replicas` becomes smaller; a StatefulSet stops those with the highest numbers.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before, after }) => {
      const [from, to] = [before?.workload?.replicas, after?.workload?.replicas];
      if (!after?.isMain || after.isJob || from === undefined || to === undefined || to >= from) return [];
      // Fewer nodes of a store are another store: a rule of its own.
      if (after.role === "storage" && to > 0) return [];
      const isVital = after.role === "registry" || after.role === "storage";
      const who = after.role === "registry" ? "Registry " : after.role === "storage" ? "The storage " : "";
      return {
        address: change.address,
        severity: to === 0 && isVital ? ("error" as const) : ("warning" as const),
        message:
          to === 0
            ? `${who}${code(after.name)} is scaled to zero: nobody answers until it is scaled up again.`
            : `${code(after.name)} gets ${to} ${to === 1 ? "pod" : "pods"} instead of ${from}.`,
        cause: causeOf(change, transition.plan),
      };
    }),
};
