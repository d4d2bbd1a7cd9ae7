import { expect, test } from "vitest";
import { type ClusterNeeds, checkKubernetes } from "../../../operations/doctor/kubernetes";
import { Checks } from "../../../operations/verify/check";
import { FakeCluster } from "../../support/fake-cluster";

const DAEMON_SETS = "/apis/apps/v1/namespaces/kube-system/daemonsets";
const CLASSES = "/apis/storage.k8s.io/v1/storageclasses";

function putNode(cluster: FakeCluster, name: string, ready = "True", spec: object = {}): void {
  const status = { conditions: [{ type: "Ready", status: ready }], nodeInfo: { kubeletVersion: "v1.36.3" } };
  cluster.put("/api/v1/nodes", { metadata: { name }, spec, status });
}

function putClass(cluster: FakeCluster, name: string, isDefault: boolean, more: object = {}): void {
  const annotations = { "storageclass.kubernetes.io/is-default-class": String(isDefault) };
  cluster.put(CLASSES, { metadata: { name, annotations }, provisioner: "example.com/disks", ...more });
}

async function look(cluster: FakeCluster, needs: Partial<ClusterNeeds> = {}) {
  const checks = new Checks(undefined, "lab");
  const own = { ...cluster.settings(), placement: {}, replicas: 2, storage: { nodes: 4 }, hasIngress: false, ...needs };
  await checkKubernetes(checks, own, {});
  return Object.fromEntries(checks.all.map(({ id, status, detail, remedy }) => [id, { status, detail, remedy }]));
}

test("a cluster that has everything", async () => {
  const cluster = await FakeCluster.start();
  for (const name of ["a", "b", "c", "d"]) putNode(cluster, name);
  putClass(cluster, "fast", true, { allowVolumeExpansion: true, reclaimPolicy: "Retain" });
  cluster.put(DAEMON_SETS, { metadata: { name: "calico-node" } });
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  cluster.put("/api/v1/namespaces", { metadata: { name: "lab", labels }, status: { phase: "Active" } });
  expect(await look(cluster)).toMatchObject({
    kubernetes: { status: "passed", detail: `v1.36.3 at ${cluster.url}` },
    namespace: { status: "passed" },
    permissions: { status: "passed", detail: "all 52 that an apply and the other commands need" },
    "pod-security": { status: "passed", detail: "restricted, which all pods of a registry keep" },
    clock: { status: "passed" },
    nodes: { status: "passed", detail: "4 of 4 take the pods, v1.36.3" },
    "storage-class": { status: "passed", detail: "fast, example.com/disks, keeps the data of a deleted claim" },
    "network-plugin": { status: "passed", detail: "Calico" },
  });
});

test("what an apply lacks is named with a role that gives it", async () => {
  const cluster = await FakeCluster.start();
  cluster.may = (what) => !/^(?:create|delete) deployments.apps$|^create pods\/exec$|ingresses/.test(what);
  const kubectl = "kubectl --context fake -n lab create";
  expect((await look(cluster)).permissions).toEqual({
    status: "failed",
    detail: "an apply may not create, delete deployments.apps",
    remedy: `whoever runs the cluster: ${kubectl} role private-registry --verb=create,delete --resource=deployments.apps,pods/exec && ${kubectl} rolebinding private-registry --role=private-registry --user=USER`,
  });
  expect((await look(cluster, { hasIngress: true })).permissions?.detail).toContain(
    "get, create, patch, delete ingresses.networking.k8s.io",
  );
  cluster.may = (what) => what !== "get pods/log";
  expect((await look(cluster)).permissions).toMatchObject({
    status: "warning",
    detail: "an apply may all it needs; status, logs, verify, gc or backup may not get pods/log",
  });
});

test("a cluster that is too old, or has no such namespace: nothing more is asked of it", async () => {
  const cluster = await FakeCluster.start();
  cluster.version = { major: "1", minor: "25", gitVersion: "v1.25.16" };
  expect(await look(cluster, { namespace: "prod" })).toMatchObject({
    kubernetes: { status: "failed", detail: "v1.25.16; 1.26 or newer is needed" },
    namespace: { status: "failed", remedy: "kubectl --context fake create namespace prod" },
  });
  expect(Object.keys(await look(cluster, { context: "nowhere" }))).toEqual(["kubernetes"]);
});

test("too few nodes", async () => {
  const cluster = await FakeCluster.start();
  expect((await look(cluster)).nodes).toMatchObject({ status: "failed", detail: "0 of 0 take the pods" });
  putNode(cluster, "a");
  putNode(cluster, "b", "Unknown");
  putNode(cluster, "c", "True", { unschedulable: true });
  putNode(cluster, "d", "True", { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] });
  expect((await look(cluster)).nodes).toEqual({
    status: "warning",
    detail: "1 of 4 take the pods, v1.36.3; 4 RustFS pods on 1 nodes: several pods share a node, and end with it",
    remedy: "a registry that survives the loss of a node needs 4 of them",
  });
});

test("storage classes", async () => {
  const cluster = await FakeCluster.start();
  const storage = { nodes: 4, class: "slow" };
  expect((await look(cluster))["storage-class"]).toEqual({
    status: "failed",
    detail: "no storage class is the default: claims would wait for ever",
    remedy: "install a provisioner of volumes first",
  });
  putClass(cluster, "fast", true);
  expect((await look(cluster, { storage }))["storage-class"]).toEqual({
    status: "failed",
    detail: "there is no storage class slow: claims would wait for ever",
    remedy: "there are: fast; write one as kubernetes.storage.storageClass",
  });
  expect((await look(cluster))["storage-class"]).toMatchObject({
    status: "warning",
    detail: "fast, example.com/disks: its volumes cannot grow",
  });
  expect((await look(cluster, { storage: undefined }))["storage-class"]).toBeUndefined();
});

test("what a login may not look at is skipped", async () => {
  const cluster = await FakeCluster.start();
  for (const what of ["list nodes", "list storageclasses", "get namespaces", "list daemonsets"])
    cluster.refused.set(what, {
      status: 403,
      message: `User "bot" cannot ${what.replace(" ", ' resource "')}" in API group ""`,
    });
  const found = await look(cluster);
  for (const id of ["nodes", "storage-class", "pod-security", "network-plugin"])
    expect(found[id], id).toMatchObject({ status: "skipped" });
});

test.each([
  ["kube-flannel-ds", "warning"],
  ["kindnet", "skipped"],
  ["cilium", "passed"],
])("the network plugin by %s", async (name, status) => {
  const cluster = await FakeCluster.start();
  cluster.put(DAEMON_SETS, { metadata: { name } });
  expect((await look(cluster))["network-plugin"]).toMatchObject({ status });
});
