import { command } from "../../command";
import { Failure } from "../../failure";
import { recognise } from "../../known-failures";
import type { Cluster } from "../../kubernetes/connection";
import type { V1Pod } from "../../kubernetes/library";
import { mainContainer, podName } from "../../kubernetes/pod";
import { podLog } from "../../kubernetes/pod-log";
import { isImageProblem, oneLine, type StuckPod } from "../../kubernetes/stuck-pod";
import type { Workload } from "../../kubernetes/workload";

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
  if (isImageProblem(why))
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
