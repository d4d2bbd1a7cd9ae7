import type { Change } from "../../plan/model";
import { code } from "../brief";
import { causeOf } from "../cause";
import { removesAnonymousVolumes, unkept } from "../docker/data";
import type { Rule } from "../rule";

export const unkeptDataDestroyed: Rule = {
  id: "unkept-data-destroyed",
  category: "data",
  severity: "error",
  what: "A container goes that keeps data inside itself or in an anonymous volume",
  why: "What is not on a named volume or a directory of the host lives and dies with the container.",
  fix: "Copy the data out first (`docker cp`), then mount a named volume there. Apply only after that.",
  fact: "The provider removes anonymous volumes with the container (`remove_volumes` is true by default).",
  consequence: (transition) =>
    transition.containers.flatMap(({ change, before }) => {
      if (!before || !goes(change)) return [];
      const paths = unkept(before, transition.before);
      if (paths.length === 0) return [];
      const anonymousOnly = paths.every((path) =>
        before.mounts.some((mount) => mount.path === path && mount.kind === "anonymous"),
      );
      if (anonymousOnly && !removesAnonymousVolumes(before)) return [];
      return {
        address: change.address,
        message: `Container ${code(before.name)} is ${change.action === "delete" ? "removed" : "replaced"}, and ${paths.map(code).join(", ")} in it is on no named volume: everything stored there is deleted.`,
        cause: causeOf(change, transition.plan),
        impact: { kind: "data-loss" as const },
      };
    }),
};

/** A service is updated in place by throwing its tasks away. */
function goes({ type, action, attributes }: Change): boolean {
  const newTasks = type === "docker_service" && attributes.some(({ path }) => path.startsWith("task_spec"));
  return action === "replace" || action === "delete" || (action === "update" && newTasks);
}
