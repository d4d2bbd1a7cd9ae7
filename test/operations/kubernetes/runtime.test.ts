import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { FakeCluster } from "../../support/fake-cluster";
import { labelsOf, putPod, putService } from "../../support/fake-pods";

async function start() {
  const cluster = await FakeCluster.start();
  return { cluster, runtime: await connectKubernetes(cluster.settings(), {}) };
}

const EVENTS = "/api/v1/namespaces/lab/events";
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

/** @param pod whose event it is */
function putEvent(cluster: FakeCluster, pod: string, reason: string, message: string): void {
  const uid = cluster.objects.get(`/api/v1/namespaces/lab/pods/${pod}`)?.metadata.uid;
  const name = `${pod}.${cluster.objects.size}`;
  cluster.put(EVENTS, {
    metadata: { name },
    involvedObject: { uid },
    type: "Warning",
    reason,
    message,
    lastTimestamp: ago(1),
  });
}

test("a Deployment with all its pods", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "lab-registry-a" }, { name: "lab-registry-b", restarts: 2 }]);
  putService(cluster, "rustfs", [{ name: "lab-rustfs-0" }], { kind: "statefulsets" });
  expect(await runtime.names()).toEqual(["lab-registry", "lab-rustfs"]);
  expect(await runtime.instances("lab-registry")).toEqual(["lab-registry-a", "lab-registry-b"]);
  const found = await runtime.find("lab-registry");
  expect(found).toMatchObject({
    status: "running",
    isRunning: true,
    startError: undefined,
    health: { status: "healthy" },
    healthCommand: ["wget", "-q", "http://127.0.0.1:5001/debug/health"],
    startedAt: "2026-01-01T00:00:10.000Z",
    restarts: 2,
    image: "example.com/registry:1",
    environment: { LEVEL: "info" },
    pods: { ready: 2, wanted: 2, unready: [] },
  });
  expect(await found?.death()).toBeUndefined();
  expect(await runtime.find("lab-ui")).toBeUndefined();
  expect(await runtime.find("lab-registry-b")).toMatchObject({ restarts: 2, pods: undefined });
});

test.each([
  [
    "Unschedulable: 0/3 nodes are available: 3 Insufficient memory.",
    {
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/3 nodes are available: 3 Insufficient memory.",
        },
      ],
    },
  ],
  [
    'CreateContainerConfigError: secret "lab-auth" not found',
    { state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "lab-auth" not found' } } },
  ],
  [
    "CrashLoopBackOff, it ends with exit code 2; back-off 40s restarting failed container",
    {
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s restarting failed container" } },
      lastState: { terminated: { exitCode: 2, reason: "Error", finishedAt: ago(5) } },
    },
  ],
])("a pod that cannot start: %s", async (why, pod) => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [
    { name: "lab-registry-a" },
    { name: "lab-registry-b", ready: false, state: { waiting: {} }, ...pod },
  ]);
  expect(await runtime.find("lab-registry")).toMatchObject({
    status: "running",
    startError: why,
    startRemedy: "kubectl --context fake -n lab describe pod lab-registry-b",
    health: { status: "unhealthy" },
    pods: { ready: 1, wanted: 2, unready: [{ pod: "lab-registry-b", why }] },
  });
});

test("what only events tell: volumes, the reason of a pull that failed, a probe", async () => {
  const { cluster, runtime } = await start();
  const backOff = {
    waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "example.com/registry:1"' },
  };
  putService(cluster, "registry", [
    { name: "a", ready: false, state: { waiting: { reason: "ContainerCreating" } } },
    { name: "b", ready: false, state: backOff },
    { name: "c", ready: false },
  ]);
  putEvent(cluster, "a", "FailedScheduling", "0/1 nodes are available");
  putEvent(
    cluster,
    "a",
    "FailedMount",
    'MountVolume.SetUp failed for volume "files" : secret "lab-registry" not found',
  );
  putEvent(cluster, "b", "Failed", "Error: ErrImagePull");
  putEvent(cluster, "b", "Failed", 'Failed to pull image "example.com/registry:1": manifest unknown');
  putEvent(cluster, "c", "Unhealthy", "Readiness probe failed: 503");
  const found = await runtime.find("lab-registry");
  expect(found?.pods?.unready).toEqual([
    { pod: "a", why: 'FailedMount: MountVolume.SetUp failed for volume "files" : secret "lab-registry" not found' },
    { pod: "b", why: 'Failed: Failed to pull image "example.com/registry:1": manifest unknown' },
    { pod: "c", why: "Unhealthy: Readiness probe failed: 503" },
  ]);
  expect(found?.health).toEqual({ status: "unhealthy", foundAt: "2026-01-01T00:00:10.000Z" });
});

test("who may not read events is told the rest", async () => {
  const { cluster, runtime } = await start();
  cluster.refused.set("list events", { status: 403, message: "no" });
  putService(cluster, "registry", [{ name: "a", ready: false, state: { running: { startedAt: ago(5) } } }]);
  expect(await runtime.find("lab-registry")).toMatchObject({
    health: { status: "starting" },
    pods: { ready: 0, unready: [{ pod: "a", why: "starting" }] },
  });
});

test("no pods: refused by a quota, or scaled to none", async () => {
  const { cluster, runtime } = await start();
  const message = 'pods "lab-registry-x" is forbidden: exceeded quota';
  const conditions = [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message }];
  putService(cluster, "registry", [], { wanted: 2, status: { conditions } });
  expect(await runtime.find("lab-registry")).toMatchObject({
    status: "without pods",
    isRunning: false,
    startError: message,
  });
  putService(cluster, "registry", [], { wanted: 0 });
  expect(await runtime.find("lab-registry")).toMatchObject({ status: "scaled to 0" });
});

test("pods that are being deleted, were evicted, or are somebody else's do not count", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }]);
  const pod = (name: string) => cluster.objects.get(`/api/v1/namespaces/lab/pods/${name}`) as never as object;
  for (const [name, metadata, status] of [
    ["gone", { deletionTimestamp: ago(1) }, {}],
    ["evicted", {}, { phase: "Failed" }],
    ["other", { labels: { ...labelsOf("registry"), "app.kubernetes.io/instance": "prod" } }, {}],
  ] as const) {
    putPod(cluster, "registry", { name });
    const { metadata: before, status: was } = pod(name) as never as { metadata: object; status: object };
    const collection = "/api/v1/namespaces/lab/pods";
    cluster.put(collection, {
      ...pod(name),
      metadata: { ...before, name, ...metadata },
      status: { ...was, ...status },
    });
  }
  expect(await runtime.instances("lab-registry")).toEqual(["a"]);
});

test.each([
  ["memory", { exitCode: 137, reason: "OOMKilled" }, [], undefined],
  ["killed", { exitCode: 137, reason: "Error" }, ["2026-01-01T00:00:00Z serving"], ""],
  [
    "ended",
    { exitCode: 2, reason: "Error" },
    ["2026-01-01T00:00:00Z panic: no storage", "2026-01-01T00:00:01Z goroutine 1"],
    "panic: no storage",
  ],
  [
    "orderly",
    { exitCode: 0, reason: "Completed" },
    ["2026-01-01T00:00:00Z orderly restart: memory"],
    "orderly restart: memory",
  ],
])("a death: %s", async (cause, terminated, log, lastWords) => {
  const { cluster, runtime } = await start();
  const lastState = { terminated: { ...terminated, finishedAt: "2026-01-02T00:00:00Z" } };
  cluster.previousLogs.set("b", log);
  putService(cluster, "registry", [{ name: "a" }, { name: "b", restarts: 3, lastState }]);
  const { exitCode } = terminated;
  expect(await (await runtime.find("lab-registry"))?.death()).toEqual({
    ...{ cause, restarts: 3, exitCode, at: "2026-01-02T00:00:00.000Z" },
    ...(lastWords !== undefined && { lastWords }),
  });
});

test("a container that was told to end did not die", async () => {
  const { cluster, runtime } = await start();
  const lastState = { terminated: { exitCode: 0, reason: "Completed", finishedAt: ago(9) } };
  putService(cluster, "registry", [{ name: "a", restarts: 1, lastState }]);
  expect(await (await runtime.find("lab-registry"))?.death()).toBeUndefined();
});

test("a job is its newest pod", async () => {
  const { cluster, runtime } = await start();
  const labels = labelsOf("bucket-init");
  cluster.put("/apis/batch/v1/namespaces/lab/jobs", {
    metadata: { name: "lab-bucket-init", labels },
    spec: { selector: { matchLabels: labels }, template: { spec: { containers: [] } } },
  });
  const ended = (exitCode: number) => ({ terminated: { exitCode, reason: "Error", finishedAt: ago(60) } });
  putPod(cluster, "bucket-init", { name: "z", ready: false, state: ended(0), created: "2026-01-01T00:00:00Z" });
  putPod(cluster, "bucket-init", { name: "a", ready: false, state: ended(3), created: "2026-01-01T00:01:00Z" });
  cluster.logs.set("a", ["2026-01-01T00:01:01Z bucket-init: failed: no"]);
  const found = await runtime.find("lab-bucket-init");
  expect(found).toMatchObject({ status: "exited", isRunning: false, pods: undefined });
  expect(await found?.death()).toMatchObject({ cause: "ended", exitCode: 3 });
  const lines: string[] = [];
  await runtime.logs("lab-bucket-init", { follow: true }, (line) => lines.push(line));
  expect(lines).toEqual(["bucket-init: failed: no"]);
});

test("memory of the fullest pod, from the metrics server", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }, { name: "b" }]);
  expect(await (await runtime.find("lab-registry"))?.memory()).toBeUndefined();
  for (const [name, memory] of [
    ["a", "100Mi"],
    ["b", "204800Ki"],
  ] as const)
    cluster.put("/apis/metrics.k8s.io/v1beta1/namespaces/lab/pods", {
      metadata: { name },
      containers: [{ name: "registry", usage: { memory } }],
    });
  expect(await (await runtime.find("lab-registry"))?.memory()).toEqual({ bytes: 200 * 2 ** 20, limit: 512 * 2 ** 20 });
});

test("programs and scripts run in a pod that is ready", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a", ready: false }, { name: "b" }]);
  cluster.exec = ({ command, line }) => ({
    stdout: `${command.at(-1)} ${line ?? ""}`,
    stderr: "hm",
    exitCode: command.includes("bad") ? 3 : 0,
  });
  expect(await runtime.run("lab-registry", ["cat", "ü & b"], "secret")).toEqual({
    stdout: "ü & b secret",
    stderr: "hm",
  });
  expect(cluster.executed).toEqual([{ pod: "b", container: "registry", command: ["cat", "ü & b"], line: "secret" }]);
  // As on Docker, what a program ends with is no error; of a script it is.
  expect(await runtime.run("lab-registry", ["bad"])).toMatchObject({ stderr: "hm" });
  expect(await runtime.script("lab-registry", "echo $1", ["x"])).toBe("x ");
  await expect(runtime.script("lab-registry", "exit 3", ["bad"])).rejects.toThrow("a script in b ended with 3: hm");
  await runtime.script("a", "true");
  expect(cluster.executed.at(-1)?.pod).toBe("a");
});

test("a file of a pod; one that is missing is an error", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }]);
  cluster.exec = ({ command }) =>
    command.at(-1) === "/a" ? { stdout: "text" } : { stderr: "cat: can't open '/b': No such file", exitCode: 1 };
  expect(await runtime.readFile("lab-registry", "/a")).toBe("text");
  await expect(runtime.readFile("lab-registry", "/b")).rejects.toThrow("No such file");
});

test("a program has its time, and a role that may not exec is named", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }]);
  cluster.exec = () => new Promise(() => {});
  await expect(runtime.run("lab-registry", ["sleep"], undefined, 50)).rejects.toThrow(
    /no answer to exec in pod a within 0.05 s/,
  );
  cluster.refused.set("create pods/exec", { status: 403, message: "" });
  await expect(runtime.run("lab-registry", ["true"])).rejects.toMatchObject({
    message: "the login of this context may not create pods/exec in namespace lab",
    remedy: expect.stringContaining("kubectl --context fake -n lab auth can-i create pods/exec"),
  });
});

test("nothing runs in what has no pod", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [], { wanted: 1 });
  await expect(runtime.run("lab-registry", ["true"])).rejects.toThrow("No pod of lab-registry runs");
  await expect(runtime.run("lab-ui", ["true"])).rejects.toThrow(
    "There is no lab-ui in Kubernetes, context fake, namespace lab",
  );
});

test("logs of several pods are merged by time", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }, { name: "b" }, { name: "c", ready: false, state: { waiting: {} } }]);
  const at = (second: number) => `2026-01-01T00:00:0${second}.5Z`;
  cluster.logs.set("a", [`${at(1)} one`, `${at(3)} three`, `${at(9)} late`]);
  cluster.logs.set("b", [`${at(0)} old`, `${at(2)} two`]);
  const read = async (options: object) => {
    const lines: string[] = [];
    await runtime.logs("lab-registry", { follow: false, ...options }, (line) => lines.push(line));
    return lines;
  };
  expect(await read({})).toEqual(["old", "one", "two", "three", "late"]);
  const from = Date.parse(at(0)) / 1000;
  expect(await read({ names: true, since: from + 1, until: from + 4 })).toEqual(["a one", "b two", "a three"]);
  expect(await read({ tail: 1, timestamps: true })).toEqual([`${at(2)} two`, `${at(9)} late`]);
  expect(await read({ tail: 0 })).toEqual([]);
});

test("logs are followed, of pods that come later and of containers that start again, too", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }]);
  const stamp = () => new Date().toISOString();
  const first = [`${stamp()} past`];
  cluster.logs.set("a", first);
  const lines: string[] = [];
  const until = async (line: string) => {
    for (const end = Date.now() + 20_000; !lines.includes(line) && Date.now() < end; ) await sleep(20);
    expect(lines).toContain(line);
  };
  const following = runtime.logs("lab-registry", { follow: true, tail: 10, names: true }, (line) => lines.push(line));
  await until("past");
  first.push(`${stamp()} now`);
  await until("now");
  putService(cluster, "registry", [{ name: "a" }, { name: "b" }]);
  cluster.logs.set("b", [`${stamp()} new pod`]);
  await until("b new pod");
  putService(cluster, "registry", [{ name: "a", restarts: 1 }, { name: "b" }]);
  cluster.logs.set("a", [`${stamp()} again`]);
  await until("a again");
  for (const path of [...cluster.objects.keys()]) if (/deployments|pods/.test(path)) cluster.objects.delete(path);
  await following;
  expect(lines).toEqual(["past", "now", "b new pod", "a again"]);
}, 60_000);

const SERVICES = "/api/v1/namespaces/lab/services";

test("a Service of the namespace is dialled by a forwarded port of a pod that is ready", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "r" }]);
  putService(cluster, "rustfs", [{ name: "lab-rustfs-0", ready: false }, { name: "lab-rustfs-1" }], {
    kind: "statefulsets",
  });
  const ports = [{ port: 9000, targetPort: 9001 }];
  cluster.put(SERVICES, { metadata: { name: "rustfs" }, spec: { selector: labelsOf("rustfs"), ports } });
  cluster.put(SERVICES, { metadata: { name: "lab-rustfs" }, spec: { selector: labelsOf("rustfs"), ports: [] } });
  cluster.answerPort = (pod, port, bytes) => Buffer.from(`${pod}:${port} ${bytes}`);
  const dial = runtime.dial("lab-registry");
  for (const [host, port, answer] of [
    ["rustfs", 9000, "lab-rustfs-1:9001 hello"],
    ["rustfs.lab.svc.cluster.local", 9000, "lab-rustfs-1:9001 hello"],
    ["lab-rustfs-1.lab-rustfs", 9000, "lab-rustfs-1:9000 hello"],
    ["127.0.0.1", 5001, "r:5001 hello"],
  ] as const) {
    const stream = await dial(host, port);
    stream.write("hello");
    const [bytes] = await new Promise<Buffer[]>((resolve) => stream.once("data", (one) => resolve([one])));
    expect(String(bytes)).toBe(answer);
    stream.destroy();
  }
  expect(cluster.executed).toEqual([]);
  await expect(dial("lab-rustfs-0.lab-rustfs", 9000)).rejects.toThrow("No pod behind the Service lab-rustfs is ready");
});

test("everything else is dialled from inside the pod", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "r" }]);
  cluster.exec = ({ line }) => ({ stdout: `you said ${line}` });
  const stream = await runtime.dial("lab-registry")("s3.example.com", 443);
  stream.write("hello\n");
  expect(await text(stream)).toBe("you said hello");
  expect(cluster.executed).toMatchObject([{ pod: "r", command: ["nc", "s3.example.com", "443"] }]);
  cluster.exec = () => ({ stderr: "nc: bad address", exitCode: 1 });
  const bad = await runtime.dial("lab-registry")("nowhere.example.com", 443);
  bad.write("x\n");
  await expect(text(bad)).rejects.toThrow("nowhere.example.com:443 from pod r: nc: bad address");
});

test("a restart goes pod by pod, and waits for each", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }, { name: "b" }]);
  const events: string[] = [];
  cluster.exec = async ({ pod, command }) => {
    events.push(`${pod}: ${command.at(-1)}`);
    putPod(cluster, "registry", { name: pod, ready: false });
    setTimeout(() => {
      events.push(`${pod} ready`);
      putPod(cluster, "registry", { name: pod, restarts: 1 });
    }, 300);
    return {};
  };
  await runtime.restart("lab-registry");
  expect(events).toEqual(["a: kill -TERM 1", "a ready", "b: kill -TERM 1", "b ready"]);
});

test("a pod that is removed meanwhile ends the restart", async () => {
  const { cluster, runtime } = await start();
  putService(cluster, "registry", [{ name: "a" }]);
  cluster.exec = ({ pod }) => {
    cluster.objects.delete(`/api/v1/namespaces/lab/pods/${pod}`);
    return {};
  };
  await expect(runtime.restart("lab-registry")).rejects.toThrow("Pod a was removed while its container was restarted");
});
