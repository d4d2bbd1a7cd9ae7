import type { Cluster } from "./connection";
import { orNothing } from "./failure";
import type { V1DeploymentCondition, V1Job, V1LabelSelector, V1Pod, V1PodSpec, V1StatefulSet } from "./library";
import { isOver } from "./pod";

/** What keeps a container running, with its pods. Everywhere a pod's own name can stand in place of the workload's. */
export interface Workload {
  readonly kind: "Deployment" | "StatefulSet" | "Job" | "Pod";
  readonly name: string;
  /** How many pods there should be. */
  readonly wanted: number;
  /** Of the pods that it makes now. */
  readonly spec?: V1PodSpec;
  /** Without those that are being deleted, by name; of a job the newest only. */
  readonly pods: readonly V1Pod[];
  /** Of a StatefulSet: the revision of the pods that it makes now. @default - its controller has not seen its newest template yet */
  readonly revision?: string;
  /** Why it cannot make pods, in the controller's words. @default - it can, or it says so in events only */
  readonly refusal?: string;
}

type Asking = Pick<Cluster, "core" | "apps" | "batch" | "namespace">;

/** A workload by its name; nothing: there is none. */
export async function findWorkload(cluster: Asking, name: string): Promise<Workload | undefined> {
  const { apps, batch, namespace } = cluster;
  const one = { name, namespace };
  const [deployment, set, job] = await Promise.all([
    orNothing(apps.readNamespacedDeployment(one)),
    orNothing(apps.readNamespacedStatefulSet(one)),
    orNothing(batch.readNamespacedJob(one)),
  ]);
  const service = deployment ?? set;
  if (service) {
    const { selector, template, replicas = 1 } = service.spec ?? {};
    return {
      kind: deployment ? "Deployment" : "StatefulSet",
      name,
      wanted: replicas,
      spec: template?.spec,
      pods: await podsBy(cluster, selector),
      revision: set && isSeen(set) ? set.status?.updateRevision : undefined,
      refusal: deployment?.status?.conditions?.find(isRefusal)?.message,
    };
  }
  if (job) return jobOf(cluster, name, job);
  const pod = await findPod(cluster, name);
  return pod && { kind: "Pod", name, wanted: 1, spec: pod.spec, pods: [pod] };
}

/** Whether all pods of a StatefulSet are ready and of its newest template, as `kubectl rollout status` has it; one that is not there is. */
export async function isRolledOut(
  { apps, namespace }: Pick<Asking, "apps" | "namespace">,
  name: string,
): Promise<boolean> {
  const set = await orNothing(apps.readNamespacedStatefulSet({ name, namespace }));
  if (!set) return true;
  const { spec, status } = set;
  return (
    isSeen(set) && status?.updateRevision === status?.currentRevision && status?.readyReplicas === (spec?.replicas ?? 1)
  );
}

/** Whether the controller knows the newest template. */
function isSeen({ metadata, status }: V1StatefulSet): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
}

const isRefusal = ({ type, status }: V1DeploymentCondition) => type === "ReplicaFailure" && status === "True";

async function jobOf(cluster: Asking, name: string, { spec }: V1Job): Promise<Workload> {
  const pods = await podsBy(cluster, spec?.selector, true);
  const newest = pods.toSorted((a, b) => bornAt(b) - bornAt(a)).slice(0, 1);
  return { kind: "Job", name, wanted: 1, spec: spec?.template.spec, pods: newest };
}

function bornAt({ metadata }: V1Pod): number {
  return metadata?.creationTimestamp?.getTime() ?? 0;
}

/** The pods that a selector finds, by name. */
export async function podsBy(
  { core, namespace }: Pick<Asking, "core" | "namespace">,
  selector: Pick<V1LabelSelector, "matchLabels"> | undefined,
  ended = false,
): Promise<V1Pod[]> {
  const labels = Object.entries(selector?.matchLabels ?? {});
  // An empty selector would find everything.
  if (labels.length === 0) return [];
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return (
    items
      // A pod that was evicted, or whose node was shut down, stays until somebody removes it; another one took its place.
      .filter((pod) => !pod.metadata?.deletionTimestamp && (ended || !isOver(pod)))
      .toSorted((a, b) => ((a.metadata?.name ?? "") < (b.metadata?.name ?? "") ? -1 : 1))
  );
}

function findPod({ core, namespace }: Pick<Asking, "core" | "namespace">, name: string): Promise<V1Pod | undefined> {
  return orNothing(core.readNamespacedPod({ name, namespace }));
}

/** Names of everything that runs containers in the namespace. */
export async function workloadNames({ apps, batch, namespace }: Asking): Promise<string[]> {
  const lists = await Promise.all([
    apps.listNamespacedDeployment({ namespace }),
    apps.listNamespacedStatefulSet({ namespace }),
    batch.listNamespacedJob({ namespace }),
  ]);
  return lists.flatMap(({ items }) => items.flatMap(({ metadata }) => metadata?.name ?? []));
}
