import { Network } from "@cdktf/provider-docker/lib/network";
import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  type DistributionOverrides,
  DockerHost,
  PrivateRegistry,
  type PrivateRegistryProps,
  RegistryCache,
  RegistryStorage,
  RegistryTls,
} from "../../../constructs";
import { RecordingPlatform } from "../../support/recording-platform";
import { refusedOptions } from "../../support/refused-options";
import { environmentOf, fileOf, find, type Synthesized, synthesize } from "../../support/synth";

const make = (props?: PrivateRegistryProps) => {
  let registry: PrivateRegistry | undefined;
  const stack = synthesize((scope) => {
    registry = new PrivateRegistry(scope, "registry", props);
  });
  return {
    stack,
    registry: registry as PrivateRegistry,
    distribution: find(stack, "docker_container", "_distribution_"),
  };
};

/** Any file: what is in it is Terraform's business. */
const CA_FILE = "package.json";

const containers = ({ resource }: Synthesized) => Object.values(resource.docker_container ?? {});

describe("PrivateRegistry without options", () => {
  const { stack, registry, distribution } = make();

  test("is reached on loopback only", () => {
    expect(containers(stack).flatMap((container) => container.ports ?? [])).toEqual([
      { internal: 5000, external: 5000, ip: "127.0.0.1", protocol: "tcp" },
    ]);
    expect(registry.loginCommand).toBe("docker login localhost:5000");
    expect(registry.distribution.url).toBe("http://localhost:5000");
  });

  test("has a protected data volume", () => {
    expect(registry.dataLocation).toBe("volume registry-rustfs-data");
    expect(find(stack, "docker_volume", "rustfs")).toMatchObject({ lifecycle: { prevent_destroy: true } });
  });

  test("keeps the storage where only the registry reaches it", () => {
    const edge = containers(stack).filter((container) =>
      JSON.stringify(container.networks_advanced ?? "").includes("edge"),
    );
    expect(edge.map((container) => container.name)).toEqual(["registry-registry"]);
  });

  test("gives the registry its own key, never the root's", () => {
    expect(JSON.stringify(distribution)).not.toContain("rustfs_root");
    expect(fileOf(distribution, "/run/secrets/s3-credentials")).toContain("registry_s3_access_key");
    expect(environmentOf(distribution)).toMatchObject({ AWS_SHARED_CREDENTIALS_FILE: "/run/secrets/s3-credentials" });
  });

  test("puts no secret where `docker inspect` shows it", () => {
    for (const { env, command, entrypoint, labels } of containers(stack)) {
      expect(JSON.stringify([env, command, entrypoint, labels])).not.toContain("var.");
    }
  });

  test("shows the configuration in the plan, and replaces the registry with it", () => {
    const [[id, shown] = []] = Object.entries(stack.resource.null_resource ?? {});
    expect(shown?.triggers).toMatchObject({
      "storage.s3.chunksize": "16777216",
      "storage.s3.forcepathstyle": "true",
      "storage.redirect.disable": "true",
      "storage.delete.enabled": "true",
      "http.debug.addr": "127.0.0.1:5001",
    });
    expect(JSON.stringify(shown)).not.toContain("var.");
    expect(distribution.lifecycle.replace_triggered_by).toEqual([`null_resource.${id}`]);
  });

  test("labels containers and networks with its name and the state's id, and never a volume", () => {
    const [id] = Object.keys(stack.resource.terraform_data ?? {}).filter((one) => one.includes("deployment"));
    for (const one of [...containers(stack), ...Object.values(stack.resource.docker_network ?? {})]) {
      expect(one.labels, one.name).toEqual(
        expect.arrayContaining([
          { label: "dev.private-registry.environment", value: "registry" },
          { label: "dev.private-registry.deployment", value: `\${terraform_data.${id}.id}` },
        ]),
      );
    }
    for (const volume of Object.values(stack.resource.docker_volume ?? {})) expect(volume).not.toHaveProperty("labels");
  });

  test("asks for a provider that does not delete stopped containers during a plan", () => {
    expect(stack.terraform).toMatchObject({ required_providers: { docker: { version: "~> 4.5" } } });
  });

  test("names every Docker object after itself", () => {
    const names = ["docker_container", "docker_volume", "docker_network"].flatMap((type) =>
      Object.values(stack.resource[type] ?? {}).map((resource) => resource.name),
    );
    expect(names.sort()).toEqual([
      "registry-auth",
      "registry-bucket-init",
      "registry-edge",
      "registry-htpasswd",
      "registry-registry",
      "registry-rustfs",
      "registry-rustfs-data",
      "registry-storage",
    ]);
  });

  test("has the addresses it had before: a renamed one destroys what it stands for", () => {
    const addresses = Object.entries(stack.resource).flatMap(([type, all]) =>
      Object.keys(all).map((id) => `${type}.${id}`),
    );
    expect(addresses.sort()).toMatchInlineSnapshot(`
      [
        "docker_container.registry_bucket-init_C9FEEFDC",
        "docker_container.registry_distribution_E076AE4D",
        "docker_container.registry_htpasswd-file_2B829386",
        "docker_container.registry_rustfs_22B827E8",
        "docker_image.registry_distribution-image_0DC041B0",
        "docker_image.registry_rustfs-image_9E93252F",
        "docker_network.registry_networks_edge_E4876AE0",
        "docker_network.registry_networks_storage_B3AFB5F7",
        "docker_volume.registry_htpasswd-file_volume_8DC9F548",
        "docker_volume.registry_rustfs_data_C2769089",
        "null_resource.registry_distribution_config_A18DCC6F",
        "terraform_data.registry_deployment_9C7767EC",
      ]
    `);
  });
});

describe("PrivateRegistry with every option", () => {
  const { stack, registry, distribution } = make({
    name: "team",
    labels: { owner: "ops" },
    images: { distribution: "d:1", rustfs: "r:1", mirror: "m.example" },
    networks: { edge: { subnet: "10.1.0.0/24" }, storage: { subnet: "10.2.0.0/24" } },
    platform: new DockerHost({ providerVersion: "4.5.0" }),
    storage: RegistryStorage.rustfs({
      bucket: "images",
      rootDirectory: "v2",
      chunkSizeMb: 64,
      multipartCopyConcurrency: 4,
      incompleteUploadDays: 2,
      region: "eu-west-1",
      console: { port: 9001 },
      labels: { tier: "storage" },
    }),
    registry: {
      host: "registry.internal",
      publish: { address: "10.0.0.1", port: 8080 },
      tls: RegistryTls.none({ reason: "inside a VPN" }),
      realm: "Team",
      extraNetworks: ["monitoring"],
      uploadsAtOnce: 3,
      memoryMb: 1024,
      cpus: 2,
      drainTimeoutSeconds: 40,
      stopTimeoutSeconds: 50,
      restart: "always",
      environment: { HTTPS_PROXY: "http://proxy:3128" },
      labels: { tier: "edge" },
      configuration: {
        log: { level: "debug" },
        redis: { addrs: ["redis:6379"], username: "u" },
        storage: { cache: { blobdescriptor: "redis" } },
      },
    },
  });
  const config = () =>
    parse(fileOf(distribution, "/etc/distribution/config.yml").replaceAll(/\$\{jsonencode\((.*)\)\}/g, '"$1"'));

  test("renders the registry's", () => {
    expect(distribution).toMatchObject({
      name: "team-registry",
      memory: 1024,
      cpus: "2",
      stop_timeout: 50,
      restart: "always",
      ports: [{ external: 8080, ip: "10.0.0.1" }],
    });
    expect(distribution.networks_advanced).toContainEqual({ name: "monitoring" });
    expect(environmentOf(distribution)).toMatchObject({ HTTPS_PROXY: "http://proxy:3128", GOMEMLIMIT: "921MiB" });
    expect(distribution.labels).toEqual(
      expect.arrayContaining([
        { label: "owner", value: "ops" },
        { label: "tier", value: "edge" },
      ]),
    );
    expect(registry.loginCommand).toBe("docker login registry.internal:8080");
  });

  test("renders Distribution's keys, secrets as variables", () => {
    expect(config()).toMatchObject({
      log: { level: "debug", formatter: "json" },
      auth: { htpasswd: { realm: "Team" } },
      http: { draintimeout: "40s", secret: "var.registry_http_secret" },
      redis: { addrs: ["redis:6379"], username: "u" },
      storage: {
        cache: { blobdescriptor: "redis" },
        s3: {
          bucket: "images",
          rootdirectory: "v2",
          chunksize: 64 * 1024 ** 2,
          multipartcopymaxconcurrency: 4,
          multipartcopythresholdsize: 5 * 1024 ** 3,
          region: "eu-west-1",
        },
      },
    });
  });

  test("renders the others'", () => {
    expect(Object.values(stack.resource.docker_image ?? {}).map((image) => image.name)).toEqual([
      "m.example/library/d:1",
      "m.example/library/r:1",
    ]);
    expect(environmentOf(find(stack, "docker_container", "bucket-init"))).toMatchObject({
      S3_BUCKET: "images",
      S3_REGION: "eu-west-1",
    });
    expect(fileOf(find(stack, "docker_container", "bucket-init"), "/job/lifecycle.xml")).toContain(">2<");
    const rustfs = find(stack, "docker_container", "_rustfs_");
    expect(rustfs.ports).toMatchObject([{ internal: 9001, external: 9001, ip: "127.0.0.1" }]);
    expect(rustfs.labels).toContainEqual({ label: "tier", value: "storage" });
    expect(find(stack, "docker_network", "edge")).toMatchObject({ ipam_config: [{ subnet: "10.1.0.0/24" }] });
    expect(find(stack, "docker_network", "storage")).toMatchObject({ ipam_config: [{ subnet: "10.2.0.0/24" }] });
    expect(stack.terraform).toMatchObject({ required_providers: { docker: { version: "4.5.0" } } });
    expect(registry.storage.consoleUrl).toBe("http://127.0.0.1:9001");
  });
});

describe("PrivateRegistry on an S3 service that exists", () => {
  const { stack, registry, distribution } = make({
    storage: RegistryStorage.s3({
      bucket: "images",
      region: "eu-central-1",
      endpoint: "https://s3.example.com",
      caFile: CA_FILE,
      multipartCopyConcurrency: 50,
      encrypt: true,
      kmsKeyId: "k",
    }),
  });

  test("creates no storage", () => {
    expect(
      containers(stack)
        .map((container) => container.name)
        .sort(),
    ).toEqual(["registry-htpasswd", "registry-registry", "registry-storage-proof"]);
    expect(registry.containerNames).toEqual(["registry-registry"]);
    expect(registry.dataLocation).toBe("bucket images at https://s3.example.com");
    expect(Object.keys(stack.variable)).not.toContain("rustfs_root_access_key");
  });

  test("configures the driver for it", () => {
    expect(registry.distribution.configuration.storage).toMatchObject({
      s3: {
        regionendpoint: "https://s3.example.com",
        forcepathstyle: true,
        encrypt: true,
        keyid: "k",
        multipartcopymaxconcurrency: 50,
      },
    });
    expect(registry.distribution.configuration.storage.s3?.multipartcopythresholdsize).toBeUndefined();
    expect(registry.distribution.configuration.storage.redirect).toEqual({ disable: true });
    expect(environmentOf(distribution).AWS_CA_BUNDLE).toBe("/etc/distribution/certs/s3-ca.pem");
  });

  test("uses Amazon's endpoint and host style when none is given", () => {
    const { registry } = make({ storage: RegistryStorage.s3({ bucket: "images", region: "eu-central-1" }) });
    expect(registry.distribution.configuration.storage.s3).toMatchObject({ forcepathstyle: false });
    expect(registry.dataLocation).toBe("bucket images at Amazon S3, eu-central-1");
  });
});

describe("PrivateRegistry on another platform", () => {
  const platform = new RecordingPlatform();
  const stack = synthesize((scope) => {
    const tls = RegistryTls.letsEncrypt({ email: "ops@example.com", hosts: ["registry.example.com"] });
    const publish = { address: "0.0.0.0", port: 443 };
    const registry = { host: "registry.example.com", publish, tls, labels: { tier: "edge" } };
    new PrivateRegistry(scope, "registry", { platform, registry, labels: { owner: "ops" } });
  });

  test("makes nothing that only Docker knows", () => {
    expect(Object.keys(stack.resource).sort()).toEqual([
      "null_resource",
      "recorded_job",
      "recorded_network",
      "recorded_service",
      "recorded_volume",
      "terraform_data",
    ]);
    expect(platform.prepared).toBe(1);
    expect(platform.images).toHaveLength(2);
  });

  test("asks it for everything, in the order in which it is needed", () => {
    expect(platform.objects().map(({ kind, name }) => `${kind} ${name.replace(/:.*/, "")}`)).toEqual([
      "image registry",
      "network registry-edge",
      "network registry-storage",
      "image rustfs/rustfs",
      "volume registry-rustfs-data",
      "service registry-rustfs",
      "job registry-bucket-init",
      "volume registry-auth",
      "job registry-htpasswd",
      "volume registry-acme",
      "service registry-registry",
    ]);
  });

  test("labels what it makes as its own, whatever others say", () => {
    const labels = platform.services["registry-registry"]?.labels ?? {};
    expect(labels).toMatchObject({ owner: "ops", tier: "edge", "dev.private-registry.environment": "registry" });
    expect(platform.networks["registry-edge"]?.labels).toHaveProperty(["dev.private-registry.deployment"]);
    expect(() => make({ labels: { "dev.private-registry.environment": "other" } })).not.toThrow();
  });
});

describe("PrivateRegistry, options that concern the storage", () => {
  test("sends clients to a RustFS that they reach, under a name that they know", () => {
    const storage = RegistryStorage.rustfs({ s3Publish: { port: 9000 } });
    const rule = "'registry.redirect' must be false with a storage server that clients cannot reach";
    expect(() => make({ registry: { redirect: true } })).toThrow(rule);
    expect(() => make({ storage, registry: { redirect: true } })).toThrow(rule);
    const registry = { redirect: true, redirectEndpoint: "https://s3.example.com" };
    expect(() => make({ storage, registry })).not.toThrow();
  });

  test("proves no write for a registry that is read-only", () => {
    const proof = (props: PrivateRegistryProps) =>
      environmentOf(find(make(props).stack, "docker_container", "bucket-init")).PROVE;
    expect([proof({}), proof({ registry: { readOnly: true } })]).toEqual(["write", "read"]);
  });

  test("asks for Redis' password only when it is told to", () => {
    const variables = (options: object) => {
      const cache = RegistryCache.redis({ addresses: ["redis:6379"], ...options });
      return Object.keys(make({ registry: { cache } }).stack.variable);
    };
    expect(variables({})).not.toContain("registry_redis_password");
    expect(variables({ passwordFromVariable: true })).toContain("registry_redis_password");
  });
});

describe("PrivateRegistry in a larger stack", () => {
  test("passes provider and dependsOn to everything it makes", () => {
    const stack = synthesize((scope) => {
      const provider = new DockerProvider(scope, "remote", { alias: "remote", host: "ssh://host" });
      const before = new Network(scope, "before", { name: "before" });
      new PrivateRegistry(scope, "registry", { platform: new DockerHost({ provider }), dependsOn: [before] });
    });
    const docker = Object.entries(stack.resource).filter(([type]) => type.startsWith("docker_"));
    const made = docker.flatMap(([, all]) => Object.entries(all)).filter(([id]) => id !== "before");
    expect(made).toHaveLength(11 - 1);
    for (const [, resource] of made) expect(resource.provider).toBe("docker.remote");
    const services = ["_distribution_", "_rustfs_", "htpasswd-file"].map((word) =>
      find(stack, "docker_container", word),
    );
    for (const container of services) expect(container.depends_on).toContain("docker_network.before");
  });

  test("lets every resource be reached and changed", () => {
    const stack = synthesize((scope) => {
      const registry = new PrivateRegistry(scope, "registry");
      registry.distribution.container.addOverride("init", true);
      registry.networks.edge.addOverride("ipv6", true);
    });
    expect(find(stack, "docker_container", "_distribution_").init).toBe(true);
    expect(find(stack, "docker_network", "edge").ipv6).toBe(true);
  });

  test("refuses everything that is wrong at once, each by its whole name", () => {
    const build = () =>
      make({
        name: "Team",
        images: { distribution: "a//b:1" },
        networks: { edge: { mtu: 1 }, storage: { subnet: "10.0.0.1/8" } },
        storage: RegistryStorage.rustfs({ bucket: "A", parity: 3, console: { port: 0 } }),
        registry: {
          host: "http://a",
          realm: 'a"b',
          memoryMb: 1,
          publish: { address: "0.0.0.0", port: 443 },
          tls: RegistryTls.letsEncrypt({ email: "ops", hosts: ["registry.internal"] }),
          environment: { AWS_REGION: "x" },
          configuration: { http: { adr: ":1" } as never, log: { level: "loud" as never } },
        },
      });
    expect(refusedOptions(build)).toEqual([
      "name",
      "images.distribution",
      "networks.edge.mtu",
      "networks.storage.subnet",
      "storage.bucket",
      "storage.console.port",
      "storage.parity",
      "registry.host",
      "registry.realm",
      "registry.memoryMb",
      "registry.environment.AWS_REGION",
      "registry.tls.email",
      "registry.tls.hosts[0]",
      "registry.configuration.log.level",
      "registry.configuration.http.adr",
    ]);
  });

  test.each<[string, DistributionOverrides, string]>([
    ["the port", { http: { addr: ":5001" } }, "http.addr"],
    ["a socket", { http: { net: "unix", addr: "/run/registry" } }, "http.addr"],
    ["a prefix", { http: { prefix: "/a/" } }, "http.prefix"],
    ["TLS", { http: { tls: { certificate: "/a", key: "/b" } } }, "http.tls"],
    ["no debug port", { http: { debug: null } }, "http.debug"],
    ["the registry's port for debugging", { http: { debug: { addr: ":5000" } } }, "http.debug"],
    ["another users' file", { auth: { htpasswd: { path: "/elsewhere" } } }, "auth.htpasswd.path"],
    ["no login", { auth: null }, "auth"],
    ["a login that lets everybody in", { auth: { htpasswd: null, none: {} } }, "auth"],
  ])("refuses what would contradict the rest of the container: %s", (_, configuration, option) => {
    expect(refusedOptions(() => make({ registry: { configuration } }))).toEqual([`registry.configuration.${option}`]);
  });

  test("takes another kind of login", () => {
    const token = { realm: "https://auth.example.com", service: "s", issuer: "i", jwks: "/jwks.json" };
    expect(() => make({ registry: { configuration: { auth: { htpasswd: null, token } } } })).not.toThrow();
  });

  test.each<[string, PrivateRegistryProps, string]>([
    ["a bad name", { name: "Team" }, "'name' must be 1–40 lower-case"],
    ["a bad bucket", { storage: RegistryStorage.rustfs({ bucket: "A" }) }, "'storage.bucket' must be 3–63"],
    [
      "a small chunk",
      { storage: RegistryStorage.rustfs({ chunkSizeMb: 4 }) },
      "'storage.chunkSizeMb' must be a whole number of MiB 5–5120",
    ],
    [
      "drain above stop",
      { registry: { drainTimeoutSeconds: 80 } },
      "'registry.stopTimeoutSeconds' must exceed drainTimeoutSeconds",
    ],
    [
      "REGISTRY_ variables",
      { registry: { environment: { REGISTRY_LOG_LEVEL: "debug" } } },
      "'registry.environment.REGISTRY_LOG_LEVEL' must be a variable's name",
    ],
    [
      "plain HTTP off loopback",
      { registry: { publish: { address: "0.0.0.0", port: 80 } } },
      "'registry.tls' must not be none",
    ],
    [
      "unknown configuration keys",
      { registry: { configuration: { http: { adr: ":1" } as never } } },
      "'registry.configuration.http.adr' is no key",
    ],
  ])("refuses %s", (_, props, message) => expect(() => make(props)).toThrow(message));
});
