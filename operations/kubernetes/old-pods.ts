import type { Cluster } from "./connection";
import { orNothing } from "./failure";
import type { V1Pod } from "./library";
import { isRunning, podName } from "./pod";
import type { Workload } from "./workload";

const REVISION_LABEL = "controller-revision-hash";

/**
 * Deletes pods of a StatefulSet that run nothing and are of an older template. Its controller replaces one pod after the other, and goes
 * on when that one is ready: a RustFS whose peers cannot start never is.
 * @returns their names
 */
export async function deleteStuckOldPods(
  { core, namespace }: Cluster,
  { pods, revision }: Workload,
): Promise<string[]> {
  if (revision === undefined) return [];
  const isOld = ({ metadata }: V1Pod) => metadata?.labels?.[REVISION_LABEL] !== revision;
  const stuck = pods.filter((pod) => isOld(pod) && !isRunning(pod));
  for (const pod of stuck) {
    const { uid } = pod.metadata ?? {};
    await orNothing(core.deleteNamespacedPod({ name: podName(pod), namespace, body: { preconditions: { uid } } }));
  }
  return stuck.map(podName);
}
