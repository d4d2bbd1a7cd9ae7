import { code } from "../../brief";
import { causeOf } from "../../cause";
import { type Rule, startsAnew } from "../../rule";
import { removesAnonymousVolumes, unkept } from "../../world/data";

export const unkeptDataDestroyed: Rule = {
  id: "unkept-data-destroyed",
  category: "data",
  severity: "error",
  what: "A container with data inside itself or in an anonymous volume is removed",
  why: "Data that is on no named volume and in no directory of the host is deleted with the container.",
  fix: "Copy the data out first (`docker cp`), then mount a named volume there. Apply only after that.",
  fact: "The provider removes anonymous volumes with the container (`remove_volumes` is true by default). An `emptyDir` goes with its pod.",
  consequence: (transition) =>
    transition.containers.flatMap((entry) => {
      const { change, before } = entry;
      if (!before || !(startsAnew(entry) || change.action === "delete")) return [];
      const paths = unkept(before, transition.before);
      if (paths.length === 0) return [];
      const anonymousOnly = paths.every((path) =>
        before.mounts.some((mount) => mount.path === path && mount.kind === "anonymous"),
      );
      if (anonymousOnly && !removesAnonymousVolumes(before)) return [];
      return {
        address: change.address,
        fix: before.workload
          ? "Copy the data out first (`kubectl cp`), then mount a claim there. Apply only after that."
          : undefined,
        message: `Container ${code(before.name)} is ${change.action === "delete" ? "removed" : "replaced"}, and ${paths.map(code).join(", ")} in it is on no named volume: everything stored there is deleted.`,
        cause: causeOf(change, transition.plan),
        impact: { kind: "data-loss" as const },
      };
    }),
};
