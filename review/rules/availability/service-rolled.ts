import { code } from "../../brief";
import { causeOf } from "../../cause";
import { type Rule, servicesWith } from "../../rule";
import type { Container } from "../../world/container";

export const serviceRolled: Rule = {
  id: "service-rolled",
  category: "availability",
  severity: "info",
  what: "Pods are replaced while others answer",
  why: "Nobody is interrupted. Pushes and pulls that run end on the old pods.",
  fix: "Nothing. Watch that the new pods become ready: the apply waits for them.",
  fact: "A Deployment with `RollingUpdate` keeps its pods until new ones are ready; a StatefulSet of several stops one at a time. A pod without a readiness probe counts as ready at once.",
  consequence: (transition) => [
    ...servicesWith(transition, "rolled").map(({ change, after }) => {
      const checked = after.timing.healthIntervalSeconds !== undefined;
      return {
        address: change.address,
        severity: checked ? undefined : ("warning" as const),
        message: `${code(after.name)} is rolled${checked ? ", nobody is interrupted" : ""}: ${how(after)}.${checked ? "" : " No readiness probe says when a new one answers: requests may fail."}`,
        cause: causeOf(change, transition.plan),
      };
    }),
    ...servicesWith(transition, "by-hand").map(({ change, after }) => ({
      address: change.address,
      severity: "warning" as const,
      message: `${code(after.name)} is changed, but its pods stay as they are until somebody deletes them.`,
      cause: causeOf(change, transition.plan),
    })),
  ],
};

function how({ role, workload }: Container): string {
  const pods =
    workload?.replicas === undefined
      ? "its pods are replaced"
      : `its ${workload.replicas} ${workload.replicas === 1 ? "pod is" : "pods are"} replaced`;
  if (workload?.kind !== "stateful_set") return `${pods} when new ones are ready`;
  return role === "storage" ? `${pods} one by one while the others serve` : `${pods} one by one`;
}
