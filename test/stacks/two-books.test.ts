import { App, Testing } from "cdktf";
import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../config";
import { environmentJsonSchema } from "../../config/json-schema";
import { RegistryStack } from "../../stacks";
import { constructProblems } from "../../stacks/read";

// The schema of a file and the constructs must refuse the same: every key gets edge values of its kind, once through the
// file and once past its checks.

interface Node {
  readonly type?: string;
  readonly properties?: Record<string, Node>;
  readonly oneOf?: Node[];
  readonly items?: Node;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: unknown[];
  readonly const?: unknown;
  readonly additionalProperties?: Node | boolean;
}

type Json = Record<string, unknown>;

/** Files in which, together, every key has a place. */
const FILES: Record<string, Json> = {
  rustfs: {
    registry: { host: "localhost", notifications: { endpoints: [{ name: "a", url: "https://a.example.com" }] } },
    storage: { rustfs: { directories: ["/a", "/b", "/c", "/d"], console: {}, s3Publish: {} } },
    networks: { edge: { subnet: "10.1.0.0/24", gateway: "10.1.0.1" } },
    monitoring: {
      perses: {},
      prometheus: { alertmanagers: ["alertmanager:9093"] },
      alertmanager: {
        webhooks: [{ url: "https://alerts.example.com" }],
        email: { to: ["a@example.com"], from: "b@example.com", server: "mail:25" },
      },
    },
  },
  s3: {
    registry: {
      host: "localhost",
      tls: { mode: "behind-proxy", url: "https://localhost" },
      redirect: true,
      redirectEndpoint: "https://s3.example.com",
      cache: { type: "redis", addresses: ["redis:6379"] },
      metrics: { enabled: true, network: "monitoring" },
    },
    storage: { s3: { region: "r1", bucket: "abc", endpoint: "https://s3.example.com", encrypt: true } },
  },
  amazon: {
    registry: {
      host: "registry.example.com",
      publish: { address: "0.0.0.0", port: 443 },
      tls: { mode: "lets-encrypt", email: "a@example.com", hosts: ["registry.example.com"] },
      cache: { type: "none" },
      proxy: { remoteUrl: "https://hub.example.com" },
    },
    storage: { s3: { region: "r1", bucket: "abc" } },
  },
  certificate: {
    registry: {
      host: "registry.example.com",
      publish: { address: "0.0.0.0", port: 443 },
      tls: { mode: "certificate", certificateFile: "c.pem", keyFile: "k.pem", clientCaFiles: ["ca.pem"] },
      cache: { type: "inmemory" },
    },
  },
  ingress: {
    kubernetes: { context: "c", expose: { by: "ingress", className: "a", tlsSecretName: "b" } },
    registry: { host: "registry.example.com", tls: { mode: "behind-proxy", url: "https://registry.example.com" } },
  },
  "load balancer": {
    kubernetes: {
      context: "c",
      namespace: "n",
      replicas: 1,
      storage: { nodes: 1 },
      expose: { sourceRanges: ["10.0.0.0/8"] },
    },
    registry: {
      host: "registry.example.com",
      publish: { address: "all", port: 443 },
      tls: { mode: "certificate", certificateFile: "c.pem", keyFile: "k.pem" },
    },
  },
  plain: { registry: { host: "localhost", tls: { mode: "none" } }, storage: { rustfs: { volume: { name: "data" } } } },
};

/** Keys that constructs never see, with why. */
const FILE_ONLY: readonly RegExp[] = [
  /^state(\.|$)/, // Terraform's own backends
  /^docker(\.|$)/, // the provider's settings
  /^kubernetes\.(context|kubeconfig)$/, // the provider's settings
  /^(backup|registry\.garbageCollection)(\.|$)/, // what commands do, not what is built
  /^registry\.(tls\.mode|cache\.type)$/, // a function each: RegistryTls, RegistryCache
];

const TEXTS = [
  ...[
    "",
    " ",
    "a",
    "A",
    "ab",
    "a b",
    "a_b",
    "-a",
    "a-",
    "a.",
    "a..b",
    ".a",
    "a/b",
    "a//b",
    "/",
    "/a",
    "/a/",
    "/a/../b",
    "a:b",
  ],
  ...[
    "a//b:1",
    "a/b:1",
    "a:1",
    "a@sha256:12",
    "localhost",
    "registry.example.com",
    "registry.internal",
    "*.example.com",
  ],
  ...[
    "0.0.0.0",
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.5",
    "8.8.8.8",
    "::",
    "::1",
    "fd00::5",
    "[::1]",
    "256.1.1.1",
    "1.2.3.4:80",
  ],
  ...["10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/30", "fd00::/64", "10.1.0.1", "10.1.0.255", "10.2.0.1"],
  ...[
    "http://a",
    "https://a",
    "https://a/",
    "https://a/b",
    "https://localhost",
    "https://localhost:99999",
    "ftp://a",
    "staging",
  ],
  ...["https://[::1]:5000", "redis:6379", "redis:0", "redis:70000", "a@example.com", "a@b", "0123456789", "012345678"],
  ...["tls1.2", "tls1.3", "info", "debug", "loud", "no", "always", "${x}", "%{x}", 'a"b', "a\\b", "a\nb", "ä", "€"],
  ...[
    "a".repeat(40),
    "a".repeat(41),
    "a".repeat(63),
    "a".repeat(64),
    "a".repeat(101),
    "a".repeat(254),
    "C:\\certs\\a.pem",
  ],
  ...[
    "REGISTRY_LOG_LEVEL",
    "AWS_REGION",
    "OTEL_TRACES_EXPORTER",
    "GOMEMLIMIT",
    "HTTPS_PROXY",
    "RUSTFS_REGION",
    "RUSTFS_OK",
  ],
  ...["RUSTFS_SECRET_KEY", "MINIO_ROOT_USER", "RUSTFS_UNSAFE_X", "1A", "registry_http_secret", "scanner_token"],
];

/** Whether a file has the branch that a key belongs to. */
const hasPlace = (data: Json, path: string) => {
  if (path.startsWith("kubernetes")) return data.kubernetes !== undefined;
  const [, kind] = /^storage\.(\w+)/.exec(path) ?? [];
  return kind === undefined || ((data.storage ?? { rustfs: {} }) as Json)[kind] !== undefined;
};

const NUMBERS = [-1, 0, 0.001, 0.01, 0.5, 1, 1.5, 8, 9, 63, 64, 127, 128, 443, 1000, 2048, 5000, 65536, 1e6, 1e9];

/** Values at the edges of a key's kind. */
function edges({ type, minimum, maximum, enum: words, properties, additionalProperties, items }: Node): unknown[] {
  if (type === "boolean") return [true, false];
  if (type === "integer" || type === "number") {
    const bounds = [minimum, maximum].filter((bound) => bound !== undefined && Math.abs(bound) < 1e12) as number[];
    return [...bounds.flatMap((bound) => [bound - 1, bound, bound + 1]), ...NUMBERS];
  }
  if (type === "string") return [...(words ?? []), ...TEXTS];
  if (type === "array")
    return [
      [],
      ...edges(items ?? {}).map((one) => [one]),
      ...edges(items ?? {})
        .slice(0, 3)
        .map((one) => [one, one]),
    ];
  if (type === "object" && !properties && typeof additionalProperties === "object") {
    return [{}, ...TEXTS.map((name) => ({ [name]: edges(additionalProperties).at(2) ?? "x" }))];
  }
  return [];
}

/** Every key that a file has a place for, with its schema. */
function keys(node: Node, data: unknown, path: string): [string, Node][] {
  if (node.oneOf) {
    const branch = node.oneOf.find(({ properties = {} }) =>
      Object.entries(properties).some(([key, { const: word }]) => word !== undefined && word === (data as Json)?.[key]),
    );
    return branch ? keys(branch, data, path) : [];
  }
  if (node.items && Array.isArray(data)) {
    return [[path, node], ...data.flatMap((item, n) => keys(node.items ?? {}, item, `${path}.${n}`))];
  }
  if (!node.properties) return [[path, node]];
  return Object.entries(node.properties).flatMap(([key, child]) =>
    keys(child, (data as Json | undefined)?.[key], path ? `${path}.${key}` : key),
  );
}

function put(data: Json, path: string, value: unknown): boolean {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at: Json = data;
  for (const name of names) {
    if (at[name] === undefined) at[name] = {};
    if (typeof at[name] !== "object" || at[name] === null) return false;
    at = at[name] as Json;
  }
  at[last] = value;
  return true;
}

/** What constructs refuse of an environment. */
function refused(environment: Environment): readonly string[] {
  try {
    return constructProblems(environment, []).map(({ path, rule }) => `${path.join(".")} ${rule}`);
  } catch (error) {
    // Only past the file's checks: a list where a text belongs, and the like.
    return [String(error)];
  }
}

/** All values in CI; at a desk the empty ones, numbers and switches, and of texts a sixth, each key another one. */
const isTried = (path: string, value: unknown, n: number) =>
  process.env.CI !== undefined || !/"./.test(JSON.stringify(value)) || (n + path.length) % 6 === 0;

/** Keys that an earlier file had too. */
const tried = new Set<string>();

/** What the two say differently about a value of a key. */
function disagreement(data: Json, valid: Environment, path: string, value: unknown): string | undefined {
  const text = structuredClone(data);
  if (!put(text, path, value)) return undefined;
  const shown = `${path}: ${JSON.stringify(value).slice(0, 60)}`;
  const { environment, diagnostics } = parseEnvironment(JSON.stringify(text), "test.yaml");
  if (environment) {
    // Distribution's own keys are the constructs' to know; `readEnvironments` tells their findings at the key.
    const problems = refused(environment).filter(
      (problem) => !problem.startsWith(`${path}.`) || path !== "registry.configuration",
    );
    return problems.length > 0 ? `${shown} is fine in a file, but: ${problems.join("; ")}` : undefined;
  }
  // Secrets are refused because of where they stand, and rules of two sections are not the constructs'.
  if (diagnostics.every(({ rule }) => /secret|published by/.test(rule))) return undefined;
  const past = structuredClone(valid) as unknown as Json;
  const isRefused = !put(past, path, value) || refused(past as unknown as Environment).length > 0;
  return isRefused ? undefined : `${shown} is refused in a file, but constructs take it`;
}

test.each(Object.entries(FILES))(
  "file and constructs agree about every key of %s",
  (_, data) => {
    const { environment: valid, diagnostics } = parseEnvironment(JSON.stringify(data), "test.yaml");
    if (!valid) throw new Error(JSON.stringify(diagnostics));
    const found = keys(environmentJsonSchema() as Node, data, "")
      .filter(([path]) => hasPlace(data, path) && !FILE_ONLY.some((one) => one.test(path)) && !tried.has(path))
      .flatMap(([path, node]) => {
        tried.add(path);
        return edges(node).flatMap(
          (value, n) => (isTried(path, value, n) && disagreement(data, valid, path, value)) || [],
        );
      });
    expect(found).toEqual([]);
  },
  300_000,
);

test("every key was tried", () => {
  expect(tried.size).toBeGreaterThan(90);
});

function built(environment: Environment): string {
  const stack = new RegistryStack(new App({ stackTraces: false, outdir: "cdktf.out" }), environment);
  stack.prepareStack();
  return Testing.synth(stack, true);
}

const read = (values: Json) => parseEnvironment(JSON.stringify(values), "test.yaml").environment;

/** Whether one of the first values of a key that are valid there and mean something else is built. @returns nothing: none is valid */
function changesWhatIsBuilt(data: Json, before: string, path: string, node: Node): boolean | undefined {
  const plain = JSON.stringify(read(data));
  let tried = 0;
  for (const value of edges(node)) {
    const text = structuredClone(data);
    const other = put(text, path, value) ? read(text) : undefined;
    if (!other || JSON.stringify(other) === plain) continue;
    if (built(other) !== before) return true;
    tried += 1;
    if (tried === 3) break;
  }
  return tried > 0 ? false : undefined;
}

// A text that is dropped on the way is found by every-key.yaml.
test("every switch and number changes what is built, in one of the files", () => {
  const found = new Map<string, boolean>();
  for (const data of Object.values(FILES)) {
    const before = built(read(data) as Environment);
    for (const [path, node] of keys(environmentJsonSchema() as Node, data, "")) {
      const isOurs = hasPlace(data, path) && !FILE_ONLY.some((one) => one.test(path));
      if (!isOurs || !/boolean|integer|number/.test(node.type ?? "") || found.get(path)) continue;
      const changes = changesWhatIsBuilt(data, before, path, node);
      if (changes !== undefined) found.set(path, changes);
    }
  }
  expect([...found].filter(([, changes]) => !changes).map(([path]) => path)).toEqual([]);
  expect(found.size).toBeGreaterThan(40);
}, 300_000);
