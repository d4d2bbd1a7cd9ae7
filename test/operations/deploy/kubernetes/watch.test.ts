import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { watchPods } from "../../../../operations/deploy/kubernetes/watch";
import { ResourceProgress } from "../../../../operations/deploy/resource-progress";
import { connectKubernetes } from "../../../../operations/kubernetes/connection";
import type { TerraformEvent } from "../../../../operations/terraform/events";
import { FakeCluster } from "../../../support/fake-cluster";
import { type FakePod, labelsOf, putPod, putService } from "../../../support/fake-pods";
import { temporaryDirectory } from "../../../support/process";
import { startProgram } from "../../../support/provider-program";
import { shortWaits } from "../../../support/short-waits";

vi.setConfig({ testTimeout: 60_000 });
// It looks every 2 s.
shortWaits(100);

const path = temporaryDirectory();
const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
const REGISTRY = "kubernetes_deployment_v1.distribution";
const JOB = "kubernetes_job_v1.bucket_init";
const SECRET = "kubernetes_secret_v1.auth";

async function start() {
  const cluster = await FakeCluster.start();
  const directory = path("stack");
  mkdirSync(directory, { recursive: true });
  const named = (name: string) => ({ one: { metadata: { name } } });
  const resource = {
    kubernetes_deployment_v1: { distribution: named("lab-registry").one },
    kubernetes_job_v1: { bucket_init: named("lab-bucket-init").one },
    kubernetes_secret_v1: { auth: named("lab-auth").one },
    kubernetes_stateful_set_v1: { rustfs: named("lab-rustfs").one },
  };
  writeFileSync(`${directory}/cdk.tf.json`, JSON.stringify({ resource }));
  const shown: string[] = [];
  const lines: string[] = [];
  const silent = () => {};
  const follow = new ResourceProgress({
    now: (text) => shown.push(text),
    line: (text) => lines.push(text),
    done: silent,
    failed: silent,
  });
  const stop = new AbortController();
  const event = (type: "apply_start" | "apply_complete", addr: string) =>
    follow.event({ type, hook: { action: "create", resource: { addr } } } as unknown as TerraformEvent);
  const connection = await connectKubernetes(cluster.settings(), {});
  const looks = () => cluster.requests.filter((one) => one.endsWith("/deployments/lab-registry")).length;
  return {
    ...{ cluster, shown, lines, follow, stop, event, looks },
    watch: () => {
      const watching = watchPods(connection, "lab", directory, follow, stop.signal);
      // One that a failed test leaves would end the providers of others.
      onTestFinished(async () => void (await watching.end()));
      return watching;
    },
    /** Until it has looked again, from the beginning to the end. */
    looked: async () => {
      const before = looks();
      await vi.waitUntil(() => looks() > before + 1, { timeout: 20_000 });
    },
  };
}

const labelled = { "dev.private-registry.environment": "lab" };

/** A pod that carries the environment's label, as the pods of a stack do. */
function putLabelled(cluster: FakeCluster, pod: FakePod): void {
  putPod(cluster, "registry", pod);
  const object = cluster.objects.get(`/api/v1/namespaces/lab/pods/${pod.name}`);
  Object.assign(object?.metadata.labels ?? {}, labelled);
}

/** The job that gives RustFS its bucket. */
function putJob(cluster: FakeCluster): void {
  cluster.put("/apis/batch/v1/namespaces/lab/jobs", {
    metadata: { name: "lab-bucket-init" },
    spec: { selector: { matchLabels: labelsOf("bucket-init") }, template: { spec: { containers: [] } } },
  });
}

const broken = { ready: false, state: { waiting: { reason: "ErrImagePull", message: "not found" } } };

/** Time goes by. */
function later(milliseconds: number): void {
  const now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => now + milliseconds);
}
afterEach(() => void vi.restoreAllMocks());

test("says how many pods are ready of what Terraform works on, and of nothing else", async () => {
  const { cluster, shown, event, watch, looked } = await start();
  putService(cluster, "registry", [{ name: "a" }, { name: "b", ready: false }]);
  const watching = watch();
  event("apply_start", SECRET);
  event("apply_start", REGISTRY);
  await looked();
  expect(shown.at(-1)).toBe("creating secret.auth, creating deployment.distribution (1 of 2 pods ready)");
  event("apply_complete", SECRET);
  event("apply_complete", REGISTRY);
  event("apply_start", JOB);
  putJob(cluster);
  await vi.waitUntil(() => shown.at(-1)?.includes("its pod is made"));
  putPod(cluster, "bucket-init", { name: "job" });
  await vi.waitUntil(() => shown.at(-1)?.includes("its pod runs"));
  expect(await watching.end()).toBeUndefined();
  expect(watching.hopeless.aborted).toBe(false);
});

test("a pod that cannot come up ends the wait when its time is over, and not before", async () => {
  const { cluster, event, watch, looked } = await start();
  putService(cluster, "registry", [{ name: "a", ...broken }]);
  const watching = watch();
  // The pods of before are looked at later.
  cluster.objects.delete("/api/v1/namespaces/lab/pods/a");
  await vi.waitUntil(() => cluster.requests.some((one) => one.endsWith("/pods")));
  putLabelled(cluster, { name: "new", ...broken });
  event("apply_start", REGISTRY);
  await looked();
  await looked();
  expect(watching.hopeless.aborted).toBe(false);
  later(31_000);
  await vi.waitUntil(() => watching.hopeless.aborted, { timeout: 20_000 });
  expect(await watching.end()).toMatchObject({
    message: expect.stringContaining("lab-registry does not come up: pod new: ErrImagePull: not found"),
  });
});

test("a pod that mends itself begins anew", async () => {
  const { cluster, event, watch, looked } = await start();
  const watching = watch();
  await vi.waitUntil(() => cluster.requests.some((one) => one.endsWith("/pods")));
  putService(cluster, "registry", [{ name: "a", ...broken }]);
  event("apply_start", REGISTRY);
  await looked();
  putPod(cluster, "registry", { name: "a" });
  await looked();
  later(31_000);
  putPod(cluster, "registry", { name: "a", ...broken });
  await looked();
  expect(watching.hopeless.aborted).toBe(false);
  expect(await watching.end()).toBeUndefined();
});

test("a broken pod from before is what a rollout waits for only when it makes no other", async () => {
  const { cluster, event, watch, looked } = await start();
  putService(cluster, "registry", []);
  putLabelled(cluster, { name: "old", ...broken });
  const labels = { ...cluster.objects.get("/api/v1/namespaces/lab/pods/old")?.metadata.labels };
  const deployment = cluster.objects.get("/apis/apps/v1/namespaces/lab/deployments/lab-registry") as never as {
    spec: { replicas: number; selector: object };
  };
  Object.assign(deployment.spec, { replicas: 1, selector: { matchLabels: labels } });
  const watching = watch();
  await vi.waitUntil(() => cluster.requests.some((one) => one.endsWith("/pods")));
  event("apply_start", REGISTRY);
  await looked();
  later(59_000);
  await looked();
  await looked();
  expect(watching.hopeless.aborted).toBe(false);
  later(61_000 + 31_000);
  await looked();
  later(61_000 + 62_000);
  await vi.waitUntil(() => watching.hopeless.aborted, { timeout: 20_000 });
  expect((await watching.end())?.message).toContain("pod old");
});

test("what cannot even be made is told of, too", async () => {
  const { cluster, event, watch, looked } = await start();
  const message = 'pods "lab-registry-x" is forbidden: exceeded quota: small';
  const status = { conditions: [{ type: "ReplicaFailure", status: "True", message }] };
  putService(cluster, "registry", [], { wanted: 1, status });
  const watching = watch();
  event("apply_start", REGISTRY);
  await looked();
  later(31_000);
  await vi.waitUntil(() => watching.hopeless.aborted, { timeout: 20_000 });
  expect((await watching.end())?.message).toContain("no pod can be made");
});

test("a cluster that does not answer for a moment stops nothing", async () => {
  const { cluster, shown, event, watch, looked } = await start();
  putService(cluster, "registry", [{ name: "a" }]);
  cluster.refused.set("list pods", { status: 500, message: "the API server restarts" });
  const watching = watch();
  event("apply_start", REGISTRY);
  await vi.waitUntil(() => cluster.requests.filter((one) => one.endsWith("/pods")).length > 2);
  cluster.refused.clear();
  await looked();
  expect(shown.at(-1)).toContain("1 of 1 pods ready");
  expect(await watching.end()).toBeUndefined();
});

test("when a person stops, the provider is ended once Terraform only waits for pods", async () => {
  const { cluster, stop, event, watch } = await start();
  putService(cluster, "registry", [{ name: "a", ready: false }]);
  const provider = await startProgram("terraform-provider-kubernetes_v3.2.1");
  const watching = watch();
  // This process stands for Terraform.
  watching.started(process.pid);
  event("apply_start", REGISTRY);
  await sleep(500);
  expect(provider.signalCode).toBeNull();
  event("apply_start", SECRET);
  stop.abort();
  await sleep(2_000);
  // A Secret is made at once: Terraform may still write it down.
  expect(provider.signalCode).toBeNull();
  event("apply_complete", SECRET);
  await vi.waitUntil(() => provider.signalCode === "SIGTERM", { timeout: 20_000 });
  await watching.end();
});

describe("what Terraform does not wait for", () => {
  const set = (cluster: FakeCluster, status: object, pods: FakePod[] = [{ name: "lab-rustfs-0" }]) =>
    putService(cluster, "rustfs", pods, { kind: "statefulsets", status });
  const rolled = { readyReplicas: 1, currentRevision: "b", updateRevision: "b" };

  test("one that is as it should be costs no time, and no line", async () => {
    const { cluster, lines, watch } = await start();
    set(cluster, rolled);
    const watching = watch();
    expect(await watching.settle()).toBeUndefined();
    expect(lines).toEqual([]);
    await watching.end();
  });

  test.each([
    ["pods of before", { ...rolled, currentRevision: "a" }],
    ["a pod that is not ready", { ...rolled, readyReplicas: 0 }],
    ["a controller that has not looked yet", { ...rolled, observedGeneration: -1 }],
  ])("%s: waits until they are gone", async (_, status) => {
    const { cluster, shown, lines, watch } = await start();
    set(cluster, status);
    const watching = watch();
    const settled = watching.settle();
    await vi.waitUntil(() => shown.at(-1) === "waiting for stateful_set.rustfs (1 of 1 pods ready)", {
      timeout: 20_000,
    });
    set(cluster, rolled);
    expect(await settled).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(/^kubernetes_stateful_set_v1\.rustfs rolled out {2}\d/)]);
    await watching.end();
  });

  test("one that ends again and again: why", async () => {
    const { cluster, watch } = await start();
    const ends = { ready: false, restarts: 3, lastState: { terminated: { exitCode: 3 } } };
    const watching = watch();
    await vi.waitUntil(() => cluster.requests.some((one) => one.includes("/pods")), { timeout: 20_000 });
    set(cluster, { ...rolled, readyReplicas: 0 }, [{ name: "lab-rustfs-0", ...ends }]);
    const settled = watching.settle();
    later(120_000);
    expect((await settled)?.message).toMatch(/lab-rustfs does not come up: pod lab-rustfs-0: it ends again and again/);
    await watching.end();
  });

  test("but a job does: what keeps its servers from coming up ends that wait, too", async () => {
    const { cluster, shown, event, watch } = await start();
    const watching = watch();
    event("apply_start", JOB);
    // What is there now was there before.
    await vi.waitUntil(() => cluster.requests.some((one) => one.includes("/jobs/")), { timeout: 20_000 });
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes" }];
    const labels = { "controller-revision-hash": "b" };
    const waits = { name: "lab-rustfs-1", labels, ready: false, state: { waiting: {} }, conditions };
    set(cluster, { ...rolled, readyReplicas: 1 }, [{ name: "lab-rustfs-0" }, waits]);
    putJob(cluster);
    putPod(cluster, "bucket-init", { name: "job" });
    await vi.waitUntil(() => shown.at(-1)?.includes("its pod runs; lab-rustfs: 1 of 2 pods ready"), {
      timeout: 20_000,
    });
    expect(watching.hopeless.aborted).toBe(false);
    later(31_000);
    await vi.waitUntil(() => watching.hopeless.aborted, { timeout: 20_000 });
    expect((await watching.end())?.message).toMatch(/lab-rustfs does not come up: pod lab-rustfs-1: .*0\/3 nodes/);
  });

  test("pods of the template of before that run nothing are deleted: its controller would wait for those that wait for them", async () => {
    const { cluster, lines, event, watch } = await start();
    const revision = (one: string) => ({ labels: { "controller-revision-hash": one }, ready: false });
    const stuck = { state: { waiting: { reason: "ImagePullBackOff" } } };
    set(cluster, { ...rolled, currentRevision: "a", observedGeneration: -1 }, [
      { name: "lab-rustfs-0", ...revision("a") },
      { name: "lab-rustfs-1", ...revision("a"), ...stuck },
      { name: "lab-rustfs-2", ...revision("a"), ...stuck },
      { name: "lab-rustfs-3", ...revision("b"), state: { waiting: { reason: "ContainerCreating" } } },
    ]);
    putJob(cluster);
    putPod(cluster, "bucket-init", { name: "job" });
    const watching = watch();
    const left = () =>
      [...cluster.objects.keys()].filter((path) => /pods\/lab-rustfs/.test(path)).map((path) => path.at(-1));
    event("apply_start", JOB);
    await vi.waitUntil(() => cluster.requests.filter((one) => one.includes("/pods")).length > 5, { timeout: 20_000 });
    // The controller does not know the newest template yet.
    expect(left()).toEqual(["0", "1", "2", "3"]);
    const object = cluster.objects.get("/apis/apps/v1/namespaces/lab/statefulsets/lab-rustfs") as never as {
      status: object;
    };
    Object.assign(object.status, { observedGeneration: undefined });
    await vi.waitUntil(() => left().length === 2, { timeout: 20_000 });
    await watching.end();
    expect(left()).toEqual(["0", "3"]);
    expect(lines).toEqual([
      "pod lab-rustfs-1 deleted: it runs nothing, and is of the template of before",
      "pod lab-rustfs-2 deleted: it runs nothing, and is of the template of before",
    ]);
  });

  test("a login that may not delete them hears of everything else", async () => {
    const { cluster, shown, event, watch } = await start();
    cluster.refused.set("delete pods", { status: 403, message: "no" });
    const old = { labels: { "controller-revision-hash": "a" }, ready: false };
    set(cluster, { ...rolled, currentRevision: "a" }, [
      { name: "lab-rustfs-0", ...old, state: { waiting: { reason: "ContainerCreating" } } },
    ]);
    putJob(cluster);
    putPod(cluster, "bucket-init", { name: "job" });
    putService(cluster, "registry", [{ name: "a" }]);
    const watching = watch();
    event("apply_start", JOB);
    event("apply_start", REGISTRY);
    await vi.waitUntil(() => shown.at(-1)?.includes("deployment.distribution (1 of 1 pods ready)"), {
      timeout: 20_000,
    });
    await watching.end();
  });

  test("a person who stops it does not wait", async () => {
    const { cluster, stop, watch } = await start();
    set(cluster, { ...rolled, readyReplicas: 0 });
    const watching = watch();
    const settled = watching.settle();
    stop.abort();
    expect(await settled).toBeUndefined();
    await watching.end();
  });
});
