import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { App, TerraformStack, Testing } from "cdktf";
import { describe, expect, test } from "vitest";
import {
  InvalidOptionsError,
  KubernetesPlatform,
  type KubernetesPlatformProps,
  PrivateRegistry,
  type PrivateRegistryProps,
  RegistryCache,
  RegistryStorage,
  RegistryTls,
} from "../../../constructs";
import { unexpanded } from "../../../constructs/platform/kubernetes-objects";
import { FILES_ELSEWHERE } from "../../../constructs/tls/certificate/files";

// biome-ignore lint/suspicious/noExplicitAny: Terraform's JSON, looked at as a test needs it
type Json = any;

function built(options: Partial<KubernetesPlatformProps> = {}, props: PrivateRegistryProps = {}): Json {
  const make = () => new KubernetesPlatform({ namespace: "images", ...options });
  const stack = new TerraformStack(new App({ stackTraces: false, context: { [FILES_ELSEWHERE]: true } }), "test");
  new KubernetesProvider(stack, "kubernetes");
  new PrivateRegistry(stack, "lab", { platform: make(), ...props });
  return JSON.parse(Testing.synth(stack, true));
}

/** Resources of a type by the name of the object. */
function objects(stack: Json, type: string): Record<string, Json> {
  const all = Object.values(stack.resource[`kubernetes_${type}_v1`] ?? {}) as Json[];
  return Object.fromEntries(all.map((one) => [one.metadata.name, one]));
}

const WORKLOADS = ["deployment", "stateful_set", "job"];
const workloads = (stack: Json) => WORKLOADS.flatMap((type) => Object.values(objects(stack, type)));
const pods = (stack: Json): Json[] => workloads(stack).map(({ spec }) => spec.template);
const containerOf = (workload: Json) => workload.spec.template.spec.container[0];

const problems = (options: Partial<KubernetesPlatformProps>, props: PrivateRegistryProps = {}) => {
  try {
    built(options, props);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidOptionsError)) throw error;
    return error.problems.map(({ option }) => option);
  }
};

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
    for (const { metadata } of pods(stack))
      expect(metadata.annotations["dev.private-registry/files"]).toContain("sha256(");
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

describe("clients get in", () => {
  const open = { host: "registry.example.com", publish: { address: "all", port: 443 } };
  const certificate = RegistryTls.certificate({ certificateFile: "c.pem", keyFile: "k.pem" });
  const service = (stack: Json) => objects(stack, "service").registry.spec;

  test("nowhere by default but in the namespace", () => {
    const stack = built();
    expect(service(stack)).toMatchObject({ type: "ClusterIP", port: [{ port: 5000, target_port: "5000" }] });
    expect(objects(stack, "network_policy")["lab-registry"].spec.ingress[0].from).toEqual([{ pod_selector: {} }]);
  });

  test("by a load balancer, from its ranges", () => {
    const { spec } = objects(
      built(
        { expose: { sourceRanges: ["10.0.0.0/8"], annotations: { "example.com/internal": "true" } } },
        { registry: { ...open, tls: certificate } },
      ),
      "service",
    ).registry;
    expect(spec).toMatchObject({
      type: "LoadBalancer",
      load_balancer_source_ranges: ["10.0.0.0/8"],
      port: [{ port: 443, target_port: "5000" }],
    });
  });

  test("by a port of every node", () => {
    const registry = { ...open, tls: certificate };
    expect(service(built({ expose: { by: "node-port", nodePort: 30443 } }, { registry }))).toMatchObject({
      type: "NodePort",
      port: [{ port: 443, node_port: 30443 }],
    });
    expect(problems({ expose: { by: "node-port" } }, { registry })).toEqual(["registry.publish.port"]);
  });

  test("by an Ingress, which ends TLS", () => {
    const tls = RegistryTls.behindProxy({ url: "https://registry.example.com" });
    const registry = { host: "registry.example.com", tls, publish: { port: 8443 } };
    const stack = built({ expose: { by: "ingress", className: "nginx", tlsSecretName: "cert" } }, { registry });
    expect(service(stack).type).toBe("ClusterIP");
    expect(objects(stack, "ingress").registry.spec).toMatchObject({
      ingress_class_name: "nginx",
      tls: [{ hosts: ["registry.example.com"], secret_name: "cert" }],
      rule: [
        {
          host: "registry.example.com",
          http: {
            path: [
              { path: "/", path_type: "Prefix", backend: { service: { name: "registry", port: { number: 8443 } } } },
            ],
          },
        },
      ],
    });
    expect(objects(stack, "network_policy")["lab-registry"].spec.ingress[0].from).toBeUndefined();
    expect(problems({ expose: { by: "ingress" } })).toEqual(["registry.tls"]);
  });

  test("never at one address of a host", () => {
    expect(
      problems({}, { registry: { ...open, publish: { address: "10.0.0.5", port: 443 }, tls: certificate } }),
    ).toContain("registry.publish.address");
  });
});

describe("what a cluster cannot do is refused", () => {
  test.each<[string, PrivateRegistryProps, string[]]>([
    ["an in-memory cache of two", { registry: { cache: RegistryCache.inMemory() } }, ["registry.cache"]],
    [
      "a pull-through cache of two",
      { registry: { proxy: { remoteUrl: "https://hub.example.com" } } },
      ["registry.proxy"],
    ],
    ["directories", { storage: RegistryStorage.rustfs({ directories: ["/a"] }) }, ["storage.directories"]],
    ["a volume's name", { storage: RegistryStorage.rustfs({ volume: { name: "data" } }) }, ["storage.volume.name"]],
    ["a published S3 port", { storage: RegistryStorage.rustfs({ s3Publish: { port: 9000 } }) }, ["storage.s3Publish"]],
    ["a console", { storage: RegistryStorage.rustfs({ console: { port: 9001 } }) }, ["storage.console"]],
    ["Docker's networks", { networks: { edge: { subnet: "10.0.0.0/24" } } }, ["networks.edge.subnet"]],
    ["other networks", { registry: { extraNetworks: ["other"] } }, ["registry.extraNetworks"]],
    ["no restart", { registry: { restart: "no" } }, ["registry.restart"]],
    ["a watcher", { monitoring: { prometheus: {} } }, ["monitoring.prometheus"]],
    ["a page", { ui: {} }, ["ui"]],
    ["a label's value", { labels: { team: "two words" } }, ["labels.team"]],
  ])("%s", (_, props, options) => {
    expect(problems({}, props)).toEqual(options);
  });

  test("bad options of the platform, all at once", () => {
    const options = { namespace: "A b", replicas: 0, storage: { nodes: 3, sizeGb: 0 } };
    expect(() => new KubernetesPlatform(options)).toThrow(/namespace[\s\S]*replicas[\s\S]*sizeGb[\s\S]*storage.nodes/);
  });

  test("an older provider", () => {
    expect(() => built({ providerVersion: "~> 2.38" })).toThrow("must take a 3.x and no 2.x");
  });
});

test("Kubernetes replaces nothing in variables and arguments but the pod's own name", () => {
  expect(unexpanded("$(date) $(POD_NAME) $$ $x")).toBe("$$(date) $(POD_NAME) $$$ $x");
});
