import type { FakeCluster, KubernetesObject } from "./fake-cluster";

interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
}

interface WorkloadSpec {
  readonly replicas: number;
  readonly template: Template;
}

const PODS = "/api/v1/namespaces/lab/pods";
const STARTED = "2026-01-01T00:00:10Z";

/** What a cluster's controllers do, at once: they make pods that are ready, roll them out, end jobs, and bind claims. */
export function control(cluster: FakeCluster, path: string): void {
  const [collection = "", name = ""] = path.split("/").slice(-2);
  const object = cluster.objects.get(path);
  if (/^(deployments|statefulsets|jobs)$/.test(collection)) pods(cluster, name, collection, object);
  if (collection === "statefulsets" && object) {
    const { replicas } = object.spec as WorkloadSpec;
    cluster.objects.set(path, { ...object, status: { readyReplicas: replicas } });
  }
  if (collection === "persistentvolumeclaims" && object) bind(cluster, path, object);
}

function pods(cluster: FakeCluster, name: string, collection: string, object: KubernetesObject | undefined): void {
  for (const path of [...cluster.objects.keys()])
    if (path.startsWith(`${PODS}/${name}-`) && /-\d+$/.test(path)) cluster.objects.delete(path);
  if (!object) return;
  const { replicas, template } = object.spec as WorkloadSpec;
  for (let n = 0; n < replicas; n += 1) {
    const ended = { terminated: { exitCode: 0, reason: "Completed", finishedAt: STARTED } };
    const state = collection === "jobs" ? ended : { running: { startedAt: STARTED } };
    const ready = collection !== "jobs";
    const [{ name: container, image } = { name: "", image: "" }] = template.spec.containers;
    cluster.put(PODS, {
      metadata: { name: `${name}-${n}`, labels: template.metadata.labels },
      spec: { ...template.spec, nodeName: "one" },
      status: {
        phase: ready ? "Running" : "Succeeded",
        conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: STARTED }],
        containerStatuses: [{ name: container, image, ready, restartCount: 0, state, lastState: {} }],
      },
    });
  }
}

/** To a disk that goes with its claim. */
function bind(cluster: FakeCluster, path: string, object: KubernetesObject): void {
  const { name } = object.metadata;
  const spec = object.spec as { readonly resources?: { readonly requests?: object } };
  const bound = { spec: { ...spec, volumeName: `disk-of-${name}` } };
  const status = { phase: "Bound", capacity: spec.resources?.requests };
  cluster.objects.set(path, { ...object, ...bound, status });
  cluster.put("/api/v1/persistentvolumes", {
    metadata: { name: `disk-of-${name}` },
    spec: { persistentVolumeReclaimPolicy: "Delete" },
  });
}
