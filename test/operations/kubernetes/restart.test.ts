import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { restartPods } from "../../../operations/kubernetes/restart";
import { findWorkload, type Workload } from "../../../operations/kubernetes/workload";
import { FakeCluster } from "../../support/fake-cluster";
import { putPod, putService } from "../../support/fake-pods";

async function start(pods: readonly { name: string; spec?: object }[]) {
  const cluster = await FakeCluster.start();
  putService(cluster, "registry", pods, { wanted: 1 });
  const connection = await connectKubernetes(cluster.settings(), {});
  const workload = (await findWorkload(connection, "lab-registry")) as Workload;
  return { cluster, restart: (limitMs?: number) => restartPods(connection, workload, limitMs) };
}

test("nothing can be restarted where there is no pod", async () => {
  const { restart } = await start([]);
  await expect(restart()).rejects.toThrow("lab-registry has no pod that could be restarted");
});

test("a container that cannot be told to stop ends it, in its own words", async () => {
  const { cluster, restart } = await start([{ name: "a" }]);
  cluster.exec = () => ({ stderr: "sh: can't kill pid 1", exitCode: 1 });
  await expect(restart()).rejects.toMatchObject({
    message: "The container of pod a could not be told to stop",
    details: "sh: can't kill pid 1",
  });
});

test("the word ends the program that says it, too: that is no error", async () => {
  const { cluster, restart } = await start([{ name: "a" }]);
  cluster.exec = () => {
    setTimeout(() => putPod(cluster, "registry", { name: "a", restarts: 1 }), 50);
    return { exitCode: 143 };
  };
  await restart();
});

test.each([
  ["was not started again", {}],
  ["is not ready", { restarts: 1, ready: false }],
])("a pod whose container %s in time is told of", async (_, after) => {
  const { cluster, restart } = await start([{ name: "a", spec: { terminationGracePeriodSeconds: 1 } }]);
  cluster.exec = () => {
    const { spec } = cluster.objects.get("/api/v1/namespaces/lab/pods/a") as { spec?: object };
    putPod(cluster, "registry", { name: "a", spec, ...after });
    return {};
  };
  await expect(restart(100)).rejects.toMatchObject({
    message: expect.stringMatching(/^Pod a is not ready 1 s after/),
    remedy: "kubectl --context fake -n lab describe pod a",
  });
});
