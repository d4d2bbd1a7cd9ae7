import type { Cluster } from "./connection";
import { orNothing } from "./failure";
import type { V1Pod } from "./library";
import { isRunning, podName } from "./pod";
import { podsBy } from "./workload";

const REVISION_LABEL = "controller-revision-hash";

/**
 * Deletes pods of a StatefulSet that run nothing and are of an older template. Its controller replaces one pod after the other, and goes
 * on when that one is ready: a RustFS whose peers cannot start never is.
 * @returns their names
 */
export async function deleteStuckOldPods(cluster: Cluster, name: string): Promise<string[]> {
  const { apps, core, namespace } = cluster;
  const set = await orNothing(apps.readNamespacedStatefulSet({ name, namespace }));
  const { observedGeneration = 0, updateRevision } = set?.status ?? {};
  const isSeen = updateRevision !== undefined && observedGeneration >= (set?.metadata?.generation ?? 0);
  if (!isSeen) return [];
  const isOld = ({ metadata }: V1Pod) => metadata?.labels?.[REVISION_LABEL] !== updateRevision;
  const stuck = (await podsBy(cluster, set?.spec?.selector)).filter((pod) => isOld(pod) && !isRunning(pod));
  for (const pod of stuck) {
    const { uid } = pod.metadata ?? {};
    await orNothing(core.deleteNamespacedPod({ name: podName(pod), namespace, body: { preconditions: { uid } } }));
  }
  return stuck.map(podName);
}
