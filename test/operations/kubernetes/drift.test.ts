import { expect, test } from "vitest";
import { connectKubernetes } from "../../../operations/kubernetes/connection";
import type { SynthesizedStack } from "../../../operations/terraform/stack";
import { FakeCluster } from "../../support/fake-cluster";
import { putService } from "../../support/fake-pods";

const container = {
  image: "example.com/registry:1",
  env: [{ name: "LEVEL", value: "info" }],
  resources: { limits: { memory: "0.5Gi" } },
};
const metadata = (name: string) => ({ name, namespace: "lab" });

/** As cdktf writes it: some blocks are lists, numbers of replicas are texts. */
const STACK = {
  environment: { name: "lab" },
  config: {
    resource: {
      kubernetes_deployment_v1: {
        distribution: {
          metadata: metadata("lab-registry"),
          spec: { replicas: "2", template: { spec: { container: [container] } } },
        },
      },
      kubernetes_service_v1: {
        registry: {
          metadata: metadata("registry"),
          spec: { type: "ClusterIP", port: [{ port: 5000, target_port: "5000" }] },
        },
      },
      kubernetes_config_map_v1: {
        files: {
          metadata: metadata("lab-rustfs"),
          data: { "health.sh": "echo $${x}", id: "${terraform_data.deployment.id}" },
        },
      },
      kubernetes_secret_v1: {
        files: {
          metadata: metadata("lab-registry"),
          data: { "config.yml": "log: { level: info }\nhttp:\n  secret: ${var.http_secret}\n  net: tcp\n" },
        },
        auth: { metadata: metadata("lab-auth"), data: { htpasswd: "${var.users}" } },
      },
      kubernetes_persistent_volume_claim_v1: {
        data: { metadata: metadata("data-lab-rustfs-0"), spec: { resources: { requests: { storage: "20Gi" } } } },
      },
      kubernetes_network_policy_v1: { storage: { metadata: metadata("lab-storage") } },
      kubernetes_pod_disruption_budget_v1: { registry: { metadata: metadata("lab-registry") } },
      kubernetes_job_v1: { bucket_init: { metadata: metadata("lab-bucket-init") } },
    },
  },
} as unknown as SynthesizedStack;

const NAMESPACED = "/api/v1/namespaces/lab";

function putAll(
  cluster: FakeCluster,
  configuration = "log: { level: info }\nhttp: { secret: s3cr3t, net: tcp }\n",
): void {
  cluster.exec = () => ({ stdout: configuration });
  putService(cluster, "registry", [{ name: "a" }, { name: "b" }]);
  const ports = [{ port: 5000, targetPort: 5000, nodePort: 31000 }];
  cluster.put(`${NAMESPACED}/services`, { metadata: { name: "registry" }, spec: { type: "ClusterIP", ports } });
  cluster.put(`${NAMESPACED}/configmaps`, {
    metadata: { name: "lab-rustfs" },
    data: { "health.sh": "echo ${x}", id: "1" },
  });
  cluster.put(`${NAMESPACED}/secrets`, { metadata: { name: "lab-auth" }, data: { htpasswd: "c2VjcmV0" } });
  cluster.put(`${NAMESPACED}/secrets`, { metadata: { name: "lab-registry" }, data: { "config.yml": "" } });
  const resources = { requests: { storage: "20480Mi" } };
  cluster.put(`${NAMESPACED}/persistentvolumeclaims`, { metadata: { name: "data-lab-rustfs-0" }, spec: { resources } });
  cluster.put("/apis/networking.k8s.io/v1/namespaces/lab/networkpolicies", { metadata: { name: "lab-storage" } });
  cluster.put("/apis/policy/v1/namespaces/lab/poddisruptionbudgets", { metadata: { name: "lab-registry" } });
}

const JOBS = "/apis/batch/v1/namespaces/lab/jobs";

function putClaim(cluster: FakeCluster, uid: string): void {
  const metadata = { name: "data-lab-rustfs-0", uid };
  cluster.put(`${NAMESPACED}/persistentvolumeclaims`, {
    metadata,
    spec: { resources: { requests: { storage: "20Gi" } } },
  });
}

test.each([
  ["the one that the bucket job wrote to", "b", []],
  ["a new one", "c", ["Claim data-lab-rustfs-0 is a new one, and lacks the registry's key"]],
])("a claim is %s", async (_, uid, drift) => {
  const cluster = await FakeCluster.start();
  putAll(cluster);
  putClaim(cluster, uid);
  const env = [
    { name: "S3_BUCKET", value: "c" },
    { name: "PRIVATE_REGISTRY_CLAIMS", value: "a,b" },
  ];
  const template = { spec: { containers: [{ name: "bucket-init", env }] } };
  cluster.put(JOBS, { metadata: { name: "lab-bucket-init" }, spec: { template } });
  expect(await (await connectKubernetes(cluster.settings(), {})).drift(STACK)).toEqual(drift);
});

test("what runs is what the environment says", async () => {
  const cluster = await FakeCluster.start();
  putAll(cluster);
  expect(await (await connectKubernetes(cluster.settings(), {})).drift(STACK)).toEqual([]);
});

test("each difference is a sentence, and none has a secret", async () => {
  const cluster = await FakeCluster.start();
  putAll(cluster, "log: { level: debug }\nhttp: { net: tcp }\n");
  putService(cluster, "registry", [{ name: "a" }]);
  const deployment = cluster.objects.get("/apis/apps/v1/namespaces/lab/deployments/lab-registry") as never as {
    spec: { template: { spec: { containers: object[] } } };
  };
  Object.assign(deployment.spec.template.spec.containers[0] ?? {}, {
    image: "example.com/registry:2",
    env: [
      { name: "LEVEL", value: "debug" },
      { name: "MY_PASSWORD", value: "hunter2" },
    ],
    resources: { limits: { memory: "1Gi" } },
  });
  const ports = [{ port: 5000, targetPort: 5001 }];
  cluster.put(`${NAMESPACED}/services`, { metadata: { name: "registry" }, spec: { type: "LoadBalancer", ports } });
  cluster.put(`${NAMESPACED}/configmaps`, { metadata: { name: "lab-rustfs" }, data: { "health.sh": "true" } });
  cluster.put(`${NAMESPACED}/secrets`, { metadata: { name: "lab-auth" }, data: {} });
  const resources = { requests: { storage: "10Gi" } };
  cluster.put(`${NAMESPACED}/persistentvolumeclaims`, { metadata: { name: "data-lab-rustfs-0" }, spec: { resources } });
  for (const path of [...cluster.objects.keys()]) if (/policies|budgets/.test(path)) cluster.objects.delete(path);
  expect(await (await connectKubernetes(cluster.settings(), {})).drift(STACK)).toEqual([
    "lab-registry: replicas is 1, should be 2",
    "lab-registry: image is example.com/registry:2, should be example.com/registry:1",
    "lab-registry: variable LEVEL is debug, should be info",
    "lab-registry: variable MY_PASSWORD is set, should be absent",
    "lab-registry: limit of memory is 1Gi, should be 0.5Gi",
    "Service registry: type is LoadBalancer, should be ClusterIP",
    "Service registry: port 5000 is 5001, should be 5000",
    "ConfigMap lab-rustfs: health.sh is another",
    "ConfigMap lab-rustfs lacks id",
    "Secret lab-auth lacks htpasswd",
    "Claim data-lab-rustfs-0: size is 10Gi, should be 20Gi",
    "NetworkPolicy lab-storage does not exist",
    "PodDisruptionBudget lab-registry does not exist",
    "configuration log.level is debug, should be info",
    "configuration http.secret is absent, should be set",
  ]);
});

test("what is not there at all is told of each, and ports of the nodes only where one was asked for", async () => {
  const cluster = await FakeCluster.start();
  const spec = (nodePort?: number) => ({
    type: "NodePort",
    port: [{ port: 443, target_port: "5000", node_port: nodePort }],
  });
  const resource = {
    kubernetes_deployment_v1: { one: { metadata: metadata("lab-registry") } },
    kubernetes_stateful_set_v1: { one: { metadata: metadata("lab-rustfs") } },
    kubernetes_ingress_v1: { one: { metadata: metadata("registry") } },
    kubernetes_service_v1: {
      one: { metadata: metadata("registry"), spec: spec() },
      two: { metadata: metadata("fixed"), spec: spec(30443) },
      three: { metadata: metadata("gone"), spec: spec() },
    },
  };
  for (const name of ["registry", "fixed"]) {
    const ports = [{ port: 443, targetPort: 5000, nodePort: 31999 }];
    cluster.put(`${NAMESPACED}/services`, { metadata: { name }, spec: { type: "NodePort", ports } });
  }
  const stack = { environment: { name: "lab" }, config: { resource } } as unknown as SynthesizedStack;
  expect(await (await connectKubernetes(cluster.settings(), {})).drift(stack)).toEqual([
    "lab-registry does not exist",
    "lab-rustfs does not exist",
    "Ingress registry does not exist",
    "Service fixed: port 443 is 5000, on nodes 31999, should be 5000, on nodes 30443",
    "Service gone does not exist",
  ]);
});
