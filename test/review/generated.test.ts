import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, Testing } from "cdktf";
import { describe, expect, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { type Environment, parseEnvironment } from "../../config";
import { environmentJsonSchema } from "../../config/json-schema";
import { Htpasswd } from "../../constructs/registry/htpasswd";
import { type Finding, review } from "../../review";
import { RegistryStack } from "../../stacks";
import { makePlan } from "../support/fake-terraform/plan.mjs";
import { Random } from "./random";

// A rule that fires on a stack that we generate has to have a reason in the environment's file.
vi.setConfig({ testTimeout: 600_000 });

const LOOPBACK = "127.0.0.1";

/** Why each of these may speak of a stack of ours. Whatever is not in here must stay silent. */
const REASONS: Readonly<Record<string, (environment: Environment) => boolean>> = {
  "data-volume-unprotected": ({ storage }) => storage.rustfs?.volume?.protect === false,
  "debug-logging": ({ registry, storage }) => registry.log.level === "debug" || storage.rustfs?.logLevel === "debug",
  "image-known-bad": ({ images, registry }) =>
    images.distribution?.startsWith("registry:3.0.0") === true && registry.proxy !== undefined,
  // The file names an image, or wants a part whose image is pinned by tag.
  "image-unpinned": ({ images: { mirror, ...images }, ui, access, monitoring: { alertmanager, perses } }) =>
    [...Object.values(images), ui, access, alertmanager, perses].some((one) => one !== undefined),
  "no-restart-policy": ({ registry, storage }) => registry.restart === "no" || storage.rustfs?.restart === "no",
  // Off loopback plain HTTP needs a reason in the file, also to a proxy on another machine.
  "registry-without-tls": ({ registry: { tls, publish } }) =>
    (tls.mode === "none" || (tls.mode === "behind-proxy" && tls.reason !== undefined)) && publish.address !== LOOPBACK,
  // Published ports need a network with a way out.
  "storage-network-open": ({ storage: { rustfs } }) => Boolean(rustfs?.console ?? rustfs?.s3Publish),
  "storage-published": ({ storage: { rustfs } }) =>
    [rustfs?.console, rustfs?.s3Publish].some((port) => port !== undefined && port.address !== LOOPBACK),
};

type Values = Record<string, unknown>;

/**
 * Values that rules may stumble over: names that sound secret and are not, values that mean danger. Keys that are not here get
 * the words, numbers and truth values that the schema allows, or what `every-key.yaml` has.
 */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  name: ["prod", "secret-registry"],
  "docker.host": ["tcp://docker.example.com:2376", "ssh://deploy@docker.example.com"],
  "docker.sshOptions": [["-o", "StrictHostKeyChecking=yes"]],
  "images.distribution": ["my/distribution:3.1.2", "registry:3.0.0"],
  "registry.host": ["registry.example.com"],
  "registry.publish.address": [LOOPBACK, "0.0.0.0", "10.0.0.5"],
  "registry.publish.port": [443, 5000, 5001],
  "registry.realm": ["Secret token realm"],
  "registry.log.fields": [{ "build-id": "x9KpQ2mZ7vR4" }],
  "registry.tls.reason": ["a laboratory behind a firewall, without names"],
  "registry.tls.email": ["a@example.com", "token-secret@example.com"],
  "registry.tls.hosts": [["registry.example.com"]],
  "registry.tls.directoryUrl": ["https://acme.example.com/directory"],
  "registry.tls.caFile": ["acme-ca.pem", "secrets/acme-key-ca.pem"],
  "registry.tls.certificateFile": ["secrets/certificate.pem"],
  "registry.tls.keyFile": ["secrets/private.key"],
  "registry.tls.clientCaFiles": [["client-token-ca.pem"]],
  "registry.tls.url": ["https://registry.example.com"],
  "registry.tls.network": ["proxy"],
  "registry.cache": [
    { type: "inmemory", size: 5 },
    { type: "redis", addresses: ["redis.example.com:6379"], database: 7 },
    { type: "redis", addresses: ["redis.example.com:6379"], username: "u", passwordFromVariable: true, tls: true },
    { type: "none" },
  ],
  "registry.proxy.remoteUrl": ["https://mirror.example.com"],
  "registry.proxy.username": ["reader"],
  backup: [{ target: "s3:https://token.example.com/backups/secret", schedule: "Mon,Thu 03:30", keep: 7 }],
  "monitoring.alertmanager.email": [
    {
      ...{ to: ["token@example.com"], from: "registry@example.com", server: "mail.example.com:587" },
      ...{ username: "registry", tls: true },
    },
  ],
  "registry.garbageCollection.schedule": ["Sun 04:00"],
  "registry.retention": [
    [
      {
        repositories: ["team/*"],
        tags: ["pr-*"],
        keep: { newest: 5, pushedWithinDays: 14, versions: ">=1", tags: ["latest"] },
      },
    ],
  ],
  "registry.environment": [{ HTTPS_PROXY: "http://web-proxy.example.com:3128" }, { GODEBUG: "netdns=go" }],
  "registry.labels": [{ "build-id": "aB3dE5gH7jK9mN1pQ3" }],
  "registry.configuration": [
    { policy: { repository: { classes: ["image"] } } },
    { http: { debug: { addr: ":5099" } } },
  ],
  "storage.rustfs.bucket": ["images", "secret-images"],
  "storage.rustfs.region": ["eu-west-3"],
  "storage.rustfs.rootDirectory": ["prefix"],
  "storage.rustfs.chunkSizeMb": [5, 64],
  "storage.rustfs.volume.name": ["password-store"],
  "storage.rustfs.directories": [["/srv/a", "/srv/b", "/srv/c", "/srv/d"]],
  "storage.rustfs.parity": [0, 2],
  "storage.rustfs.console.address": [LOOPBACK, "0.0.0.0"],
  "storage.rustfs.s3Publish.address": [LOOPBACK, "0.0.0.0"],
  "storage.rustfs.memoryMb": [2048, 8192],
  "storage.rustfs.environment": [{ RUST_LOG: "info" }],
  "storage.rustfs.labels": [{ "build-label": "a-password-of-no-use-1" }],
  "storage.s3.endpoint": ["https://s3.example.com", "http://10.1.2.3:9000"],
  "storage.s3.chunkSizeMb": [5, 64],
  "storage.s3.caFile": ["s3-secret-ca.pem"],
  "networks.edge.labels": [{ a: "b-password" }],
  labels: [{ "com.example.team": "aB3dE5gH7jK9mN1pQ3" }],
};

/** What a key may be, or what the keys below it may be. */
type Choices = readonly unknown[] | { readonly [key: string]: Choices };

interface Node {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly properties?: Record<string, Node>;
  readonly oneOf?: Node[];
  readonly items?: Node;
}

function choices({ properties, type, ...node }: Node, every: unknown, path: string): Choices {
  const chosen = VALUES[path];
  if (chosen) return chosen;
  if (properties) {
    return Object.fromEntries(
      Object.entries(properties).map(([key, child]) => [
        key,
        choices(child, (every as Values | undefined)?.[key], path ? `${path}.${key}` : key),
      ]),
    );
  }
  if (node.const !== undefined) return [node.const];
  if (type === "boolean") return [true, false];
  if (node.enum) return node.enum;
  return [every, ...(type === "integer" ? [node.default, node.minimum] : [])].filter((value) => value !== undefined);
}

const SCHEMA = environmentJsonSchema() as Node;
const EVERY = parse(readFileSync(join(__dirname, "../stacks/every-key.yaml"), "utf8"));
const branches = (path: string, { oneOf = [] }: Node = {}) =>
  oneOf.map((node) => choices(node, undefined, path) as Values);

// State lies elsewhere, and no rule can know where. TLS and storage are of one kind each. Rights need most of their keys, and go
// with no page to browse.
const {
  registry: REGISTRY,
  storage: STORAGE,
  access: ACCESS,
  ui: UI,
  kubernetes: _kubernetes,
  state: _,
  ...REST
} = choices(SCHEMA, EVERY, "") as Record<string, Values>;
const TLS = branches("registry.tls", SCHEMA.properties?.registry?.properties?.tls);

/** Some of the keys, each with one of its values. */
function some(random: Random, pool: Values, chance: number): Values {
  const chosen = Object.entries(pool).flatMap(([key, values]): [string, unknown][] => {
    if (random.next() > chance) return [];
    if (Array.isArray(values)) return [[key, random.pick(values)]];
    const inner = some(random, values as Values, Math.max(chance, 0.5));
    return Object.keys(inner).length > 0 ? [[key, inner]] : [];
  });
  return Object.fromEntries(chosen);
}

/** Ways in exclude each other, so these are whole. */
const CLUSTERS: readonly (Values & { expose?: Values })[] = [
  {
    ...{ context: "secret-cluster", kubeconfig: "~/.kube/config", namespace: "registry", replicas: 3 },
    storage: { nodes: 4, storageClass: "fast", sizeGb: 20 },
    nodeSelector: { "example.com/disk": "fast" },
    tolerations: [{ key: "dedicated", value: "images", effect: "NoSchedule" }],
    imagePullSecrets: ["pull-secret"],
  },
  { context: "prod", replicas: 1, storage: { nodes: 1 }, expose: { by: "node-port", nodePort: 30500 } },
  {
    context: "prod",
    expose: {
      by: "load-balancer",
      sourceRanges: ["10.0.0.0/8"],
      annotations: { "cert-manager.io/cluster-issuer": "a" },
    },
  },
  { context: "prod", expose: { by: "ingress", className: "nginx", tlsSecretName: "registry-tls" } },
];

/** What a cluster has in its own way, and refuses. */
const DOCKER_ONLY: Readonly<Record<string, readonly string[]>> = {
  registry: ["extraNetworks", "restart"],
  metrics: ["network"],
  rustfs: ["directories", "console", "s3Publish", "restart"],
  volume: ["name"],
  tls: ["network"],
};

function withoutDocker(section: string, values: Values): Values {
  const kept = Object.entries(values).filter(([key]) => !DOCKER_ONLY[section]?.includes(key));
  return Object.fromEntries(
    kept.map(([key, value]) => [key, Object.hasOwn(DOCKER_ONLY, key) ? withoutDocker(key, value as Values) : value]),
  );
}

/** On a cluster in place of a Docker host: every key of the section stays possible. */
function onCluster(
  random: Random,
  { docker: _docker, networks: _networks, monitoring: _monitoring, access: _access, ui: _ui, ...rest }: Values,
): Values {
  const { registry, storage, ...others } = rest as Record<string, Values>;
  // Several registries share neither a certificate of their own nor a pull-through cache; a cluster chooses addresses.
  const tls = registry?.tls as Values;
  const isAlone = tls?.mode === "lets-encrypt" || registry?.proxy !== undefined;
  const section = random.pick(
    tls?.mode === "behind-proxy" ? CLUSTERS : CLUSTERS.filter(({ expose }) => expose?.by !== "ingress"),
  );
  const kubernetes = { ...section, ...(isAlone ? { replicas: 1 } : {}) };
  return {
    ...others,
    kubernetes,
    registry: {
      ...withoutDocker("registry", registry ?? {}),
      cache: { type: "none" },
      publish: { address: LOOPBACK, port: 5000 },
    },
    storage: storage?.rustfs ? { rustfs: withoutDocker("rustfs", storage.rustfs as Values) } : storage,
  };
}

function generate(random: Random): Values {
  const values = onDocker(random);
  return random.next() < 0.3 ? onCluster(random, values) : values;
}

function onDocker(random: Random): Values {
  const chance = random.pick([0.15, 0.4, 0.8]);
  const tls = random.pick(TLS);
  const [kind, storage] = random.pick(Object.entries(STORAGE ?? {}));
  return {
    ...some(random, REST, chance),
    ...(random.next() < 0.3 ? some(random, { access: ACCESS }, 0.9) : some(random, { ui: UI }, chance)),
    registry: {
      ...some(random, REGISTRY ?? {}, chance),
      host: "registry.example.com",
      // A kind of TLS needs most of its keys.
      tls: { ...some(random, tls, 0.9), mode: (tls.mode as string[])[0] },
    },
    storage: { [kind]: some(random, storage as Values, kind === "s3" ? Math.max(chance, 0.6) : chance) },
  };
}

/** Valid files only, as the reader of files judges them: one for each key at least, then more up to a number. */
function environments(count: number): [Values, Environment][] {
  const random = new Random(22);
  const missing = new Set(KEYS);
  const found: [Values, Environment][] = [];
  for (let tries = 0; (missing.size > 0 || found.length < count) && tries < 20_000; tries++) {
    const values = generate(random);
    const written = paths(values);
    const isNews = written.some((path) => missing.has(path));
    if (!isNews && found.length >= count) continue;
    const { environment } = parseEnvironment(stringify(values), "environments/prod.yaml");
    if (!environment) continue;
    found.push([values, environment]);
    for (const path of written) missing.delete(path);
  }
  return found;
}

function findings(environment: Environment): readonly Finding[] {
  const stack = new RegistryStack(new App({ stackTraces: false, outdir: "cdktf.out" }), environment);
  stack.prepareStack();
  const synthesized = Testing.synth(stack, true);
  const reports = [review(synthesized), review(JSON.stringify(planOf(synthesized)))];
  for (const { problem } of reports) expect(problem).toBeUndefined();
  return reports.flatMap((report) => report.findings);
}

const NOTHING = { resources: [], outputs: {} };

/** What Terraform would plan where nothing exists, with secrets as `secrets init` makes them and hashes as files have them. */
function planOf(synthesized: string): unknown {
  const known = synthesized.replace(/\$\{filesha256\(\\"([^"]*)\\"\)\}/g, (_, path) =>
    createHash("sha256").update(path).digest("hex"),
  );
  const config = JSON.parse(known);
  const given = Object.fromEntries(Object.keys(config.variable ?? {}).map((name) => [name, secretFor(name)]));
  const plan = makePlan({
    config,
    prior: NOTHING,
    current: NOTHING,
    given,
    destroy: false,
    targets: [],
    version: "1.11.4",
  });
  for (const { change } of plan.resource_changes) {
    for (const set of ["upload", "env"]) {
      // A mark on one member is a mark on the set.
      if (JSON.stringify(change.after_sensitive[set] ?? "").includes("true")) change.after_sensitive[set] = true;
    }
  }
  return plan;
}

function secretFor(name: string): string {
  if (name === "registry_htpasswd") return Htpasswd.empty.with("admin", "correct-horse-battery").toString();
  return createHash("sha256").update(`secret ${name}`).digest("base64url");
}

/** Paths of the keys that are written, `registry.tls.mode`. */
function paths(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => (typeof item === "object" ? paths(item, path) : []));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = path ? `${path}.${key}` : key;
    return [here, ...paths(item, here)];
  });
}

function keysOf(node: Node, path = ""): string[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const here = path ? `${path}.${key}` : key;
    return [here, ...keysOf(child, here)];
  });
  return [
    ...own,
    ...[...(node.oneOf ?? []), ...(node.items ? [node.items] : [])].flatMap((child) => keysOf(child, path)),
  ];
}

const KEYS = [...new Set(keysOf(SCHEMA))].filter((key) => !/^state\b/.test(key));
const COUNT = process.env.CI ? 150 : 60;

describe("on the stack of any valid file", () => {
  const all = environments(COUNT);

  test("every key of the schema is in one of the files", () => {
    const written = new Set(all.flatMap(([values]) => paths(values)));
    expect(KEYS.filter((key) => !written.has(key))).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(COUNT);
  });

  test("no rule fires without a reason", () => {
    const unreasoned = new Map<string, string>();
    for (const [values, environment] of all) {
      for (const { rule, message } of findings(environment)) {
        if (!REASONS[rule]?.(environment)) unreasoned.set(rule, `${message}\n${stringify(values)}`);
      }
    }
    expect(Object.fromEntries(unreasoned)).toEqual({});
  });
});
