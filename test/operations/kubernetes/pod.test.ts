import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { FakeCluster } from "../../support/fake-cluster";
import { labelsOf, putService } from "../../support/fake-pods";

const POD = "/api/v1/namespaces/lab/pods/a";

/** A registry's pod into which a mesh has put a container of its own, in front. */
async function meshed() {
  const cluster = await FakeCluster.start();
  putService(cluster, "registry", [{ name: "a", restarts: 1 }]);
  const pod = cluster.objects.get(POD) as never as {
    spec: { containers: object[] };
    status: { containerStatuses: object[] };
  };
  pod.spec.containers.unshift({ name: "proxy", image: "example.com/proxy:1", env: [{ name: "MESH", value: "1" }] });
  const state = { waiting: { reason: "CrashLoopBackOff", message: "x" } };
  pod.status.containerStatuses.unshift({ name: "proxy", ready: false, restartCount: 9, state, lastState: {} });
  return { cluster, runtime: await connectKubernetes(cluster.settings(), {}) };
}

test("what a mesh puts beside the container is not the container", async () => {
  const { cluster, runtime } = await meshed();
  const found = await runtime.find("lab-registry");
  expect(found).toMatchObject({
    ...{ isRunning: true, restarts: 1, image: "example.com/registry:1" },
    environment: { LEVEL: "info" },
  });
  await runtime.run("lab-registry", ["true"]);
  expect(cluster.executed).toMatchObject([{ pod: "a", container: "registry" }]);
  cluster.put("/apis/metrics.k8s.io/v1beta1/namespaces/lab/pods", {
    metadata: { name: "a" },
    containers: [
      { name: "proxy", usage: { memory: "500Mi" } },
      { name: "registry", usage: { memory: "100Mi" } },
    ],
  });
  expect(await found?.memory()).toEqual({ bytes: 100 * 2 ** 20, limit: 512 * 2 ** 20 });
});

test("without a metrics server nobody knows what is used", async () => {
  const { runtime } = await meshed();
  expect(await (await runtime.find("lab-registry"))?.memory()).toBeUndefined();
});

test("a port of a Service may have a name of the pod's", async () => {
  const { cluster, runtime } = await meshed();
  const containers = (cluster.objects.get(POD) as never as { spec: { containers: object[] } }).spec.containers;
  Object.assign(containers[1] ?? {}, { ports: [{ name: "web", containerPort: 5000 }] });
  cluster.put("/api/v1/namespaces/lab/services", {
    metadata: { name: "registry" },
    spec: { selector: labelsOf("registry"), ports: [{ port: 443, targetPort: "web" }] },
  });
  cluster.answerPort = (pod, port) => Buffer.from(`${pod}:${port}`);
  for (const [host, port, answer] of [
    ["registry", 443, "a:5000"],
    ["localhost", 5001, "a:5001"],
  ] as const) {
    const stream = await runtime.dial("lab-registry")(host, port);
    stream.write("x");
    expect(String(await new Promise((resolve) => stream.once("data", resolve)))).toBe(answer);
    stream.destroy();
  }
});

test("the newest warning tells, and what is no warning does not", async () => {
  const { cluster, runtime } = await meshed();
  putService(cluster, "registry", [{ name: "a", ready: false }]);
  const { uid } = cluster.objects.get(POD)?.metadata ?? { uid: "" };
  const put = (name: string, type: string, message: string, lastTimestamp: string) =>
    cluster.put("/api/v1/namespaces/lab/events", {
      metadata: { name },
      ...{ reason: "Unhealthy", type, message, lastTimestamp, involvedObject: { uid } },
    });
  put("first", "Warning", "503", "2026-01-01T00:00:00Z");
  put("second", "Warning", "500", "2026-01-01T00:01:00Z");
  put("third", "Normal", "fine", "2026-01-01T00:02:00Z");
  expect((await runtime.find("lab-registry"))?.pods?.unready).toEqual([{ pod: "a", why: "Unhealthy: 500" }]);
});
