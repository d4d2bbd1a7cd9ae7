import { describe, expect, test, vi } from "vitest";
import { explainStuck } from "../../../../operations/deploy/kubernetes/stuck";
import { connectKubernetes, type KubernetesConnection } from "../../../../operations/kubernetes/connection";
import { stuckPod, stuckWorkload } from "../../../../operations/kubernetes/stuck-pod";
import { findWorkload, type Workload } from "../../../../operations/kubernetes/workload";
import { FakeCluster } from "../../../support/fake-cluster";
import { type FakePod, putService } from "../../../support/fake-pods";

vi.setConfig({ testTimeout: 60_000 });

async function look(pod: Omit<FakePod, "name">, prepare: (cluster: FakeCluster) => void = () => undefined) {
  const cluster = await FakeCluster.start();
  putService(cluster, "registry", [{ name: "lab-registry-0", ready: false, ...pod }]);
  prepare(cluster);
  const connection = await connectKubernetes(cluster.settings(), {});
  const workload = (await findWorkload(connection, "lab-registry")) as Workload;
  const [first] = workload.pods;
  if (!first) throw new Error("no pod");
  return { connection, workload, found: await stuckPod(connection, first) };
}

async function told({ connection, workload, found }: Awaited<ReturnType<typeof look>>) {
  if (!found) throw new Error("it is not stuck");
  return explainStuck(connection as KubernetesConnection, "lab", workload, found);
}

describe("a pod that does not come up", () => {
  test("whose image cannot be pulled: what to correct", async () => {
    const waiting = { reason: "ErrImagePull", message: "registry.example.com/x: not found" };
    const seen = await look({ state: { waiting } });
    expect(seen.found?.patienceMs).toBe(30_000);
    expect(await told(seen)).toMatchObject({
      message: "lab-registry does not come up: pod lab-registry-0: ErrImagePull: registry.example.com/x: not found",
      remedy: expect.stringMatching(/^correct images in environments\/lab\.yaml;.*; then .*up lab$/),
    });
  });

  test("whose program ends again and again: what it said last", async () => {
    const waiting = { reason: "CrashLoopBackOff", message: "back-off 40s restarting failed container" };
    const seen = await look(
      { state: { waiting }, lastState: { terminated: { exitCode: 1, reason: "Error" } }, restarts: 3 },
      (cluster) => cluster.previousLogs.set("lab-registry-0", ["2026-01-01T00:00:00.000000000Z panic: no such key"]),
    );
    expect(await told(seen)).toMatchObject({
      message: expect.stringMatching(/CrashLoopBackOff, it ends with exit code 1/),
      remedy: expect.stringMatching(/logs lab registry --no-follow says why/),
      details: expect.stringContaining("panic: no such key"),
    });
  });

  test("for which no node has room, unless somebody brings one", async () => {
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/1 nodes: Insufficient memory",
    };
    const pod = { state: { waiting: { reason: "ContainerCreating" } }, conditions: [condition] };
    const seen = await look(pod);
    expect(seen.found?.patienceMs).toBe(30_000);
    expect(await told(seen)).toMatchObject({
      remedy: expect.stringContaining("kubectl --context fake describe nodes"),
    });
    const brought = await look(pod, (cluster) => {
      const uid = cluster.objects.get("/api/v1/namespaces/lab/pods/lab-registry-0")?.metadata.uid;
      cluster.put("/api/v1/namespaces/lab/events", {
        metadata: { name: "up" },
        ...{ reason: "TriggeredScaleUp", type: "Normal", involvedObject: { uid } },
      });
    });
    expect(brought.found?.patienceMs).toBe(600_000);
  });

  test("that only starts is not stuck", async () => {
    expect((await look({ state: { waiting: { reason: "ContainerCreating" } } })).found).toBeUndefined();
    expect((await look({})).found).toBeUndefined();
  });
});

test("pods that a quota forbids are told of by what cannot make them", async () => {
  const cluster = await FakeCluster.start();
  const message = 'pods "lab-registry-1" is forbidden: exceeded quota: small';
  const status = { conditions: [{ type: "ReplicaFailure", status: "True", message }] };
  putService(cluster, "registry", [], { wanted: 1, status });
  const connection = await connectKubernetes(cluster.settings(), {});
  const workload = (await findWorkload(connection, "lab-registry")) as Workload;
  const found = await stuckWorkload(connection, workload);
  if (!found) throw new Error("it is not stuck");
  expect(await explainStuck(connection, "lab", workload, found)).toMatchObject({
    message: expect.stringContaining("no pod can be made"),
    remedy: expect.stringContaining("describe resourcequota"),
  });
});
