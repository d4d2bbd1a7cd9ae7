import { code } from "../../brief";
import { causeOf } from "../../cause";
import type { Rule } from "../../rule";

export const serviceRemoved: Rule = {
  id: "service-removed",
  category: "availability",
  severity: "warning",
  what: "A running container is removed and does not come back",
  why: "Everything that uses it fails from then on.",
  fix: "Check that nobody needs it any more. For a renamed block use a `moved` block.",
  fact: "A delete without a create at the same address.",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before }) => {
      if (change.action !== "delete" || !before?.isMain || before.isJob) return [];
      const successor = transition.after.containers.find(
        ({ name, address, workload }) =>
          name === before.name && workload?.namespace === before.workload?.namespace && address !== change.address,
      );
      const vital = before.role === "registry" || before.role === "storage";
      return {
        address: change.address,
        severity: vital && !successor ? ("error" as const) : ("warning" as const),
        message: successor
          ? `${code(before.name)} is removed here and created at ${code(successor.address)}: both want the same name, so the apply may fail half-way.`
          : `${before.role === "registry" ? "Registry " : ""}${code(before.name)} is removed and does not come back.`,
        cause: causeOf(change, transition.plan),
      };
    }),
};
