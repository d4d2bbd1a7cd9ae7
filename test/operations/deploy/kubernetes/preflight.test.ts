import { describe, expect, test, vi } from "vitest";
import type { Environment } from "../../../../config";
import { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "../../../../constructs/platform/deployment";
import { checkBeforeApply, fateOfDisks } from "../../../../operations/deploy/kubernetes/preflight";
import { connectKubernetes } from "../../../../operations/kubernetes/connection";
import type { PlanJson } from "../../../../plan/plan-json";
import { FakeCluster } from "../../../support/fake-cluster";

vi.setConfig({ testTimeout: 60_000 });

const LAB = {
  name: "lab",
  kubernetes: { context: "fake", namespace: "lab" },
  state: { backend: "local", path: "/nowhere/lab.tfstate" },
} as unknown as Environment;

const DEPLOYMENT = {
  address: "terraform_data.deployment",
  type: "terraform_data",
  mode: "managed",
  values: { id: "this-deployment" },
};

const OURS = { [ENVIRONMENT_LABEL]: "lab", [DEPLOYMENT_LABEL]: "this-deployment" };

const CLAIM = "kubernetes_persistent_volume_claim_v1";

function makes(type: string, name: string, spec: object = {}, state: readonly object[] = [DEPLOYMENT]): PlanJson {
  return {
    resource_changes: [
      {
        address: `${type}.one`,
        ...{ type, name: "one" },
        change: { actions: ["create"], before: null, after: { metadata: [{ name }], spec: [spec] } },
      },
    ],
    prior_state: { values: { root_module: { resources: state as never } } },
  };
}

async function check(cluster: FakeCluster, plan: PlanJson, adopt: readonly string[] = []) {
  const connection = await connectKubernetes(cluster.settings(), {});
  return checkBeforeApply(connection, LAB, plan, adopt);
}

function withClass(cluster: FakeCluster, name = "fast"): void {
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  cluster.put("/apis/storage.k8s.io/v1/storageclasses", { metadata: { name, annotations }, provisioner: "x" });
}

function withNode(cluster: FakeCluster, labels: Record<string, string> = {}, spec: object = {}): void {
  cluster.put("/api/v1/nodes", { metadata: { name: "one", labels }, spec });
}

const SECRETS = "/api/v1/namespaces/lab/secrets";
const CLAIMS = "/api/v1/namespaces/lab/persistentvolumeclaims";

describe("what exists under a name that the plan creates", () => {
  test("and carries the deployment's id was left by an apply of ours", async () => {
    const cluster = await FakeCluster.start();
    cluster.put(SECRETS, { metadata: { name: "lab-auth", labels: OURS } });
    expect(await check(cluster, makes("kubernetes_secret_v1", "lab-auth"))).toEqual([
      expect.objectContaining({
        kind: "Secret",
        name: "lab-auth",
        holdsData: false,
        address: "kubernetes_secret_v1.one",
      }),
    ]);
  });

  test("and is in the state is nothing to tell of", async () => {
    const cluster = await FakeCluster.start();
    cluster.put(SECRETS, { metadata: { name: "lab-auth", labels: OURS } });
    const known = {
      address: "kubernetes_secret_v1.one",
      ...{ type: "kubernetes_secret_v1", mode: "managed" },
      values: { id: "lab/lab-auth", metadata: [{ name: "lab-auth", namespace: "lab" }] },
    };
    expect(await check(cluster, makes("kubernetes_secret_v1", "lab-auth", {}, [DEPLOYMENT, known]))).toEqual([]);
  });

  test("and is of another state is refused, with a command that removes all of it", async () => {
    const cluster = await FakeCluster.start();
    const labels = { ...OURS, [DEPLOYMENT_LABEL]: "another" };
    cluster.put(SECRETS, { metadata: { name: "lab-auth", labels } });
    await expect(check(cluster, makes("kubernetes_secret_v1", "lab-auth"))).rejects.toMatchObject({
      message: expect.stringMatching(/another Terraform state.*Secret\/lab-auth\)\nNothing was changed$/s),
      remedy: expect.stringContaining("kubectl --context fake -n lab delete Secret/lab-auth"),
    });
  });

  test("and is somebody else's is refused by its name", async () => {
    const cluster = await FakeCluster.start();
    cluster.put("/api/v1/namespaces/lab/services", { metadata: { name: "registry" } });
    await expect(check(cluster, makes("kubernetes_service_v1", "registry"))).rejects.toMatchObject({
      message: expect.stringContaining("A Service called registry exists in namespace lab and is not lab's"),
      remedy: expect.stringContaining("kubectl --context fake -n lab get Service registry -o yaml"),
    });
  });

  test("a claim of ours is taken over by its id; one that nobody knows is refused until somebody says whose it is", async () => {
    const cluster = await FakeCluster.start();
    withClass(cluster);
    cluster.put(CLAIMS, { metadata: { name: "data-lab-rustfs-0", labels: OURS }, spec: {} });
    const plan = makes(CLAIM, "data-lab-rustfs-0");
    const taken = expect.objectContaining({ holdsData: true, id: "lab/data-lab-rustfs-0", address: `${CLAIM}.one` });
    expect(await check(cluster, plan)).toEqual([taken]);
    cluster.put(CLAIMS, { metadata: { name: "data-lab-rustfs-0" }, spec: {} });
    await expect(check(cluster, plan)).rejects.toMatchObject({
      remedy: expect.stringContaining("up lab --adopt data-lab-rustfs-0"),
    });
    expect(await check(cluster, plan, ["data-lab-rustfs-0"])).toEqual([taken]);
  });

  test("a claim of ours with another class is refused: Terraform would replace it", async () => {
    const cluster = await FakeCluster.start();
    withClass(cluster);
    const spec = { storageClassName: "slow" };
    cluster.put(CLAIMS, { metadata: { name: "data-lab-rustfs-0", labels: OURS }, spec });
    await expect(
      check(cluster, makes(CLAIM, "data-lab-rustfs-0", { storage_class_name: "fast" })),
    ).rejects.toMatchObject({
      message: expect.stringContaining("has StorageClass slow, which no claim can change"),
      remedy: expect.stringContaining("kubernetes.storage.storageClass: slow"),
    });
  });
});

describe("what would wait for ever", () => {
  test.each([
    ["fast", "The cluster has no StorageClass fast"],
    [null, "The cluster has no default StorageClass"],
  ])("a claim of the class %s, which is not there", async (storage_class_name, message) => {
    const cluster = await FakeCluster.start();
    cluster.put("/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "slow" }, provisioner: "x" });
    await expect(check(cluster, makes(CLAIM, "data-lab-rustfs-0", { storage_class_name }))).rejects.toMatchObject({
      message: expect.stringContaining(message),
      remedy: expect.stringContaining("there are: slow"),
    });
  });

  test("pods for nodes that no label fits", async () => {
    const cluster = await FakeCluster.start();
    withNode(cluster, { disk: "hdd" });
    const spec = { template: [{ spec: [{ node_selector: { disk: "ssd" } }] }] };
    await expect(check(cluster, makes("kubernetes_deployment_v1", "lab-registry", spec))).rejects.toMatchObject({
      message: expect.stringContaining("No node has the labels disk=ssd"),
      remedy: expect.stringContaining("kubectl --context fake label node NODE disk=ssd"),
    });
  });

  test("pods for nodes whose taints they do not tolerate", async () => {
    const cluster = await FakeCluster.start();
    const taints = [
      { key: "dedicated", value: "images", effect: "NoSchedule" },
      { key: "spot", effect: "NoExecute" },
    ];
    withNode(cluster, { disk: "ssd" }, { taints });
    const toleration = [{ key: "spot", operator: "Exists", effect: "", value: "" }];
    const pod = { node_selector: { disk: "ssd" }, toleration };
    const makesPod = (spec: object) =>
      makes("kubernetes_deployment_v1", "lab-registry", { template: [{ spec: [spec] }] });
    await expect(check(cluster, makesPod(pod))).rejects.toMatchObject({
      message: expect.stringContaining("No node takes the pods: taints are dedicated=images:NoSchedule"),
      remedy: expect.stringContaining("kubernetes.tolerations"),
    });
    const dedicated = { key: "dedicated", operator: "Equal", value: "images", effect: "NoSchedule" };
    expect(await check(cluster, makesPod({ ...pod, toleration: [...toleration, dedicated] }))).toEqual([]);
  });

  test("a port of the nodes that another Service has", async () => {
    const cluster = await FakeCluster.start();
    cluster.put("/api/v1/services", {
      metadata: { name: "web", namespace: "shop" },
      spec: { ports: [{ port: 443, nodePort: 30443 }] },
    });
    const spec = { type: "NodePort", port: [{ node_port: 30443 }] };
    await expect(check(cluster, makes("kubernetes_service_v1", "registry", spec))).rejects.toMatchObject({
      message: expect.stringContaining("Port 30443 of the nodes is taken by Service web in namespace shop"),
    });
  });
});

describe("what is in nobody's way", () => {
  test("a class that is there, by name or as the default", async () => {
    const cluster = await FakeCluster.start();
    withClass(cluster);
    for (const storage_class_name of ["fast", null])
      expect(await check(cluster, makes(CLAIM, "data-lab-rustfs-0", { storage_class_name }))).toEqual([]);
  });

  test("a port of the nodes that the Service itself has, and one of a Service that has none", async () => {
    const cluster = await FakeCluster.start();
    const taken = { spec: { ports: [{ port: 443, nodePort: 30443 }] } };
    cluster.put("/api/v1/services", { metadata: { name: "registry", namespace: "lab" }, ...taken });
    const spec = { type: "NodePort", port: [{ node_port: 30443 }] };
    expect(await check(cluster, makes("kubernetes_service_v1", "registry", spec))).toEqual([]);
    cluster.put("/api/v1/services", { metadata: { name: "web", namespace: "shop" }, ...taken });
    const inside = { ...spec, type: "ClusterIP" };
    expect(await check(cluster, makes("kubernetes_service_v1", "registry", inside))).toEqual([]);
    await expect(check(cluster, makes("kubernetes_service_v1", "registry", spec))).rejects.toThrow("Port 30443");
  });

  test("what a login may not look at", async () => {
    const cluster = await FakeCluster.start();
    for (const what of ["list storageclasses", "list nodes", "list services"])
      cluster.refused.set(what, { status: 403, message: "no" });
    const template = [{ spec: [{ node_selector: { disk: "ssd" } }] }];
    expect(await check(cluster, makes("kubernetes_stateful_set_v1", "lab-rustfs", { template }))).toEqual([]);
    expect(await check(cluster, makes(CLAIM, "data-lab-rustfs-0", { storage_class_name: "fast" }))).toEqual([]);
  });
});

test("a node that takes no pods is none", async () => {
  const cluster = await FakeCluster.start();
  cluster.put("/api/v1/nodes", { metadata: { name: "one" }, spec: { unschedulable: true } });
  const plan = makes("kubernetes_deployment_v1", "lab-registry", { template: [{ spec: [{}] }] });
  await expect(check(cluster, plan)).rejects.toMatchObject({
    message: expect.stringContaining("The cluster has no node that takes pods"),
    remedy: "kubectl --context fake get nodes",
  });
  withNode(cluster);
  cluster.put("/api/v1/nodes", { metadata: { name: "two" }, spec: {} });
  expect(await check(cluster, plan)).toEqual([]);
});

describe("what exists in the namespace", () => {
  const secret = makes("kubernetes_secret_v1", "lab-auth");
  const going = { deletionTimestamp: "2026-01-01T00:00:00Z" };

  test("and goes already is waited for where its name is wanted, whoever made it", async () => {
    const cluster = await FakeCluster.start();
    cluster.put(SECRETS, { metadata: { name: "lab-auth", ...going } });
    expect(await check(cluster, secret)).toEqual([expect.objectContaining({ kind: "Secret", name: "lab-auth" })]);
    cluster.put(SECRETS, { metadata: { name: "lab-other", labels: OURS, ...going } });
    expect(await check(cluster, secret)).toHaveLength(1);
  });

  test("and is ours without being wanted any more is left over; of somebody else it is their own matter", async () => {
    const cluster = await FakeCluster.start();
    cluster.put(SECRETS, { metadata: { name: "lab-old", labels: OURS } });
    cluster.put(SECRETS, { metadata: { name: "lab-theirs", labels: { ...OURS, [DEPLOYMENT_LABEL]: "another" } } });
    cluster.put(SECRETS, { metadata: { name: "unlabelled" } });
    expect(await check(cluster, secret)).toEqual([
      expect.objectContaining({ name: "lab-old", address: undefined, environment: "lab" }),
    ]);
  });

  test("and is in the state as another namespace's is not known", async () => {
    const cluster = await FakeCluster.start();
    cluster.put(SECRETS, { metadata: { name: "lab-auth" } });
    const other = {
      ...{ address: "kubernetes_secret_v1.one", type: "kubernetes_secret_v1", mode: "managed" },
      values: { id: "elsewhere/lab-auth", metadata: [{ name: "lab-auth", namespace: "elsewhere" }] },
    };
    const plan = makes("kubernetes_secret_v1", "lab-auth", {}, [DEPLOYMENT, other]);
    await expect(check(cluster, plan)).rejects.toThrow("A Secret called lab-auth exists in namespace lab");
  });

  test("a claim that is going is no claim to wait for: what is in it is asked about", async () => {
    const cluster = await FakeCluster.start();
    withClass(cluster);
    cluster.put(CLAIMS, { metadata: { name: "data-lab-rustfs-0", ...going }, spec: {} });
    await expect(check(cluster, makes(CLAIM, "data-lab-rustfs-0"))).rejects.toMatchObject({
      remedy: expect.stringContaining("--adopt data-lab-rustfs-0"),
    });
  });
});

test("what becomes of the disks: by their policy, where there is one and somebody may look", async () => {
  const cluster = await FakeCluster.start();
  const claim = (name: string, volumeName?: string) =>
    cluster.put(CLAIMS, { metadata: { name }, spec: { volumeName } });
  const disk = (name: string, persistentVolumeReclaimPolicy: string) =>
    cluster.put("/api/v1/persistentvolumes", { metadata: { name }, spec: { persistentVolumeReclaimPolicy } });
  claim("a", "disk-a");
  disk("disk-a", "Retain");
  claim("b", "disk-b");
  disk("disk-b", "Delete");
  claim("c", "hidden");
  claim("d");
  const connection = await connectKubernetes(cluster.settings(), {});
  expect(await fateOfDisks(connection, ["a", "b", "c", "d", "e"])).toEqual([
    "PersistentVolumeClaim a: its disk stays, as its reclaim policy is Retain: PersistentVolume disk-a",
    "PersistentVolumeClaim b: its disk goes, too, as its reclaim policy is Delete",
    "PersistentVolumeClaim c: the reclaim policy of its StorageClass decides whether the disk goes, too",
    "PersistentVolumeClaim d has no disk yet",
    "PersistentVolumeClaim e: the reclaim policy of its StorageClass decides whether the disk goes, too",
  ]);
});
