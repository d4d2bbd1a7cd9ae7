import { describe, expect, test, vi } from "vitest";
import type { Environment } from "../../../../config";
import { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "../../../../constructs/platform/deployment";
import { checkBeforeApply } from "../../../../operations/deploy/kubernetes/preflight";
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

function withNode(cluster: FakeCluster, labels: Record<string, string> = {}): void {
  cluster.put("/api/v1/nodes", { metadata: { name: "one", labels }, spec: {} });
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
      message: expect.stringContaining("No node that takes pods has the labels disk=ssd"),
      remedy: expect.stringContaining("kubectl --context fake label node NODE disk=ssd"),
    });
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
