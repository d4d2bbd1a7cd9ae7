import { createHash } from "node:crypto";
import { App, Testing } from "cdktf";
import { describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
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
  "image-unpinned": ({ images }) => images.distribution !== undefined || images.rustfs !== undefined,
  "no-restart-policy": ({ registry, storage }) => registry.restart === "no" || storage.rustfs?.restart === "no",
  "registry-without-tls": ({ registry: { tls, publish } }) => tls.mode === "none" && publish.address !== LOOPBACK,
  // Published ports need a network with a way out.
  "storage-network-open": ({ storage: { rustfs } }) => Boolean(rustfs?.console ?? rustfs?.s3Publish),
  "storage-published": ({ storage: { rustfs } }) =>
    [rustfs?.console, rustfs?.s3Publish].some((port) => port !== undefined && port.address !== LOOPBACK),
};

type Values = Record<string, unknown>;

/** Which kinds of TLS, storage and the rest there are, and values for their keys: one is picked, or the key is left out. */
const TLS: readonly Values[] = [
  { mode: ["none"], reason: ["a laboratory behind a firewall, without names"] },
  {
    mode: ["lets-encrypt"],
    email: ["a@example.com", "token-secret@example.com"],
    hosts: [["registry.example.com"]],
    directoryUrl: ["https://acme.example.com/directory"],
    caFile: ["acme-ca.pem", "secrets/acme-key-ca.pem"],
    protectCertificates: [true, false],
  },
  {
    mode: ["certificate"],
    certificateFile: ["secrets/certificate.pem"],
    keyFile: ["secrets/private.key"],
    clientCaFiles: [["client-token-ca.pem"]],
    clientAuth: ["require-and-verify-client-cert", "request-client-cert"],
    minimumVersion: ["tls1.2", "tls1.3"],
    cipherSuites: [["TLS_CHACHA20_POLY1305_SHA256"]],
  },
  {
    mode: ["behind-proxy"],
    url: ["https://registry.example.com"],
    relativeUrls: [true, false],
    network: ["proxy"],
  },
];

const STORAGE: readonly Values[] = [
  {
    rustfs: {
      bucket: ["images", "secret-images"],
      region: ["eu-west-3"],
      rootDirectory: ["prefix"],
      chunkSizeMb: [5, 64],
      multipartCopyConcurrency: [1, 9],
      volume: { name: ["password-store"], protect: [true, false] },
      directories: [["/srv/a", "/srv/b", "/srv/c", "/srv/d"]],
      parity: [0, 2],
      console: { address: [LOOPBACK, "0.0.0.0"], port: [9001] },
      s3Publish: { address: [LOOPBACK, "0.0.0.0"], port: [9000] },
      memoryMb: [2048, 8192],
      memoryRestart: [true, false],
      cpus: [0.5, 4],
      logLevel: ["error", "debug"],
      incompleteUploadDays: [1, 365],
      stopTimeoutSeconds: [30, 300],
      restart: ["no", "always"],
      environment: [{ RUST_LOG: "info" }],
      labels: [{ "build-label": "a-password-of-no-use-1" }],
    },
  },
  {
    s3: {
      endpoint: ["https://s3.example.com", "http://10.1.2.3:9000"],
      region: ["eu-west-3"],
      bucket: ["images"],
      rootDirectory: ["prefix"],
      keysFrom: ["secrets", "machine-role"],
      forcePathStyle: [true, false],
      chunkSizeMb: [5, 64],
      multipartCopyConcurrency: [1, 9],
      skipVerify: [true, false],
      caFile: ["s3-secret-ca.pem"],
      encrypt: [true, false],
      kmsKeyId: ["s3-kms-key"],
      storageClass: ["STANDARD", "ONEZONE_IA"],
      objectAcl: ["private", "bucket-owner-read"],
      accelerate: [true, false],
      dualStack: [true, false],
    },
  },
];

const REGISTRY: Values = {
  publish: { address: [LOOPBACK, "0.0.0.0", "10.0.0.5"], port: [443, 5000, 5001] },
  realm: ["Secret token realm"],
  log: {
    level: ["error", "warn", "info", "debug"],
    format: ["text", "json", "logstash"],
    accessLog: [true, false],
    fields: [{ "build-id": "x9KpQ2mZ7vR4" }],
  },
  delete: [true, false],
  readOnly: [true, false],
  retention: [
    [
      {
        repositories: ["team/*"],
        tags: ["pr-*"],
        keep: { newest: 5, pushedWithinDays: 14, versions: ">=1", tags: ["latest"] },
      },
    ],
  ],
  redirect: [true, false],
  redirectEndpoint: ["https://redirect.example.com"],
  cache: [
    { type: "inmemory", size: 5 },
    { type: "redis", addresses: ["redis.example.com:6379"], database: 7 },
    { type: "redis", addresses: ["redis.example.com:6379"], username: "u", passwordFromVariable: true, tls: true },
    { type: "none" },
  ],
  uploadPurging: { enabled: [true, false], ageHours: [24], intervalHours: [13], dryRun: [true, false] },
  limits: { tags: [901], catalog: [902] },
  headers: [{ "X-Content-Type-Options": ["nosniff"] }],
  metrics: { enabled: [true, false], path: ["/numbers"], port: [5077], network: ["metrics"] },
  notifications: {
    includeReferences: [true, false],
    endpoints: [
      [
        {
          name: "audit",
          url: "https://events.example.com/hook",
          timeoutSeconds: 6,
          threshold: 17,
          backoffSeconds: 3,
          headers: { "X-Plain": ["plain"] },
          headersFromVariables: { Authorization: "events_token" },
          ignoredMediaTypes: ["application/ignored"],
          ignore: { mediaTypes: ["application/ignored-too"], actions: ["mount"] },
          disabled: true,
        },
      ],
    ],
  },
  proxy: { remoteUrl: ["https://mirror.example.com"], ttlHours: [0, 168], username: ["reader"] },
  drainTimeoutSeconds: [1, 41],
  stopTimeoutSeconds: [43, 90],
  restart: ["no", "on-failure", "always", "unless-stopped"],
  uploadsAtOnce: [3, 64],
  memoryMb: [777, 8192],
  cpus: [0.5, 2],
  environment: [{ HTTPS_PROXY: "http://web-proxy.example.com:3128" }, { GODEBUG: "netdns=go" }],
  labels: [{ "build-id": "aB3dE5gH7jK9mN1pQ3" }],
  configuration: [{ policy: { repository: { classes: ["image"] } } }, { http: { debug: { addr: ":5099" } } }],
};

const REST: Values = {
  name: ["prod", "secret-registry"],
  docker: {
    host: ["tcp://docker.example.com:2376", "ssh://deploy@docker.example.com"],
    tlsDirectory: ["docker-tls"],
    olderThan25: [true, false],
    sshOptions: [["-o", "StrictHostKeyChecking=yes"]],
  },
  images: {
    mirror: ["mirror.example.com/hub"],
    distribution: ["my/distribution:3.1.2", "registry:3.0.0"],
    rustfs: ["my/rustfs:1.0.1"],
  },
  networks: {
    edge: { subnet: ["172.29.0.0/24"], gateway: ["172.29.0.9"], mtu: [1401], labels: [{ a: "b-password" }] },
    storage: { subnet: ["172.29.1.0/24"], gateway: ["172.29.1.9"], mtu: [1402], labels: [{ c: "d" }] },
  },
  labels: [{ "com.example.team": "aB3dE5gH7jK9mN1pQ3" }],
};

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

function generate(random: Random): Values {
  const chance = random.pick([0.15, 0.4, 0.8]);
  const tls = random.pick(TLS);
  const [[kind = "", storage = {}] = []] = Object.entries(random.pick(STORAGE));
  return {
    ...some(random, REST, chance),
    registry: {
      host: "registry.example.com",
      ...some(random, REGISTRY, chance),
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

interface Node {
  readonly properties?: Record<string, Node>;
  readonly oneOf?: Node[];
  readonly items?: Node;
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

// State lies elsewhere, and no rule can know where.
const KEYS = [...new Set(keysOf(environmentJsonSchema() as Node))].filter((key) => !/^state\b/.test(key));
const COUNT = process.env.CI ? 300 : 60;

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
