import { COMPONENT_LABEL } from "../../constructs/platform/kubernetes-objects";
import type { Cluster } from "./connection";
import { warningsOf } from "./events";
import type { V1Container, V1ContainerStateTerminated, V1ContainerStatus, V1Pod, V1PodCondition } from "./library";

export const podName = ({ metadata }: V1Pod): string => metadata?.name ?? "?";

/** The container of ours in a pod, named as its component; a mesh may have put its own beside it. */
export function mainContainer({ spec, metadata }: V1Pod): V1Container | undefined {
  const component = metadata?.labels?.[COMPONENT_LABEL];
  return spec?.containers.find(({ name }) => name === component) ?? spec?.containers[0];
}

export function mainStatus(pod: V1Pod): V1ContainerStatus | undefined {
  const name = mainContainer(pod)?.name;
  return pod.status?.containerStatuses?.find((one) => one.name === name);
}

export function isRunning(pod: V1Pod): boolean {
  return mainStatus(pod)?.state?.running !== undefined;
}

/** Whether none of its containers is started again. */
export function isOver({ status }: V1Pod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}

export function isReady(pod: V1Pod): boolean {
  return condition(pod, "Ready")?.status === "True";
}

export function condition({ status }: V1Pod, type: string): V1PodCondition | undefined {
  return status?.conditions?.find((one) => one.type === type);
}

/** What of a pod is not as it should be. */
export interface PodProblem {
  readonly pod: string;
  /** In the words of what tried. */
  readonly why: string;
  /** Whether its container could not even be started. */
  readonly atStart: boolean;
}

/** Reasons of a container that waits and will not start without help. */
const STUCK = new Set([
  "CrashLoopBackOff",
  "CreateContainerConfigError",
  "CreateContainerError",
  "ErrImageNeverPull",
  "ErrImagePull",
  "ImageInspectError",
  "ImagePullBackOff",
  "InvalidImageName",
  "RunContainerError",
]);

/** Why a pod is not ready; nothing: it is, or needs only its time. */
export async function problemOf(
  cluster: Pick<Cluster, "core" | "namespace">,
  pod: V1Pod,
): Promise<PodProblem | undefined> {
  if (isReady(pod)) return undefined;
  const problem = (why: string, atStart = true): PodProblem => ({ pod: podName(pod), why, atStart });
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.status === "False") return problem(`${scheduled.reason}: ${scheduled.message}`);
  const waiting = mainStatus(pod)?.state?.waiting;
  if (waiting?.reason && STUCK.has(waiting.reason)) return problem(await stuck(cluster, pod, waiting.reason));
  // What waits for its volumes says so in events only, and readiness has nothing but them.
  const runs = isRunning(pod);
  const event = await lastWarning(cluster, pod, runs ? /^Unhealthy/ : /^Failed(?:Mount|AttachVolume|CreatePodSandBox)/);
  return event === undefined ? undefined : problem(event, !runs);
}

/** The reason with the words that tell more: a back-off repeats only that it waits. */
async function stuck(cluster: Pick<Cluster, "core" | "namespace">, pod: V1Pod, reason: string): Promise<string> {
  const { message } = mainStatus(pod)?.state?.waiting ?? {};
  if (reason === "CrashLoopBackOff") {
    const { terminated } = mainStatus(pod)?.lastState ?? {};
    const ended = terminated ? `, it ends with ${exitOf(terminated)}` : "";
    return `${reason}${ended}; ${message ?? "started again later"}`;
  }
  const isBackOff =
    reason === "ImagePullBackOff" && !/:\s/.test(message?.replace(/^Back-off pulling image "[^"]*"/, "") ?? "");
  const event = isBackOff ? await lastWarning(cluster, pod, /^Failed: Failed to pull/) : undefined;
  return event ?? [reason, message].filter(Boolean).join(": ");
}

/** How a container ended: `exit code 137 (OOMKilled)`. */
export function exitOf({ exitCode, reason }: V1ContainerStateTerminated): string {
  return `exit code ${exitCode}${reason === "Error" ? "" : ` (${reason})`}`;
}

/** The newest warning about a pod that says what is looked for. */
async function lastWarning(
  cluster: Pick<Cluster, "core" | "namespace">,
  { metadata }: V1Pod,
  telling: RegExp,
): Promise<string | undefined> {
  const warnings = await warningsOf(cluster, `involvedObject.uid=${metadata?.uid}`);
  return warnings.map(({ reason, message }) => `${reason}: ${message?.trim()}`).find((text) => telling.test(text));
}
