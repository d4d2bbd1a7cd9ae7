import { describe, expect, test } from "vitest";
import { built, containerOf, filesHash, type Json, objects, pods, workloads } from "./kubernetes-stack";

describe("a registry on Kubernetes", () => {
  const stack = built();

  test("is two registries, four RustFS, a job and who purges", () => {
    const registry = objects(stack, "deployment");
    expect(Object.keys(registry).sort()).toEqual(["lab-purger", "lab-registry"]);
    expect(registry["lab-registry"].spec).toMatchObject({
      replicas: "2",
      strategy: { type: "RollingUpdate", rolling_update: { max_unavailable: "0", max_surge: "1" } },
    });
    expect(objects(stack, "stateful_set")["lab-rustfs"].spec).toMatchObject({
      replicas: "4",
      pod_management_policy: "Parallel",
      service_name: "lab-rustfs",
    });
    expect(Object.keys(objects(stack, "job"))).toEqual(["lab-bucket-init"]);
    expect(Object.keys(objects(stack, "pod_disruption_budget")).sort()).toEqual(["lab-registry", "lab-rustfs"]);
  });

  test("makes everything in its namespace", () => {
    const types = Object.keys(stack.resource).filter((type) => type.startsWith("kubernetes_"));
    const all = types.flatMap((type) => Object.values(stack.resource[type]) as Json[]);
    expect(all.length).toBeGreaterThan(20);
    expect([...new Set(all.map(({ metadata }) => metadata.namespace))]).toEqual(["images"]);
  });

  test("has pods as the restricted Pod Security Standard wants them, without a token and a Service's variables", () => {
    for (const { spec } of pods(stack)) {
      expect(spec).toMatchObject({ automount_service_account_token: false, enable_service_links: false });
      expect(spec.security_context).toMatchObject({
        run_as_non_root: true,
        seccomp_profile: { type: "RuntimeDefault" },
      });
      expect(spec.container[0].security_context).toMatchObject({
        allow_privilege_escalation: false,
        capabilities: { drop: ["ALL"] },
      });
      expect(spec.host_network ?? spec.host_pid).toBeUndefined();
    }
    expect(Object.values(objects(stack, "service_account")).map((one) => one.automount_service_account_token)).toEqual([
      false,
    ]);
  });

  test("keeps secrets in Secrets: neither variables nor ConfigMaps nor arguments mention one", () => {
    const open = [...Object.values(objects(stack, "config_map")), ...pods(stack).map(({ spec }) => spec.container)];
    expect(JSON.stringify(open)).not.toContain("${var.");
    expect(JSON.stringify(objects(stack, "secret"))).toContain("var.rustfs_root_secret_key");
  });

  test("protects a claim for each RustFS, named as the StatefulSet names them", () => {
    const claims = objects(stack, "persistent_volume_claim");
    expect(Object.keys(claims)).toEqual([0, 1, 2, 3].map((n) => `data-lab-rustfs-${n}`));
    for (const { lifecycle, spec } of Object.values(claims)) {
      expect(lifecycle).toEqual({ prevent_destroy: true });
      expect(spec.resources.requests).toEqual({ storage: "100Gi" });
    }
    const [template] = objects(stack, "stateful_set")["lab-rustfs"].spec.volume_claim_template;
    expect(template.metadata.name).toBe("data");
    // One that the StatefulSet makes in the place of a lost one is not changed by the next apply.
    expect(template.metadata.labels).toEqual(claims["data-lab-rustfs-0"].metadata.labels);
  });

  test("tells each RustFS of the others, and lets no restart loop begin while they are away", () => {
    const container = containerOf(objects(stack, "stateful_set")["lab-rustfs"]);
    const variables = Object.fromEntries(container.env.map(({ name, value }: Json) => [name, value]));
    expect(variables).toMatchObject({
      RUSTFS_VOLUMES: "http://lab-rustfs-{0...3}.lab-rustfs:9000/data",
      RUSTFS_LOCAL_ENDPOINT_HOST: "$(POD_NAME).lab-rustfs",
      RUSTFS_STARTUP_TOPOLOGY_WAIT_MODE: "orchestrated",
    });
    expect(container.env[0].name).toBe("POD_NAME");
    expect(container.liveness_probe ?? container.startup_probe).toBeUndefined();
    const peers = objects(stack, "service")["lab-rustfs"].spec;
    expect(peers).toMatchObject({ cluster_ip: "None", publish_not_ready_addresses: true });
  });

  test("waits before a pod is told to stop until nobody sends it anything, and leaves what runs its time", () => {
    const { spec } = objects(stack, "deployment")["lab-registry"].spec.template;
    expect(spec.container[0].lifecycle.pre_stop[0].exec.command.at(-1)).toBe("sleep 5");
    expect(spec.termination_grace_period_seconds).toBe(85);
  });

  test("has new pods when a file changes, and none when a user does", () => {
    for (const pod of pods(stack)) expect(filesHash(pod)).toContain("sha256(");
    const registry = objects(stack, "deployment")["lab-registry"].spec.template;
    expect(registry.metadata.annotations["dev.private-registry/files"]).not.toContain("htpasswd");
    const live = registry.spec.volume.find(({ name }: Json) => name === "live-files");
    expect(live.secret.secret_name).toBe("lab-auth");
    expect(registry.spec.container[0].volume_mount.find(({ name }: Json) => name === "live-files")).toEqual({
      mount_path: "/auth",
      name: "live-files",
      read_only: true,
    });
  });

  test("lets a registry, and nothing else that RustFS's own network has not, reach RustFS", () => {
    const policies = objects(stack, "network_policy");
    expect(policies["lab-storage"].spec.policy_types).toEqual(["Ingress", "Egress"]);
    const member = { "dev.private-registry.network/lab-storage": "true" };
    expect(policies["lab-rustfs"].spec.ingress).toEqual([
      { ports: [{ port: "9000", protocol: "TCP" }], from: [{ pod_selector: { match_labels: member } }] },
    ]);
    const [toMembers, toNames] = policies["lab-storage"].spec.egress;
    expect(toMembers).toEqual({ to: [{ pod_selector: { match_labels: member } }] });
    expect(toNames.ports.map(({ port }: Json) => port)).toEqual(["53", "53"]);
    expect(objects(stack, "deployment")["lab-registry"].spec.template.metadata.labels).toMatchObject(member);
  });

  test("purges uploads in one place, and remembers nothing that another registry may have deleted", () => {
    const config = (name: string) => objects(stack, "secret")[name].data["config.yml"];
    expect(config("lab-registry")).toMatch(/uploadpurging:\n\s+enabled: false/);
    expect(config("lab-registry")).not.toContain("blobdescriptor");
    expect(config("lab-purger")).toMatch(/uploadpurging:\n\s+enabled: true/);
    expect(config("lab-purger")).toMatch(/addr: "?127\.0\.0\.1:5000/);
    expect(objects(stack, "service")["lab-purger"]).toBeUndefined();
  });
});

test("one of each is an ordinary registry", () => {
  const stack = built({ replicas: 1, storage: { nodes: 1, sizeGb: 5, storageClass: "fast" } });
  expect(Object.keys(objects(stack, "deployment"))).toEqual(["lab-registry"]);
  expect(objects(stack, "secret")["lab-registry"].data["config.yml"]).toContain('blobdescriptor: "inmemory"');
  const variables = containerOf(objects(stack, "stateful_set")["lab-rustfs"]).env;
  expect(variables.find(({ name }: Json) => name === "RUSTFS_VOLUMES").value).toBe("/data");
  const claims = objects(stack, "persistent_volume_claim");
  expect(Object.values(claims).map(({ spec }) => [spec.storage_class_name, spec.resources.requests.storage])).toEqual([
    ["fast", "5Gi"],
  ]);
  expect(objects(stack, "pod_disruption_budget")).toEqual({});
});

test("a rollout takes no pod away before another answers", () => {
  const stack = built();
  for (const one of Object.values(objects(stack, "deployment"))) {
    expect(one.spec.strategy).toEqual({
      type: "RollingUpdate",
      rolling_update: { max_unavailable: "0", max_surge: "1" },
    });
    expect(one.wait_for_rollout).toBe(true);
  }
  const { spec, wait_for_rollout, lifecycle } = objects(stack, "stateful_set")["lab-rustfs"];
  // An update that Terraform waits for fails with provider 3.2.1; `up` waits by itself.
  expect(wait_for_rollout).toBe(false);
  expect(spec.update_strategy).toEqual([{ type: "RollingUpdate", rolling_update: [{ partition: 0 }] }]);
  // A claim that grows does not make it anew; one that shrinks, or goes, takes no data with it.
  expect(lifecycle).toEqual({ ignore_changes: ["spec[0].volume_claim_template"] });
  expect(spec.persistent_volume_claim_retention_policy).toEqual([{ when_deleted: "Retain", when_scaled: "Retain" }]);
});

test("the bucket is there when the apply has ended, and a new disk gets the registry's key", () => {
  const stack = built();
  const job = objects(stack, "job")["lab-bucket-init"];
  expect(job).toMatchObject({ wait_for_completion: true, timeouts: { create: "10m", update: "10m" } });
  expect(job.spec.backoff_limit).toBe(4);
  // Not with each change of the StatefulSet: it would write while servers are away.
  expect(job.lifecycle).toBeUndefined();
  // The provider replaces a Job when a variable changes, and does nothing when an annotation does.
  expect(job.spec.template.metadata.annotations).toBeUndefined();
  const variable = (name: string) => containerOf(job).env.find((one: Json) => one.name === name).value;
  expect(variable("PRIVATE_REGISTRY_FILES")).toContain("sha256");
  const claims = variable("PRIVATE_REGISTRY_CLAIMS").split(",");
  expect(claims).toHaveLength(4);
  expect(new Set(claims).size).toBe(4);
  for (const one of claims)
    expect(one).toMatch(/^\$\{kubernetes_persistent_volume_claim_v1\..*\.metadata\[0\]\.uid\}$/);
});

test("the job waits for every server, not for the Service alone", () => {
  const environmentOf = (stack: Json) => containerOf(objects(stack, "job")["lab-bucket-init"]).env as Json[];
  const value = (stack: Json, name: string) => environmentOf(stack).find((one) => one.name === name).value;
  expect(value(built(), "SERVERS")).toBe([0, 1, 2, 3].map((n) => `http://lab-rustfs-${n}.lab-rustfs:9000`).join(" "));
  expect([value(built(), "STEADY_SECONDS"), value(built(), "WAIT_SECONDS")]).toEqual(["15", "300"]);
  const one = built({ storage: { nodes: 1 } });
  expect([value(one, "SERVERS"), value(one, "STEADY_SECONDS"), value(one, "WAIT_SECONDS")]).toEqual([
    "http://rustfs:9000",
    "0",
    "60",
  ]);
});

test("a registry that is told to stop gives up kept connections, and ends what runs: another one has taken its place", () => {
  const registry = objects(built(), "deployment")["lab-registry"].spec.template.spec;
  expect(registry.termination_grace_period_seconds).toBe(85);
  expect(objects(built(), "secret")["lab-registry"].data["config.yml"]).toContain('draintimeout: "75s"');
  // The script waits for nothing before that.
  expect(registry.container[0].args.slice(-3)).toEqual(["5001", "0", "/etc/distribution/config.yml"]);
});

test("what selects pods knows them by their name alone, which never changes", () => {
  const stack = built();
  const own = (one: Json) => ({ "app.kubernetes.io/name": one.metadata.name });
  for (const type of ["deployment", "stateful_set", "pod_disruption_budget"])
    for (const one of Object.values(objects(stack, type)))
      expect(one.spec.selector.match_labels, type).toEqual(own(one));
  for (const { spec } of Object.values(objects(stack, "pod_disruption_budget"))) expect(spec.max_unavailable).toBe("1");
  for (const { metadata, spec } of workloads(stack))
    expect(spec.template.metadata.labels).toMatchObject(metadata.labels);
});

test("everything carries the labels that it is found by", () => {
  const stack = built({}, { labels: { team: "images" } });
  for (const { metadata } of workloads(stack)) {
    expect(metadata.labels).toEqual({
      team: "images",
      "app.kubernetes.io/name": metadata.name,
      "app.kubernetes.io/instance": "lab",
      "app.kubernetes.io/managed-by": "private-registry",
      "app.kubernetes.io/component": metadata.labels["app.kubernetes.io/component"],
      "dev.private-registry.environment": "lab",
      "dev.private-registry.deployment": expect.stringContaining("terraform_data."),
    });
    expect(metadata.labels["app.kubernetes.io/component"]).toMatch(/^[a-z-]+$/);
  }
});

test("nothing begins before what it needs: files, claims, names of its peers", () => {
  const stack = built();
  const needed = (workload: Json) => (workload.depends_on as string[]).map((address) => nameOf(stack, address)).sort();
  expect(needed(objects(stack, "stateful_set")["lab-rustfs"])).toEqual([
    "config_map lab-rustfs",
    ...[0, 1, 2, 3].map((n) => `persistent_volume_claim data-lab-rustfs-${n}`),
    "secret lab-rustfs",
    "service lab-rustfs",
    "service rustfs",
    "service_account lab",
  ]);
  expect(new Set(needed(objects(stack, "deployment")["lab-registry"]))).toEqual(
    new Set([
      "config_map lab-registry",
      "secret lab-auth",
      "secret lab-registry",
      "service registry",
      "service_account lab",
      "stateful_set lab-rustfs",
    ]),
  );
  expect(needed(objects(stack, "job")["lab-bucket-init"])).toEqual([
    "config_map lab-bucket-init",
    "secret lab-bucket-init",
    "service_account lab",
    "stateful_set lab-rustfs",
  ]);
});

function nameOf({ resource }: Json, address: string): string {
  const [type = "", id = ""] = address.split(".");
  return `${type.replace(/^kubernetes_(.*)_v1$/, "$1")} ${resource[type][id].metadata.name}`;
}

test("a registry's pods have the account, the nodes and the logins that were asked for", () => {
  const tolerations = [{ key: "dedicated", value: "images", effect: "NoSchedule" as const }, { key: "spot" }];
  const stack = built({ nodeSelector: { disk: "ssd" }, tolerations, imagePullSecrets: ["mirror"] });
  for (const { spec } of pods(stack))
    expect(spec).toMatchObject({
      service_account_name: "lab",
      node_selector: { disk: "ssd" },
      toleration: [
        { key: "dedicated", operator: "Equal", value: "images", effect: "NoSchedule" },
        { key: "spot", operator: "Exists" },
      ],
    });
  const account = objects(stack, "service_account").lab;
  expect(account.image_pull_secret).toEqual([{ name: "mirror" }]);
  expect(pods(built({ nodeSelector: {} })).map(({ spec }) => spec.node_selector)).toEqual(
    pods(stack).map(() => undefined),
  );
});
