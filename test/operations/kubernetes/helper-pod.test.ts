import { expect, test } from "vitest";
import { UNINTERRUPTED } from "../../../operations/interruption";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { HelperPod, type HelperPodSettings } from "../../../operations/kubernetes/helper-pod";
import { FakeCluster, type KubernetesObject } from "../../support/fake-cluster";
import { putPod, putService, startPods } from "../../support/fake-pods";

const SETTINGS: HelperPodSettings = {
  ...{ environment: "lab", noun: "backup", image: "rclone/rclone:1", interruption: UNINTERRUPTED },
  ...{ files: {}, variables: { HTTPS_PROXY: "http://proxy:3128" }, withoutImage: "name another" },
};

const POD = "/api/v1/namespaces/lab/pods/lab-backup";
const RUNNING = { running: { startedAt: "2026-01-01T00:00:10Z" } };

function withState(object: KubernetesObject, state: object, phase = "Running"): KubernetesObject {
  return { ...object, status: { phase, containerStatuses: [{ name: "backup", state }] } };
}

async function start() {
  const cluster = await FakeCluster.start();
  putService(cluster, "registry", [
    {
      name: "lab-registry-a",
      spec: {
        serviceAccountName: "lab",
        nodeSelector: { disk: "big" },
        tolerations: [{ key: "dedicated", operator: "Exists" }],
      },
    },
  ]);
  const [path = "", registry] = [...cluster.objects].find(([key]) => key.endsWith("/lab-registry-a")) ?? [];
  const labels = {
    ...registry?.metadata.labels,
    "dev.private-registry.network/lab-edge": "true",
    "pod-template-hash": "1",
  };
  cluster.objects.set(path, { ...registry, metadata: { ...(registry as KubernetesObject).metadata, labels } });
  startPods(cluster);
  return { cluster, runtime: await connectKubernetes(cluster.settings(), {}) };
}

test("a pod like the registry's, without token and rights, which is held and then removed", async () => {
  const { cluster, runtime } = await start();
  const helper = await HelperPod.start(runtime, { ...SETTINGS, files: { "/config/key": Buffer.from("a key") } });
  expect(cluster.executed).toMatchObject([
    {
      pod: "lab-backup",
      container: "backup",
      command: ["sh", "-ec", expect.any(String), "sh", "/config/key", "5"],
      line: "a key",
    },
  ]);
  const made = cluster.objects.get(POD) as KubernetesObject;
  expect(made.metadata.labels).toEqual({
    ...{ "app.kubernetes.io/name": "lab-backup", "app.kubernetes.io/instance": "lab" },
    ...{ "app.kubernetes.io/component": "backup", "app.kubernetes.io/managed-by": "private-registry" },
    ...{ "dev.private-registry.environment": "lab", "dev.private-registry.network/lab-edge": "true" },
  });
  expect(made.spec).toMatchObject({
    ...{ serviceAccountName: "lab", automountServiceAccountToken: false, enableServiceLinks: false },
    ...{
      restartPolicy: "Never",
      nodeSelector: { disk: "big" },
      tolerations: [{ key: "dedicated", operator: "Exists" }],
    },
    containers: [
      {
        stdin: true,
        stdinOnce: true,
        env: expect.arrayContaining([{ name: "HTTPS_PROXY", value: "http://proxy:3128" }]),
      },
    ],
  });
  expect(cluster.attached.map(({ pod }) => pod)).toEqual(["lab-backup"]);
  await Promise.all([helper.close(), helper.close()]);
  expect(cluster.objects.has(POD)).toBe(false);
  expect(cluster.requests.filter((one) => one === `DELETE ${POD}`)).toHaveLength(1);
});

test("a program's lines, output and exit code", async () => {
  const { cluster, runtime } = await start();
  const helper = await HelperPod.start(runtime, SETTINGS);
  cluster.exec = () => ({ stdout: "out", stderr: "one\ntwo\nrest", exitCode: 3 });
  const lines: string[] = [];
  expect(await helper.exec(["rclone", "ls"], (line) => lines.push(line))).toEqual({ code: 3, output: "out" });
  expect(lines).toEqual(["one", "two", "rest"]);
  await helper.close();
});

test("a connection that is lost ends what runs, and says so", async () => {
  const { cluster, runtime } = await start();
  const helper = await HelperPod.start(runtime, SETTINGS);
  let begun = () => {};
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  cluster.exec = () => {
    begun();
    return new Promise(() => {});
  };
  const running = helper.exec(["rclone", "copy"], () => {});
  await begins;
  cluster.attached[0]?.hangUp();
  await expect(running).rejects.toMatchObject({
    message: "The copying pod was stopped",
    remedy: "run it again: what was copied stays",
  });
  await helper.close();
});

test.each([
  ["Succeeded", { terminated: { exitCode: 0 } }],
  ["Running, beside a mesh's container that goes on", { terminated: { exitCode: 0 } }],
])("the pod of an earlier run that has ended goes first: %s", async (what, state) => {
  const { cluster, runtime } = await start();
  const earlier = { metadata: { name: "lab-backup", labels: { "app.kubernetes.io/component": "backup" } } };
  cluster.put("/api/v1/namespaces/lab/pods", withState(earlier, state, what.split(",")[0]));
  const helper = await HelperPod.start(runtime, SETTINGS);
  expect(cluster.requests).toContain(`DELETE ${POD}`);
  await helper.close();
});

test.each([
  ["runs", RUNNING],
  ["is only about to start", { waiting: { reason: "ContainerCreating" } }],
])("another one that %s is left alone", async (_, state) => {
  const { cluster, runtime } = await start();
  const metadata = { name: "lab-backup", labels: { "app.kubernetes.io/component": "backup" } };
  const young = { metadata: { ...metadata, creationTimestamp: new Date().toISOString() } };
  cluster.put("/api/v1/namespaces/lab/pods", withState(young, state));
  await expect(HelperPod.start(runtime, SETTINGS)).rejects.toMatchObject({
    message: "Another backup or restore of lab runs in Kubernetes, context fake, namespace lab (pod lab-backup)",
    remedy: "wait until it is done; one that hangs: kubectl --context fake -n lab delete pod lab-backup",
  });
  expect(cluster.requests).not.toContain(`DELETE ${POD}`);
});

test("somebody else's pod of that name is not removed, even when it has ended", async () => {
  const { cluster, runtime } = await start();
  putPod(cluster, "other", { name: "lab-backup", state: { terminated: { exitCode: 0 } } });
  await expect(HelperPod.start(runtime, SETTINGS)).rejects.toThrow("Another backup or restore of lab runs");
  expect(cluster.requests).not.toContain(`DELETE ${POD}`);
});

test("a pod that the namespace does not take says why", async () => {
  const { cluster, runtime } = await start();
  cluster.refused.set("create pods", { status: 403, message: "exceeded quota: pods" });
  await expect(HelperPod.start(runtime, SETTINGS)).rejects.toThrow("exceeded quota: pods");
});

test("a login that may not attach is told so, and the pod goes", async () => {
  const { cluster, runtime } = await start();
  cluster.refused.set("create pods/attach", { status: 403, message: "no" });
  await expect(HelperPod.start(runtime, SETTINGS)).rejects.toThrow("may not create pods/attach in namespace lab");
  expect(cluster.objects.has(POD)).toBe(false);
});

test("a person who stops while it starts", async () => {
  const { cluster, runtime } = await start();
  const stop = new AbortController();
  startPods(cluster, { waiting: { reason: "ContainerCreating" } }, "Pending");
  const starts = cluster.onChange;
  cluster.onChange = (path) => {
    stop.abort();
    return starts(path);
  };
  const interruption = { ...UNINTERRUPTED, gentle: stop.signal };
  await expect(HelperPod.start(runtime, { ...SETTINGS, interruption })).rejects.toThrow("Stopped. Nothing was copied.");
  expect(cluster.objects.has(POD)).toBe(false);
});
