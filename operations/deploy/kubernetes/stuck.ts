import { command } from "../../command";
import { Failure } from "../../failure";
import { recognise } from "../../known-failures";
import type { Cluster } from "../../kubernetes/connection";
import { warningsOf } from "../../kubernetes/events";
import type { V1Pod } from "../../kubernetes/library";
import { exitOf, mainContainer, mainStatus, podName, problemOf } from "../../kubernetes/pod";
import { podLog } from "../../kubernetes/pod-log";
import type { Workload } from "../../kubernetes/workload";

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
    refusal ?? (await warningsOf(cluster, about(kind, name))).find(({ reason }) => reason === "FailedCreate")?.message;
  return why === undefined ? undefined : { why, patienceMs: PATIENCE_MS };
}

/** What a person is told of it. */
export async function explainStuck(
  cluster: Cluster,
  environment: string,
  { name }: Workload,
  { pod, why, claim }: StuckPod,
): Promise<Failure> {
  const log = pod && /^CrashLoopBackOff|^it ends/.test(why) ? await lastLines(cluster, pod) : "";
  const { context } = cluster;
  const known = recognise(log, { environment, dockerHost: cluster.host });
  const where = pod ? `pod ${podName(pod)}` : "no pod can be made";
  const message = `${name} does not come up: ${where}: ${oneLine(why)}`;
  const again = command("up", environment);
  const remedy = known?.remedy ?? `${remedyOf(cluster, environment, { name, pod, why, claim })}; then ${again}`;
  const details = log && `The last lines of ${podName(pod as V1Pod)}:\n${log}`;
  return new Failure(known ? `${message}\n${known.message}` : message, remedy, details || `context ${context}: ${why}`);
}

interface Stuck extends Omit<StuckPod, "patienceMs"> {
  readonly name: string;
}

function remedyOf({ context, namespace }: Cluster, environment: string, { name, pod, why, claim }: Stuck): string {
  const kubectl = (words: string) => `kubectl --context ${context} -n ${namespace} ${words}`;
  const file = `environments/${environment}.yaml`;
  if (claim) return `see why it has no disk: ${kubectl(`describe pvc ${claim}`)}`;
  if (/ImagePull|ErrImage|InvalidImageName|ImageInspect|Failed to pull/i.test(why))
    return `correct images in ${file}; of a registry with a login: kubernetes.imagePullSecrets there`;
  if (/exceeded quota/i.test(why))
    return `raise the quota (${kubectl("describe resourcequota")}), or ask for less in ${file}`;
  if (/violates PodSecurity|forbidden/i.test(why))
    return `the namespace's rules refuse it: ${kubectl(`get namespace ${namespace} -o yaml`)}, ${kubectl("get limitrange,resourcequota -o yaml")}`;
  if (/Insufficient (cpu|memory)/i.test(why))
    return `add a node with enough of it free (kubectl --context ${context} describe nodes), or ask for less in ${file}`;
  if (/CrashLoopBackOff|it ends/.test(why)) {
    const noun = name.slice(environment.length + 1);
    return `${command("logs", environment, noun, "--no-follow")} says why; correct ${file}`;
  }
  return pod
    ? `see what it waits for: ${kubectl(`describe pod ${podName(pod)}`)}`
    : kubectl(`describe deployment,statefulset,job ${name}`);
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

/** A claim of a pod that has no disk, and why, where somebody says so. */
async function waitingClaim(cluster: Cluster, { spec }: V1Pod): Promise<{ name: string; why?: string } | undefined> {
  const { core, namespace } = cluster;
  for (const { persistentVolumeClaim } of spec?.volumes ?? []) {
    const name = persistentVolumeClaim?.claimName;
    if (!name) continue;
    const claim = await core.readNamespacedPersistentVolumeClaim({ namespace, name }).catch(() => undefined);
    if (claim?.status?.phase !== "Pending") continue;
    const warnings = await warningsOf(cluster, about("PersistentVolumeClaim", name));
    const message = warnings.find(({ reason }) => reason === "ProvisioningFailed")?.message;
    return { name, why: message && `PersistentVolumeClaim ${name} gets no disk: ${message}` };
  }
  return undefined;
}

const about = (kind: string, name: string) => `involvedObject.kind=${kind},involvedObject.name=${name}`;

/** Whether an autoscaler has said that it brings a node for the pod: cluster-autoscaler, Karpenter. */
async function bringsNode({ core, namespace }: Cluster, { metadata }: V1Pod): Promise<boolean> {
  const fieldSelector = `involvedObject.uid=${metadata?.uid}`;
  const found = await core.listNamespacedEvent({ namespace, fieldSelector }).catch(() => undefined);
  return (found?.items ?? []).some(({ reason }) => reason === "TriggeredScaleUp" || reason === "Nominated");
}

/** What the container said before it ended. */
async function lastLines(cluster: Cluster, pod: V1Pod): Promise<string> {
  const container = mainContainer(pod)?.name ?? "";
  for (const previous of [true, false]) {
    const lines: string[] = [];
    try {
      for await (const { text } of podLog(cluster, podName(pod), { container, previous, tail: 10 })) lines.push(text);
    } catch {
      // It may be the other one that ended last.
    }
    if (lines.length > 0) return lines.join("\n");
  }
  return "";
}
