import { bytesOf } from "../../plan/kubernetes-facts";
import type { ContainerMemory } from "../runtime/runtime";
import type { Cluster } from "./connection";
import type { V1Pod } from "./library";
import { mainContainer, podName } from "./pod";
import { readPath } from "./raw-request";

interface PodMetrics {
  readonly containers?: readonly { readonly name?: string; readonly usage?: { readonly memory?: string } }[];
}

/** What the fullest of some pods uses. @returns nothing: the cluster has no metrics server, or it does not know them yet */
export async function memoryOfPods(cluster: Cluster, pods: readonly V1Pod[]): Promise<ContainerMemory | undefined> {
  const all = await Promise.all(pods.map((pod) => memoryOfPod(cluster, pod).catch(() => undefined)));
  const known = all.filter((one) => one !== undefined);
  const share = ({ bytes, limit }: ContainerMemory) => bytes / (limit ?? Number.MAX_SAFE_INTEGER);
  return known.toSorted((a, b) => share(b) - share(a))[0];
}

async function memoryOfPod(cluster: Cluster, pod: V1Pod): Promise<ContainerMemory | undefined> {
  const container = mainContainer(pod);
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${cluster.namespace}/pods/${podName(pod)}`;
  const { containers = [] } = await readPath<PodMetrics>(cluster, path, { limitMs: 3_000 });
  const bytes = bytesOf(containers.find(({ name }) => name === container?.name)?.usage?.memory);
  return bytes === undefined ? undefined : { bytes, limit: bytesOf(container?.resources?.limits?.memory) };
}
