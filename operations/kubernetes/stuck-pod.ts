import type { Cluster } from "./connection";
import { aboutObject, warningsOf } from "./events";
import type { V1Pod } from "./library";
import { exitOf, mainStatus, problemOf } from "./pod";
import type { Workload } from "./workload";

/** A pod that does not come up, or that is not even made. */
export interface StuckPod {
  /** In Kubernetes' own words. */
  readonly why: string;
  /** How long it may be like that: what mends itself is no reason to stop. */
  readonly patienceMs: number;
  /** @default - none could be made */
  readonly pod?: V1Pod;
  /** Claim that it waits for. @default - it waits for none */
  readonly claim?: string;
}

const PATIENCE_MS = 30_000;
/** Disks are made, and taken from another node, within minutes. */
const DISK_MS = 120_000;
/** Somebody adds a node to the cluster. */
const NODE_MS = 600_000;
/** How often a program may end before it is taken for broken. */
const ENDS = 3;

/** What keeps a pod from being ready that time alone will hardly mend; a program that only starts slowly is not stuck. */
export async function stuckPod(cluster: Cluster, pod: V1Pod): Promise<StuckPod | undefined> {
  const problem = await problemOf(cluster, pod);
  const { restartCount = 0, lastState } = mainStatus(pod) ?? {};
  if (restartCount >= ENDS && lastState?.terminated && !problem?.atStart) {
    const why = `it ends again and again, with ${exitOf(lastState.terminated)}`;
    return { pod, why, patienceMs: 0 };
  }
  if (!problem?.atStart) return undefined;
  const { why } = problem;
  const claim = /PersistentVolumeClaim|volume/i.test(why) ? await waitingClaim(cluster, pod) : undefined;
  if (claim?.why) return { pod, why: claim.why, claim: claim.name, patienceMs: PATIENCE_MS };
  if (/^Unschedulable|^SchedulerError/.test(why)) {
    const patienceMs = (await bringsNode(cluster, pod)) ? NODE_MS : claim ? DISK_MS : PATIENCE_MS;
    return { pod, why, claim: claim?.name, patienceMs };
  }
  return { pod, why, claim: claim?.name, patienceMs: /^Failed(Mount|AttachVolume)/.test(why) ? DISK_MS : PATIENCE_MS };
}

/** Why none of the pods that are missing can be made, such as a quota. */
export async function stuckWorkload(
  cluster: Cluster,
  { kind, name, refusal }: Workload,
): Promise<StuckPod | undefined> {
  const why =
    refusal ??
    (await warningsOf(cluster, aboutObject(kind, name))).find(({ reason }) => reason === "FailedCreate")?.message;
  return why === undefined ? undefined : { why, patienceMs: PATIENCE_MS };
}

/** Whether a pod is stuck because its image cannot be had. @param why in Kubernetes' words */
export function isImageProblem(why: string): boolean {
  return /ImagePull|ErrImage|InvalidImageName|ImageInspect|Failed to pull/i.test(why);
}

/** Kubernetes' words on one line. */
export const oneLine = (why: string): string => why.replace(/\s+/g, " ").trim();

/** A claim of a pod that has no disk, and why, where somebody says so. */
async function waitingClaim(cluster: Cluster, { spec }: V1Pod): Promise<{ name: string; why?: string } | undefined> {
  const { core, namespace } = cluster;
  for (const { persistentVolumeClaim } of spec?.volumes ?? []) {
    const name = persistentVolumeClaim?.claimName;
    if (!name) continue;
    const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name }).catch(() => undefined);
    if (claim?.status?.phase !== "Pending") continue;
    const warnings = await warningsOf(cluster, aboutObject("PersistentVolumeClaim", name));
    const message = warnings.find(({ reason }) => reason === "ProvisioningFailed")?.message;
    return { name, why: message && `PersistentVolumeClaim ${name} gets no disk: ${message}` };
  }
  return undefined;
}

/** Whether an autoscaler has said that it brings a node for the pod: cluster-autoscaler, Karpenter. */
async function bringsNode({ core, namespace }: Cluster, { metadata }: V1Pod): Promise<boolean> {
  const fieldSelector = `involvedObject.uid=${metadata?.uid}`;
  const found = await core.listNamespacedEvent({ namespace, fieldSelector }).catch(() => undefined);
  return (found?.items ?? []).some(({ reason }) => reason === "TriggeredScaleUp" || reason === "Nominated");
}
