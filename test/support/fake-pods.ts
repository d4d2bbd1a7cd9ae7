import type { FakeCluster } from "./fake-cluster";

/** What a pod of a test is like. */
export interface FakePod {
  readonly name: string;
  /** @default true */
  readonly ready?: boolean;
  readonly restarts?: number;
  /** State of its container. @default - it runs */
  readonly state?: object;
  readonly lastState?: object;
  /** More conditions than `Ready`. */
  readonly conditions?: readonly object[];
  readonly node?: string;
  /** Over the specification. */
  readonly spec?: object;
  readonly container?: object;
  readonly created?: string;
  /** Besides those that it is found by. */
  readonly labels?: Readonly<Record<string, string>>;
}

const STARTED = "2026-01-01T00:00:10Z";

/** Makes a Deployment (or other) of a noun in the namespace `lab`, with its pods. */
export function putService(
  cluster: FakeCluster,
  noun: string,
  pods: readonly FakePod[],
  {
    kind = "deployments",
    wanted = pods.length,
    status = {},
  }: { kind?: "deployments" | "statefulsets"; wanted?: number; status?: object } = {},
): void {
  const labels = labelsOf(noun);
  cluster.put(`/apis/apps/v1/namespaces/lab/${kind}`, {
    metadata: { name: `lab-${noun}`, labels },
    spec: {
      replicas: wanted,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec({ name: "" }, noun) },
    },
    status,
  });
  for (const pod of pods) putPod(cluster, noun, pod);
}

export function labelsOf(noun: string): Record<string, string> {
  return { "app.kubernetes.io/instance": "lab", "app.kubernetes.io/component": noun };
}

function podSpec({ node, spec, container }: FakePod, noun: string) {
  return {
    nodeName: node ?? "one",
    containers: [
      {
        name: noun,
        image: `example.com/${noun}:1`,
        env: [{ name: "LEVEL", value: "info" }],
        readinessProbe: { exec: { command: ["wget", "-q", "http://127.0.0.1:5001/debug/health"] } },
        resources: { limits: { memory: "512Mi" } },
        ...container,
      },
    ],
    ...spec,
  };
}

export function putPod(cluster: FakeCluster, noun: string, pod: FakePod): void {
  const {
    name,
    ready = true,
    restarts = 0,
    state = { running: { startedAt: STARTED } },
    lastState = {},
    created,
    labels,
  } = pod;
  cluster.put("/api/v1/namespaces/lab/pods", {
    metadata: { name, labels: { ...labels, ...labelsOf(noun) }, ...(created && { creationTimestamp: created }) },
    spec: podSpec(pod, noun),
    status: {
      phase: "running" in state ? "Running" : "Pending",
      conditions: [
        { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: STARTED },
        ...(pod.conditions ?? []),
      ],
      containerStatuses: [
        { name: noun, ready, restartCount: restarts, state, lastState, image: `example.com/${noun}:1` },
      ],
    },
  });
}

/** What becomes of pods that a command makes itself, whose container is named as they are after `lab-`. */
export function startPods(
  cluster: FakeCluster,
  state: object = { running: { startedAt: STARTED } },
  phase = "Running",
): void {
  cluster.onChange = (path) => {
    const made = cluster.objects.get(path);
    const [, noun] = /\/pods\/lab-(\w+)$/.exec(path) ?? [];
    if (made && noun)
      cluster.objects.set(path, { ...made, status: { phase, containerStatuses: [{ name: noun, state }] } });
  };
}
