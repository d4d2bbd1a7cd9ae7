import { Failure } from "../failure";
import type { PodsState, RunningContainer, Runtime } from "../runtime/runtime";
import type { Cluster } from "./connection";
import { findPodDeath } from "./death";
import { dialFromPod } from "./dial";
import { findDrift } from "./drift";
import type { V1Pod } from "./library";
import { readWorkloadLogs } from "./logs";
import { memoryOfPods } from "./memory";
import { condition, isReady, isRunning, mainContainer, mainStatus, type PodProblem, podName, problemOf } from "./pod";
import { runInPod, scriptInPod } from "./pod-exec";
import { restartPods } from "./restart";
import { findWorkload, type Workload, workloadNames } from "./workload";

/** A namespace of a cluster as what runs a registry's containers: each is a Deployment, a StatefulSet, a Job, or one pod of them. */
export function kubernetesRuntime(cluster: Cluster): Runtime {
  const { host } = cluster;
  const podOf = (container: string) => runningPod(cluster, container);
  const readFile = async (container: string, path: string) =>
    scriptInPod(cluster, await podOf(container), 'cat "$1"', [path]);
  return {
    host,
    names: () => workloadNames(cluster),
    find: async (container) => {
      const workload = await findWorkload(cluster, container);
      return workload && runningContainer(cluster, workload);
    },
    instances: async (container) => ((await findWorkload(cluster, container))?.pods ?? []).map(podName),
    logs: (container, options, onLine) => readWorkloadLogs(cluster, container, options, onLine),
    run: async (container, command, line, limitMs) => runInPod(cluster, await podOf(container), command, line, limitMs),
    script: async (container, script, args, limitMs) =>
      scriptInPod(cluster, await podOf(container), script, args, limitMs),
    readFile,
    dial: (container) => dialFromPod(cluster, () => podOf(container)),
    restart: async (container) => restartPods(cluster, await existing(cluster, container)),
    drift: (stack) => findDrift(cluster, stack, readFile),
  };
}

async function existing(cluster: Cluster, container: string): Promise<Workload> {
  const found = await findWorkload(cluster, container);
  if (!found) throw new Failure(`There is no ${container} in ${cluster.host}`);
  return found;
}

/** A pod to run something in: one that is ready, if there is one. @throws Failure when none runs */
async function runningPod(cluster: Cluster, container: string): Promise<V1Pod> {
  const { pods } = await existing(cluster, container);
  const pod = pods.find(isReady) ?? pods.find(isRunning);
  if (pod) return pod;
  throw new Failure(`No pod of ${container} runs`);
}

/** What the cluster says of a workload and its pods, as one. */
export async function runningContainer(cluster: Cluster, workload: Workload): Promise<RunningContainer> {
  const { pods, spec, wanted, kind } = workload;
  const problems = (await Promise.all(pods.map((pod) => problemOf(cluster, pod)))).filter((one) => one !== undefined);
  const running = pods.filter(isRunning);
  const container = (pods[0] && mainContainer(pods[0])) ?? spec?.containers[0];
  const isService = kind === "Deployment" || kind === "StatefulSet";
  const atStart = problems.find((one) => one.atStart);
  const starts = running.flatMap((pod) => mainStatus(pod)?.state?.running?.startedAt ?? []);
  return {
    status: statusOf(workload, running.length > 0),
    isRunning: running.length > 0,
    startError: atStart?.why ?? workload.refusal,
    startRemedy: atStart && `kubectl --context ${cluster.context} -n ${cluster.namespace} describe pod ${atStart.pod}`,
    health: container?.readinessProbe && healthOf(workload),
    healthCommand: container?.readinessProbe?.exec?.command ?? [],
    // Of several the one that was started last: what it had to do at its start is not older.
    startedAt: new Date(Math.max(0, ...starts.map((start) => start.valueOf()))).toISOString(),
    restarts: pods.reduce((sum, pod) => sum + (mainStatus(pod)?.restartCount ?? 0), 0),
    image: container?.image ?? "",
    environment: Object.fromEntries(
      (container?.env ?? []).flatMap(({ name, value }) => (value ? [[name, value]] : [])),
    ),
    pods: isService ? { wanted, ready: pods.filter(isReady).length, unready: unready(pods, problems) } : undefined,
    memory: () => memoryOfPods(cluster, running),
    death: () => findPodDeath(cluster, pods),
  };
}

function statusOf({ kind, pods, wanted }: Workload, runs: boolean): string {
  if (runs) return "running";
  const states = pods.map((pod) => mainStatus(pod)?.state);
  if (pods.length === 0) return wanted === 0 ? "scaled to 0" : "without pods";
  if (states.some((state) => state?.terminated) && kind !== "Deployment" && kind !== "StatefulSet") return "exited";
  return states.some((state) => state?.waiting?.reason === "CrashLoopBackOff") ? "restarting" : "waiting";
}

/** For as long a pod may be without an answer to its readiness probe before it is called unhealthy. */
const START_MS = 60_000;

function healthOf({ pods, wanted }: Workload): RunningContainer["health"] {
  const ready = pods.filter(isReady);
  if (ready.length >= wanted && ready.length > 0) return { status: "healthy" };
  const others = pods.filter((pod) => !isReady(pod));
  const isYoung = (pod: V1Pod) =>
    Date.now() - (mainStatus(pod)?.state?.running?.startedAt ?? pod.metadata?.creationTimestamp ?? 0).valueOf() <
    START_MS;
  if (others.length > 0 && others.every(isYoung)) return { status: "starting" };
  const changes = others.flatMap((pod) => condition(pod, "Ready")?.lastTransitionTime?.valueOf() ?? []);
  return { status: "unhealthy", foundAt: new Date(Math.max(0, ...changes)).toISOString() };
}

function unready(pods: readonly V1Pod[], problems: readonly PodProblem[]): PodsState["unready"] {
  return pods
    .filter((pod) => !isReady(pod))
    .map((pod) => ({ pod: podName(pod), why: problems.find((one) => one.pod === podName(pod))?.why ?? "starting" }));
}
