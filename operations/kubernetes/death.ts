import { type ContainerDeath, causeOfEnd, isTelling } from "../runtime/death";
import type { Cluster } from "./connection";
import type { V1ContainerStateTerminated, V1Pod } from "./library";
import { mainContainer, mainStatus, podName } from "./pod";
import { podLog } from "./pod-log";

/** Of a log's end, which holds the panic's first line. */
const LINES = 300;

/** A container ends with these when it was told to, as by a restart of ours. */
const TOLD_TO = new Set([0, 143]);

/**
 * Why the pod that died last ended: Kubernetes keeps how a pod's container ended the last time, and its log.
 * @returns nothing when none ever ended by itself
 */
export async function findPodDeath(cluster: Cluster, pods: readonly V1Pod[]): Promise<ContainerDeath | undefined> {
  const deaths = pods.flatMap((pod) => {
    const { state, lastState } = mainStatus(pod) ?? {};
    const ended = state?.terminated ?? lastState?.terminated;
    return ended ? [{ pod, ended, isPast: state?.terminated === undefined }] : [];
  });
  const newest = deaths.toSorted((a, b) => timeOf(b.ended) - timeOf(a.ended))[0];
  if (!newest) return undefined;
  const { pod, ended, isPast } = newest;
  const { exitCode, reason, finishedAt } = ended;
  const restarts = pods.reduce((sum, one) => sum + (mainStatus(one)?.restartCount ?? 0), 0);
  const found = { restarts, exitCode, at: new Date(finishedAt ?? 0).toISOString() };
  if (reason === "OOMKilled") return { ...found, cause: "memory" };
  const lastWords = await lastWordsOf(cluster, pod, isPast);
  const cause = causeOfEnd(exitCode, lastWords);
  return TOLD_TO.has(exitCode) && cause !== "orderly" ? undefined : { ...found, cause, lastWords };
}

const timeOf = ({ finishedAt }: V1ContainerStateTerminated) => finishedAt?.valueOf() ?? 0;

/** The telling line of a log that has ended, "" for none; nothing when there is no log to read. */
async function lastWordsOf(cluster: Cluster, pod: V1Pod, previous: boolean): Promise<string | undefined> {
  const options = { container: mainContainer(pod)?.name ?? "", previous, tail: LINES };
  try {
    for await (const { text } of podLog(cluster, podName(pod), options)) if (isTelling(text)) return text;
    return "";
  } catch {
    return undefined;
  }
}
