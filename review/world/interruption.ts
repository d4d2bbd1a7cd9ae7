import { code } from "../brief";
import { causeOf } from "../cause";
import type { Problem } from "../finding";
import type { replacedServices, Transition } from "../rule";
import type { Container } from "./container";
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
  const requests = after.role === "registry" ? running(before) : "";
  return {
    address: change.address,
    message: `${code(after.name)} is ${change.action === "replace" ? "replaced" : "restarted"}: ${effect} for about ${seconds} s${measured}.${requests}${waiting} ${budget(before, after)}${pull(entry, transition)}`,
    cause: causeOf(change, transition.plan),
    impact: { kind: "downtime", who, seconds },
  };
}

/** The script that keeps a registry's port open until what runs has ended, and the container's command that calls it. */
const SERVE = "/opt/private-registry/serve.sh";

/** What becomes of requests that run when the old container is stopped. All of it was measured, with crane and docker push. */
function running({ uploads, arguments: words, timing: { stopGraceSeconds } }: Container): string {
  const settle = uploads.some(({ file }) => file === SERVE) ? Number(words.at(-2)) : 0;
  if (settle > 0) {
    return ` Before that, pushes and pulls that run have up to ${settle} s to end, and others are served meanwhile.`;
  }
  // Distribution closes its port at once, and then waits for what runs.
  return stopGraceSeconds > 0 ? ` While a push or pull runs, for up to ${stopGraceSeconds} s; that push may fail.` : "";
}

/** The old container is destroyed before its image can be, and the new image is pulled after that. */
function pull({ before, after }: Replaced, { plan }: Transition): string {
  if (after.workload) {
    const isOther = before.image?.text !== after.image?.text;
    return isOther ? ` Add the time to pull ${code(after.image?.text ?? "")}, unless its node has it already.` : "";
  }
  const isPulled = plan.changes.some(
    ({ type, action, after: image }) =>
      type === "docker_image" && (action === "replace" || action === "create") && image?.name === after.image?.text,
  );
  return isPulled && before.image?.text !== after.image?.text
    ? ` Add the time to pull ${code(after.image?.text ?? "")}, unless it is on the host already.`
    : "";
}
