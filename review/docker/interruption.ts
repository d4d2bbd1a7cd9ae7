import { code } from "../brief";
import { causeOf } from "../cause";
import type { Problem } from "../finding";
import type { replacedServices, Transition } from "../rule";
import { budget, downtimeSeconds, REFUSED_SECONDS, replacedDependencies } from "./downtime";

type Replaced = ReturnType<typeof replacedServices>[number];

/** A replaced service as a problem: who notices, for how long, why. `effect` is the rest of «NAME is replaced: …». */
export function interruption(entry: Replaced, transition: Transition, who: string, effect: string): Problem {
  const { change, before, after } = entry;
  const seconds = downtimeSeconds(entry, transition);
  const waits = replacedDependencies(change.address, transition).map(({ after: other, before: old }) =>
    code((other ?? old)?.name ?? ""),
  );
  const waiting = waits.length > 0 ? ` It stops first, and starts only after ${waits.join(", ")}.` : "";
  const measured = seconds === REFUSED_SECONDS ? " (measured)" : "";
  // A client that loses its connection to a container with time to finish tries again by itself.
  const isRetried = after.role === "registry" && before.timing.stopGraceSeconds > 0;
  const pushes = isRetried ? " Pushes in progress are retried." : "";
  return {
    address: change.address,
    message: `${code(after.name)} is replaced: ${effect} for about ${seconds} s${measured}.${pushes}${waiting} ${budget(before, after)}${pull(entry, transition)}`,
    cause: causeOf(change, transition.plan),
    impact: { kind: "downtime", who, seconds },
  };
}

/** The old container is destroyed before its image can be, and the new image is pulled after that. */
function pull({ before, after }: Replaced, { plan }: Transition): string {
  const isPulled = plan.changes.some(
    ({ type, action, after: image }) =>
      type === "docker_image" && (action === "replace" || action === "create") && image?.name === after.image?.text,
  );
  return isPulled && before.image?.text !== after.image?.text
    ? ` Add the time to pull ${code(after.image?.text ?? "")}, unless it is on the host already.`
    : "";
}
