import { expect, test } from "vitest";
import { IMAGES } from "../../../constructs/images";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import { Checks } from "../../../operations/verify/check";
import { checkInsideKubernetes } from "../../../operations/verify/inside-kubernetes";
import { environment, minimal } from "../../config/support";
import { type ExecAnswer, type Executed, FakeCluster } from "../../support/fake-cluster";
import { putService } from "../../support/fake-pods";

const ENVIRONMENT = environment(minimal(), "environments/lab.yaml");
const SECRETS = {
  registry_s3_access_key: "registry-key",
  registry_s3_secret_key: "a-secret-of-the-registry",
};
const securityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
const NAMESPACED = "/api/v1/namespaces/lab";
const POLICIES = "/apis/networking.k8s.io/v1/namespaces/lab/networkpolicies";
const labels = { "app.kubernetes.io/instance": "lab" };

const registryPod = (name: string, node: string, container: object = {}) => ({
  ...{ name, node },
  container: { image: IMAGES.distribution.reference, securityContext, ...container },
});

function exec({ command }: Executed): ExecAnswer {
  const text = command.join(" ");
  if (text.includes("sha256sum")) return { stdout: "0123  -\n" };
  if (text.includes("rustfs:9000/health")) return { stdout: "yes\n" };
  if (text.includes("kubernetes.default")) return { stdout: "28\n" };
  return { stdout: /aws:amz/.test(text) && !text.includes("of-somebody-else") ? "200" : "403" };
}

async function start() {
  const cluster = await FakeCluster.start();
  cluster.exec = exec;
  for (const name of ["one", "two"]) cluster.put("/api/v1/nodes", { metadata: { name }, spec: {} });
  const taints = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
  cluster.put("/api/v1/nodes", { metadata: { name: "control-plane" }, spec: { taints } });
  putService(cluster, "registry", [registryPod("r-1", "one"), registryPod("r-2", "two")]);
  const rustfs = { name: "lab-rustfs-0", container: { image: IMAGES.rustfs.reference, securityContext } };
  putService(cluster, "rustfs", [rustfs], { kind: "statefulsets" });
  cluster.put(`${NAMESPACED}/persistentvolumeclaims`, {
    metadata: { name: "data-lab-rustfs-0" },
    status: { phase: "Bound", capacity: { storage: "20Gi" } },
  });
  const spec = { type: "ClusterIP", ports: [{ port: 9000 }] };
  cluster.put(`${NAMESPACED}/services`, { metadata: { name: "rustfs", labels }, spec });
  cluster.put(`${NAMESPACED}/configmaps`, { metadata: { name: "lab-rustfs", labels }, data: { a: "echo" } });
  cluster.put(POLICIES, { metadata: { name: "lab-storage", labels } });
  return cluster;
}

async function look(cluster: FakeCluster) {
  const checks = new Checks(undefined, "lab");
  const connection = await connectKubernetes(cluster.settings(), {});
  await checkInsideKubernetes(checks, connection, { environment: ENVIRONMENT, secrets: SECRETS });
  return Object.fromEntries(checks.all.map(({ id, status, detail, remedy }) => [id, { status, detail, remedy }]));
}

test("all as it should be", async () => {
  const found = await look(await start());
  expect(Object.fromEntries(Object.entries(found).map(([id, { status, detail }]) => [id, [status, detail]]))).toEqual({
    "registry-healthy": ["passed", "2 of 2 ready"],
    "registry-image": ["passed", "registry:3.1.2@sha256:ddf754342cfc…"],
    "rustfs-healthy": ["passed", "1 of 1 ready"],
    "rustfs-image": ["passed", "rustfs/rustfs:1.0.1@sha256:1803faef5762…"],
    restricted: [
      "passed",
      "3 pods; to let the namespace take no others: kubectl --context fake label namespace lab pod-security.kubernetes.io/enforce=restricted",
    ],
    "no-token": ["passed", undefined],
    spread: ["passed", "lab-registry: 2 on 2"],
    "same-configuration": ["passed", "2 pods"],
    "data-volume": ["passed", "1 claim of 20Gi"],
    "storage-private": ["passed", "rustfs"],
    "bucket-key": ["passed", "200, another bucket 403, without key 403"],
    "storage-reached": ["passed", undefined],
    "network-policies": ["passed", "lab-storage; tried: from the storage no way leads out"],
    "no-secrets": ["passed", undefined],
  });
});

test("pods that may too much, have a token, run another image, or show a secret", async () => {
  const cluster = await start();
  const sources = [{ serviceAccountToken: { path: "token" } }];
  putService(cluster, "registry", [
    registryPod("r-1", "one", { securityContext: { ...securityContext, privileged: true, runAsUser: 0 } }),
    {
      ...registryPod("r-2", "one", { image: "other:1", env: [{ name: "KEY", value: "a-secret-of-the-registry" }] }),
      spec: { hostNetwork: true, volumes: [{ name: "kube-api-access", projected: { sources } }] },
    },
  ]);
  cluster.put(`${NAMESPACED}/configmaps`, {
    metadata: { name: "lab-rustfs", labels },
    data: { a: "key=registry-key" },
  });
  const found = await look(cluster);
  expect(found).toMatchObject({
    restricted: {
      status: "failed",
      detail: "r-1: container registry: privileged; r-1: container registry: runAsUser=0; r-2: hostNetwork",
    },
    "no-token": { status: "failed", detail: "mounted in r-2" },
    "registry-image": {
      status: "failed",
      detail: expect.stringMatching(/^r-2 runs other:1, and pinned is registry:3/),
    },
    "no-secrets": {
      status: "failed",
      detail: "registry_s3_secret_key in pod r-2, registry_s3_access_key in ConfigMap lab-rustfs",
    },
    spread: {
      status: "warning",
      detail: "lab-registry: 2 on 1, and 2 nodes take them: with one node several pods are lost",
    },
  });
});

test("pods that are not ready, a claim that waits, a storage that everybody reaches", async () => {
  const cluster = await start();
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no node" }];
  const waiting = { ...registryPod("r-2", ""), ready: false, state: { waiting: {} }, conditions };
  putService(cluster, "registry", [registryPod("r-1", "one"), waiting]);
  cluster.put(`${NAMESPACED}/persistentvolumeclaims`, {
    metadata: { name: "data-lab-rustfs-0" },
    status: { phase: "Pending" },
  });
  const spec = { type: "LoadBalancer", ports: [{ port: 9000 }] };
  cluster.put(`${NAMESPACED}/services`, { metadata: { name: "rustfs", labels }, spec });
  cluster.exec = (executed) =>
    executed.command.join(" ").includes("kubernetes.default")
      ? { stdout: "0" }
      : executed.command.join(" ").includes("sha256sum")
        ? { stdout: executed.pod }
        : exec(executed);
  expect(await look(cluster)).toMatchObject({
    "registry-healthy": {
      status: "failed",
      detail: "1 of 2 ready; r-2: Unschedulable: no node",
      remedy: "kubectl --context fake -n lab describe pod r-2",
    },
    "same-configuration": { status: "failed" },
    "data-volume": { status: "failed", detail: "data-lab-rustfs-0 is Pending" },
    "storage-private": { status: "failed", detail: "Service rustfs is a LoadBalancer" },
    "network-policies": {
      status: "warning",
      detail:
        "lab-storage are there, and the network plugin does not keep them: every pod of the cluster reaches the storage",
    },
  });
  cluster.objects.delete(`${POLICIES}/lab-storage`);
  expect((await look(cluster))["network-policies"]).toMatchObject({
    status: "failed",
    detail: "there are no NetworkPolicies",
  });
});
