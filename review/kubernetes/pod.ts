import { get, type Json, list, record } from "../../plan/json";
import { block, count, type KubernetesObject } from "./object";

/** Everything that keeps pods, by the kind of the object. */
const WITH_PODS: ReadonlySet<string> = new Set([
  "cron_job",
  "daemon_set",
  "deployment",
  "job",
  "pod",
  "replication_controller",
  "stateful_set",
]);

export interface Pods {
  /** Metadata and spec of one of them. */
  readonly template: Json;
  readonly podSpec: Json;
  /** @default - one for each node, or unknown */
  readonly replicas?: number;
}

/** The pods that an object keeps; nothing when it keeps none. */
export function podsOf({ kind, values, spec }: KubernetesObject): Pods | undefined {
  if (!WITH_PODS.has(kind)) return undefined;
  const inner = kind === "cron_job" ? block(spec, "job_template", "spec") : spec;
  const template = kind === "pod" ? record(values) : block(inner, "template");
  return { template, podSpec: block(template, "spec"), replicas: replicasOf(kind, spec) };
}

function replicasOf(kind: string, spec: Json): number | undefined {
  if (kind === "daemon_set") return undefined;
  const replicas = get(spec, "replicas");
  // The provider leaves it unknown when nobody says it; Kubernetes then takes 1.
  return replicas === undefined || replicas === null || replicas === "" ? 1 : count(replicas);
}

/** Containers that run side by side; what runs before them is apart. */
export function containersOf(podSpec: Json): { container: unknown; isInit: boolean }[] {
  return [
    ...list(podSpec.container).map((container) => ({ container, isInit: false })),
    ...list(podSpec.init_container).map((container) => ({ container, isInit: true })),
  ];
}
