import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesOf, kindOf } from "../../plan/kubernetes-facts";
import { readPlan } from "../../plan/read-plan";
import { fingerprintOf } from "../../review/fingerprint";
import { availableOf } from "../../review/kubernetes/rollout";
import { found, plan, reviewed, volume } from "./builder";
import { claim, deployment, files, ingress, networkPolicy, peer, service, statefulSet } from "./kubernetes";

const FOLDER = join(__dirname, "plans");
const stays = (values: Record<string, unknown>) => ({ before: values, after: values });
const updated = (before: Record<string, unknown>, after: Record<string, unknown>) => ({
  before,
  after,
  actions: ["update"],
});

test("what the rules say of real plans", () => {
  const said = readdirSync(FOLDER)
    .filter((file) => /^kubernetes-.*\.json$/.test(file))
    .map((file) => {
      const report = reviewed(JSON.parse(readFileSync(join(FOLDER, file), "utf8")));
      const lines = report.findings
        .filter(({ standing }) => !standing)
        .map(({ rule, address }) => `  ${rule} ${address.replace("kubernetes_", "")}`);
      return [file.replace(".json", ""), ...lines].join("\n");
    });
  expect(said.join("\n")).toMatchInlineSnapshot(`
    "kubernetes-budget-removed
      disruption-budget-weakened pod_disruption_budget_v1.rustfs
    kubernetes-budget-widened
      disruption-budget-weakened pod_disruption_budget_v1.rustfs
    kubernetes-claim-moved
      data-volume-moved persistent_volume_claim_v1.rustfs_data_3
    kubernetes-claim-removed
      data-volume-destroyed persistent_volume_claim_v1.rustfs_data_3
    kubernetes-claims-grown
      claim-grown persistent_volume_claim_v1.rustfs_data_0
      claim-grown persistent_volume_claim_v1.rustfs_data_1
      claim-grown persistent_volume_claim_v1.rustfs_data_2
      claim-grown persistent_volume_claim_v1.rustfs_data_3
    kubernetes-claims-protected
    kubernetes-claims-shrunk
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_0
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_1
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_2
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_3
    kubernetes-configuration-changed
      service-rolled deployment_v1.distribution
    kubernetes-configuration-unnoticed
      files-not-reread config_map_v1.registry
    kubernetes-create
    kubernetes-destroy
      data-volume-destroyed persistent_volume_claim_v1.rustfs_data_0
      data-volume-destroyed persistent_volume_claim_v1.rustfs_data_1
      data-volume-destroyed persistent_volume_claim_v1.rustfs_data_2
      data-volume-destroyed persistent_volume_claim_v1.rustfs_data_3
      destroy-everything (all resources)
      service-removed deployment_v1.distribution
      service-removed stateful_set_v1.rustfs
    kubernetes-from-docker
      data-volume-destroyed docker_volume.rustfs_data
      platform-changed deployment_v1.distribution
      service-removed docker_container.distribution
      service-removed docker_container.rustfs
    kubernetes-host-path
      docker-socket-mounted deployment_v1.distribution
      pod-security-weakened deployment_v1.distribution
      service-rolled deployment_v1.distribution
    kubernetes-image-unpinned
      image-changed deployment_v1.distribution
      image-unpinned deployment_v1.distribution
      service-rolled deployment_v1.distribution
    kubernetes-ingress-host-changed
      ingress-host-changed ingress_v1.registry
    kubernetes-ingress-without-tls
      registry-without-tls ingress_v1.registry
      registry-without-tls deployment_v1.distribution
    kubernetes-memory-lowered
      memory-lowered stateful_set_v1.rustfs
      storage-memory-low stateful_set_v1.rustfs
      service-rolled stateful_set_v1.rustfs
    kubernetes-memory-unlimited
      memory-lowered deployment_v1.distribution
      service-rolled deployment_v1.distribution
    kubernetes-namespace-changed
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_0
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_1
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_2
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_3
      registry-replaced deployment_v1.distribution
      storage-replaced stateful_set_v1.rustfs
      several-replaced deployment_v1.distribution
    kubernetes-network-policy-removed
      network-policy-weakened network_policy_v1.rustfs
      storage-network-open stateful_set_v1.rustfs
    kubernetes-network-policy-widened
      network-policy-weakened network_policy_v1.rustfs
    kubernetes-no-changes
    kubernetes-nodes-changed
      storage-nodes-changed stateful_set_v1.rustfs
      storage-replaced stateful_set_v1.rustfs
    kubernetes-privileged
      privileged-container deployment_v1.distribution
      host-network deployment_v1.distribution
      pod-security-weakened deployment_v1.distribution
      service-rolled deployment_v1.distribution
    kubernetes-registry-load-balancer
      registry-without-tls deployment_v1.distribution
      port-widened service_v1.registry
    kubernetes-registry-node-port
      registry-without-tls deployment_v1.distribution
      port-widened service_v1.registry
    kubernetes-registry-recreated
      registry-replaced deployment_v1.distribution
    kubernetes-registry-replaced
      registry-replaced deployment_v1.distribution
    kubernetes-rustfs-image
      image-changed stateful_set_v1.rustfs
      service-rolled stateful_set_v1.rustfs
    kubernetes-rustfs-published
      storage-published service_v1.rustfs
    kubernetes-rustfs-replaced
      storage-replaced stateful_set_v1.rustfs
    kubernetes-scaled-down
      scaled-down deployment_v1.distribution
    kubernetes-scaled-to-zero
      scaled-down deployment_v1.distribution
    kubernetes-secret-in-env
      secret-in-env stateful_set_v1.rustfs
      service-rolled stateful_set_v1.rustfs
    kubernetes-storage-class-changed
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_0
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_1
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_2
      data-volume-replaced persistent_volume_claim_v1.rustfs_data_3
    kubernetes-users-changed
      users-changed secret_v1.auth"
  `);
});

test("the picture has each claim, and the ways in from outside", () => {
  const { graph } = reviewed(
    plan({
      "kubernetes_persistent_volume_claim_v1.a": { after: claim("data-prod-rustfs-0") },
      "kubernetes_persistent_volume_claim_v1.b": { after: claim("data-prod-rustfs-1") },
      "kubernetes_stateful_set_v1.rustfs": { after: statefulSet() },
      "kubernetes_service_v1.rustfs": { after: service("prod-rustfs", 9000, "NodePort") },
    }),
  );
  expect(graph.nodes.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
    "volume data-prod-rustfs-0",
    "volume data-prod-rustfs-1",
    "container prod-rustfs",
    "port port (chosen by Kubernetes) of every node (public)",
  ]);
  expect(graph.edges).toHaveLength(3);
});

describe("a change of pods", () => {
  const registry = (after: Parameters<typeof deployment>[0]) => {
    return reviewed(plan({ "kubernetes_deployment_v1.distribution": updated(deployment(), deployment(after)) }))
      .headline;
  };
  const other = { priority_class_name: "high" };

  test("rolls two or more, and nobody is interrupted", () => {
    expect(registry({ pod: other })).toBe("✓ 1 to update: nothing at risk");
  });

  test("interrupts with `Recreate`, and without a pod to spare", () => {
    expect(registry({ pod: other, spec: { strategy: [{ type: "Recreate" }] } })).toMatch(/^⚠ downtime: registry ~/);
    const strategy = [{ type: "RollingUpdate", rolling_update: [{ max_surge: "0", max_unavailable: "1" }] }];
    expect(registry({ pod: other, spec: { replicas: "1", strategy } })).toMatch(/^⚠ downtime: registry ~/);
  });

  test("interrupts a store of one node, not one of four", () => {
    const store = (replicas: string) => {
      const [before, after] = [statefulSet({ spec: { replicas } }), statefulSet({ pod: other, spec: { replicas } })];
      return reviewed(plan({ "kubernetes_stateful_set_v1.rustfs": updated(before, after) })).headline;
    };
    expect(store("4")).toBe("✓ 1 to update: nothing at risk");
    expect(store("1")).toBe("⚠ downtime: RustFS ~6 s");
  });

  test("waits for somebody with `OnDelete`", () => {
    const strategy = { update_strategy: [{ type: "OnDelete" }] };
    const [before, after] = [statefulSet({ spec: strategy }), statefulSet({ spec: strategy, pod: other })];
    const [finding] = found(plan({ "kubernetes_stateful_set_v1.rustfs": updated(before, after) }), "service-rolled");
    expect(finding?.message).toContain("until somebody deletes them");
  });

  test("without a readiness probe is a warning", () => {
    const before = deployment({ container: { readiness_probe: [] } });
    const after = deployment({ container: { readiness_probe: [] }, pod: other });
    const [finding] = found(
      plan({ "kubernetes_deployment_v1.distribution": updated(before, after) }),
      "service-rolled",
    );
    expect(finding?.severity).toBe("warning");
  });

  test.each([
    [{}, 1, 1],
    [{}, 4, 3],
    [{ rolling_update: [{ max_surge: "0", max_unavailable: "100%" }] }, 3, 0],
    [{ rolling_update: [{ max_surge: "0", max_unavailable: "10%" }] }, 2, 1],
    [{ type: "Recreate" }, 3, 0],
  ])("%j of %i pods keeps %i", (strategy, replicas, kept) => {
    expect(availableOf({ strategy: [strategy] }, replicas)).toBe(kept);
  });
});

describe("ways in", () => {
  const messages = (resources: Parameters<typeof plan>[0], rule: string) =>
    found(plan({ "kubernetes_deployment_v1.distribution": stays(deployment()), ...resources }), rule).map(
      ({ address, message, severity }) => `${severity} ${address}: ${message}`,
    );

  test("a wider type of a Service is told at the Service, a narrower one is not", () => {
    const [inside, outside] = [service("prod-registry", 5000), service("prod-registry", 5000, "LoadBalancer")];
    expect(messages({ "kubernetes_service_v1.registry": updated(inside, outside) }, "port-widened")).toEqual([
      "warning kubernetes_service_v1.registry: Port 5000 of `prod-registry` is published at port 5000 of a load balancer, until now not published: everybody who reaches the load balancer can connect.",
    ]);
    expect(messages({ "kubernetes_service_v1.registry": updated(outside, inside) }, "port-widened")).toEqual([]);
    const nodes = service("prod-registry", 5000, "NodePort");
    expect(messages({ "kubernetes_service_v1.registry": updated(outside, nodes) }, "port-widened")).toEqual([]);
    expect(messages({ "kubernetes_service_v1.registry": updated(nodes, outside) }, "port-widened")).toHaveLength(1);
  });

  test("a Service without a selector leads to no pod", () => {
    const bare = service("prod-registry", 5000, "LoadBalancer", { selector: {} });
    expect(messages({ "kubernetes_service_v1.registry": { after: bare } }, "port-widened")).toEqual([]);
    expect(messages({ "kubernetes_service_v1.registry": { after: bare } }, "registry-without-tls")).toEqual([]);
  });

  test("networks that may connect are a limit", () => {
    const open = service("prod-registry", 5000, "LoadBalancer");
    const limited = service("prod-registry", 5000, "LoadBalancer", { load_balancer_source_ranges: ["10.0.0.0/8"] });
    expect(messages({ "kubernetes_service_v1.registry": updated(limited, open) }, "port-widened")).toHaveLength(1);
    expect(messages({ "kubernetes_service_v1.registry": updated(open, limited) }, "port-widened")).toEqual([]);
  });

  test("an Ingress speaks TLS for the hosts of its `tls`", () => {
    const inside = stays(service("prod-registry", 5000));
    const rule = "registry-without-tls";
    const told = (after: Record<string, unknown>) =>
      messages({ "kubernetes_service_v1.registry": inside, "kubernetes_ingress_v1.registry": { after } }, rule);
    expect(told(ingress("registry.example.com"))).toEqual([]);
    expect(told(ingress("registry.example.com", false))).toHaveLength(1);
  });

  test("a store behind a Service of another type is published; ClusterIP is not", () => {
    const store = { "kubernetes_stateful_set_v1.rustfs": stays(statefulSet()) };
    const told = (type: string) =>
      messages(
        { ...store, "kubernetes_service_v1.rustfs": { after: service("prod-rustfs", 9000, type) } },
        "storage-published",
      );
    expect(told("ClusterIP")).toEqual([]);
    expect(told("NodePort")).toHaveLength(1);
  });

  test("a store under no NetworkPolicy is open to the cluster", () => {
    const store = { "kubernetes_stateful_set_v1.rustfs": { after: statefulSet() } };
    const guarded = {
      ...store,
      "kubernetes_network_policy_v1.rustfs": { after: networkPolicy([peer("prod-registry")]) },
    };
    expect(messages(store, "storage-network-open")).toHaveLength(1);
    expect(messages(guarded, "storage-network-open")).toEqual([]);
  });
});

describe("secrets", () => {
  const HASHES = ["O0123456789012345678901234567890", "O9876543210987654321098765432109"].map(
    (end) => `$2y$05$rvrvrvrvrvrvrvrvrvrvr${end}`,
  );
  const users = (...lines: string[]) => ({
    metadata: [{ name: "prod-auth", namespace: "prod" }],
    data: { htpasswd: lines.join("\n") },
  });
  const change = (before: Record<string, unknown>, after: Record<string, unknown>) => ({
    ...updated(before, after),
    beforeSensitive: { data: true },
    afterSensitive: { data: true },
  });
  const mounted = stays(deployment(files("secret", "prod-auth", "/auth")));

  test("users in a Secret are told by name, once, at the Secret, and no restart is missed", () => {
    const document = plan({
      "kubernetes_secret_v1.auth": change(
        users(`alice:${HASHES[0]}`, ""),
        users(`alice:${HASHES[0]}`, `bob:${HASHES[1]}`),
      ),
      "kubernetes_deployment_v1.distribution": mounted,
      "kubernetes_deployment_v1.second": mounted,
    });
    const report = reviewed(document);
    expect(
      report.findings.filter(({ standing }) => !standing).map(({ rule, message }) => `${rule}: ${message}`),
    ).toEqual(["users-changed: Users: added: `bob`."]);
    for (const hash of HASHES) expect(JSON.stringify(report)).not.toContain(hash);
  });

  test("any other Secret shows its keys, never what they hold", () => {
    const keys = (secret: string) => ({ metadata: [{ name: "keys", namespace: "prod" }], data: { key: secret } });
    const document = plan({ "kubernetes_secret_v1.keys": change(keys("rvOne-99887766"), keys("rvTwo-55443322")) });
    const report = reviewed(document);
    expect(report.changes[0]?.attributes.map(({ path }) => path)).toEqual(["data.key"]);
    expect(JSON.stringify(report)).not.toMatch(/rvOne|rvTwo/);
  });

  test("a variable that refers to a Secret is none", () => {
    const env = [{ name: "A_PASSWORD", value: "", value_from: [{ secret_key_ref: [{ name: "keys", key: "key" }] }] }];
    expect(
      found(plan({ "kubernetes_deployment_v1.x": { after: deployment({ container: { env } }) } }), "secret-in-env"),
    ).toEqual([]);
    const literal = [{ name: "A_PASSWORD", value: "rvOne-99887766" }];
    const document = plan({ "kubernetes_deployment_v1.x": { after: deployment({ container: { env: literal } }) } });
    expect(found(document, "secret-in-env")).toHaveLength(1);
  });
});

describe("data", () => {
  test("a pod without a claim loses what it stores when it is rolled", () => {
    const own = { env: [{ name: "REGISTRY_AUTH", value: "htpasswd" }] };
    const document = plan({
      "kubernetes_deployment_v1.distribution": updated(
        deployment({ container: own }),
        deployment({ container: { ...own, command: ["registry"] } }),
      ),
    });
    expect(reviewed(document).headline).toContain("✗ data loss: 1");
  });

  test("a claim of another namespace under the same name is another claim", () => {
    const far = claim("data-prod-rustfs-0");
    const document = plan({
      "kubernetes_persistent_volume_claim_v1.old": { before: far },
      "kubernetes_persistent_volume_claim_v1.new": {
        after: { ...far, metadata: [{ name: "data-prod-rustfs-0", namespace: "far" }] },
      },
    });
    expect(found(document, "data-volume-moved")).toEqual([]);
    expect(found(document, "data-volume-destroyed")).toHaveLength(1);
  });

  test("a namespace under another name takes everything with it", () => {
    const named = (name: string) => ({ metadata: [{ name }] });
    const document = plan({ "kubernetes_namespace_v1.prod": { before: named("prod"), after: named("production") } });
    expect(reviewed(document).headline).toBe("✗ data loss: 1");
  });

  test("a claim belongs to the pods of its own namespace", () => {
    const document = plan({
      "kubernetes_persistent_volume_claim_v1.data": { before: claim("data-prod-rustfs-0") },
      "kubernetes_stateful_set_v1.far": stays(statefulSet({ namespace: "far" })),
    });
    expect(found(document, "data-volume-destroyed")[0]?.message).toContain("no container in this plan uses it");
  });

  test("a set that moves to another namespace leaves the claims that it made", () => {
    const document = plan({
      "kubernetes_stateful_set_v1.rustfs": { before: statefulSet(), after: statefulSet({ namespace: "other" }) },
    });
    expect(reviewed(document).headline).toContain("✗ data left behind: 1");
  });

  test("from Docker to Kubernetes nothing comes along, and the volume goes with its block", () => {
    const document = plan({
      "docker_volume.data": { before: volume("data") },
      "docker_container.rustfs": { before: { name: "store", image: "rustfs/rustfs:1.0.1", restart: "always" } },
      "kubernetes_stateful_set_v1.rustfs": { after: statefulSet() },
    });
    expect(reviewed(document).headline).toMatch(/✗ data loss: \d · ✗ data left behind: 1/);
  });

  test("a configuration tells which claims are not protected", () => {
    const configuration = (lifecycle: object) => ({
      resource: { kubernetes_persistent_volume_claim_v1: { data: { ...claim("data-prod-rustfs-0"), lifecycle } } },
    });
    expect(found(configuration({}), "data-volume-unprotected")).toHaveLength(1);
    expect(found(configuration({ prevent_destroy: true }), "data-volume-unprotected")).toEqual([]);
  });
});

describe("what is not ours", () => {
  test("any object of Kubernetes is silent", () => {
    const kinds = [
      "cron_job_v1",
      "role_binding_v1",
      "horizontal_pod_autoscaler_v2",
      "daemonset",
      "manifest",
      "storage_class_v1",
    ];
    const resources = Object.fromEntries(
      kinds.map((kind) => [
        `kubernetes_${kind}.x`,
        { after: { metadata: [{ name: "x" }], spec: [{ rule: [{}] }], manifest: { kind: "A" } } },
      ]),
    );
    const strange = [null, "text", 7, [], [null], {}, [{ template: "x" }], [{ template: [{ spec: "y" }] }]];
    const broken = strange.flatMap((spec, index): [string, { before: object; after: object; actions: string[] }][] => [
      [`kubernetes_deployment_v1.d${index}`, { ...updated({ metadata: spec, spec }, { metadata: spec, spec, a: 1 }) }],
      [`kubernetes_network_policy_v1.n${index}`, { ...updated({ metadata: spec, spec }, { spec, a: 1 }) }],
      [`kubernetes_ingress_v1.i${index}`, { ...updated({ spec }, { metadata: spec, spec, a: 1 }) }],
    ]);
    const report = reviewed(plan({ ...resources, ...Object.fromEntries(broken as never) }));
    expect(report.problem).toBeUndefined();
    expect(report.findings).toEqual([]);
  });

  test("a Deployment with nothing set is created without a word", () => {
    const plain = {
      spec: [{ template: [{ spec: [{ container: [{ name: "web", image: "nginx:1.29.3@sha256:aaaaaaaa" }] }] }] }],
    };
    const report = reviewed(
      plan({ "kubernetes_deployment.web": { after: { metadata: [{ name: "web" }], ...plain } } }),
    );
    expect(report.findings).toEqual([]);
  });
});

test("kinds have one name under every version of their type", () => {
  const types = [
    "kubernetes_stateful_set_v1",
    "kubernetes_stateful_set",
    "kubernetes_daemonset",
    "kubernetes_pod_security_policy_v1beta1",
  ];
  expect([...types, "docker_container"].map(kindOf)).toEqual([
    "stateful_set",
    "stateful_set",
    "daemon_set",
    "pod_security_policy",
    undefined,
  ]);
});

test.each([
  ["1Gi", 1024 ** 3],
  ["512M", 512e6],
  ["0.5Ki", 512],
  ["3k", 3000],
  ["1500m", 1.5],
  ["2e3", 2000],
  ["12", 12],
  ["a lot", undefined],
])("%s is %d bytes", (quantity, bytes) => expect(bytesOf(quantity)).toBe(bytes));

test("a fingerprint does not depend on what the cluster counts by itself", () => {
  const printed = (version: string, replicas: string) => {
    const at = (values: Record<string, unknown>) => ({
      ...values,
      metadata: [{ name: "prod-registry", resource_version: version }],
    });
    const [before, after] = [at(deployment()), at(deployment({ spec: { replicas } }))];
    return fingerprintOf(readPlan(plan({ "kubernetes_deployment_v1.distribution": updated(before, after) })));
  };
  expect(printed("1", "3")).toBe(printed("2", "3"));
  expect(printed("1", "3")).not.toBe(printed("1", "4"));
});

test("what the cluster filled in, read for the first time, is no drift", () => {
  const job = (spec: object) => ({ metadata: [{ name: "lab-bucket-init" }], spec: [spec] });
  const read = { completion_mode: "NonIndexed", template: [{ spec: [{ scheduler_name: "default-scheduler" }] }] };
  const drift = (after: object) =>
    readPlan({
      ...plan({}),
      resource_drift: [
        {
          address: "kubernetes_job_v1.bucket_init",
          type: "kubernetes_job_v1",
          mode: "managed",
          change: { actions: ["update"], before: job({ template: [{ spec: [{}] }] }), after: job(after) },
        },
      ],
    }).drift;
  expect(drift(read)).toEqual([]);
  expect(drift({ ...read, parallelism: 3 })).toMatchObject([
    { attributes: [{ path: "spec.parallelism", after: "3" }] },
  ]);
});
