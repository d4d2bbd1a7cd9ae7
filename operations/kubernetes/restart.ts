import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure";
import type { Cluster } from "./connection";
import { orNothing } from "./failure";
import type { V1Pod } from "./library";
import { isReady, mainStatus, podName } from "./pod";
import { execInPod } from "./pod-exec";
import type { Workload } from "./workload";

/** Beside what the pod may take to end: a third restart within ten minutes is put off for 20 s, then 40 s. */
const START_MS = 180_000;
const LOOK_MS = 1_000;

/**
 * Starts the containers of a workload's pods again, one pod after the other, so that the others answer meanwhile. The pods stay,
 * with their files in memory, and Terraform sees nothing of it.
 * @throws Failure when one does not come back; those after it were left alone
 */
export async function restartPods(
  cluster: Cluster,
  { pods, name }: Pick<Workload, "pods" | "name">,
  startMs = START_MS,
): Promise<void> {
  if (pods.length === 0) throw new Failure(`${name} has no pod that could be restarted`);
  for (const pod of pods) await restartPod(cluster, pod, startMs);
}

async function restartPod(cluster: Cluster, pod: V1Pod, startMs: number): Promise<void> {
  const name = podName(pod);
  const before = mainStatus(pod)?.restartCount ?? 0;
  // The first process hears of it as of the word to stop that a node says; it ends the program that says so, too.
  const told = await execInPod(cluster, pod, ["sh", "-c", "kill -TERM 1"]);
  if (told.exitCode !== undefined && told.exitCode !== 0 && told.stderr.trim() !== "")
    throw new Failure(`The container of pod ${name} could not be told to stop`, undefined, told.stderr.trim());
  const limitMs = startMs + 1000 * (pod.spec?.terminationGracePeriodSeconds ?? 30);
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(LOOK_MS)) {
    const now = await orNothing(cluster.core.readNamespacedPod({ name, namespace: cluster.namespace }));
    if (!now || now.metadata?.deletionTimestamp)
      throw new Failure(`Pod ${name} was removed while its container was restarted`, "repeat the command");
    if ((mainStatus(now)?.restartCount ?? 0) > before && isReady(now)) return;
  }
  throw new Failure(
    `Pod ${name} is not ready ${Math.round(limitMs / 1000)} s after its container was told to restart`,
    `kubectl --context ${cluster.context} -n ${cluster.namespace} describe pod ${name}`,
  );
}
