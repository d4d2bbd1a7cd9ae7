import { describe, expect, test } from "vitest";
import { formatDiagnostic, parseEnvironment } from "../../config";

/** A file with one key at a value, and what that key needs around it. */
function withKey(path: string, value: unknown): string {
  const keys = path.split(".");
  const data = structuredClone(AROUND.find(([prefix]) => path.startsWith(prefix))?.[1] ?? {}) as Record<
    string,
    unknown
  >;
  data.registry = { host: "localhost", ...(data.registry as object) };
  let inside = data;
  for (const key of keys.slice(0, -1)) {
    inside[key] ??= {};
    inside = inside[key] as Record<string, unknown>;
  }
  inside[keys.at(-1) ?? ""] = value;
  return JSON.stringify(data);
}

const AROUND: readonly (readonly [prefix: string, data: object])[] = [
  ["storage.rustfs.parity", { storage: { rustfs: { directories: Array.from({ length: 16 }, (_, i) => `/d${i}`) } } }],
  ["storage.s3", { storage: { s3: { region: "us-east-1", bucket: "abc" } } }],
  [
    "registry.notifications.endpoints.0",
    { registry: { notifications: { endpoints: [{ name: "a", url: "http://a" }] } } },
  ],
  ["registry.proxy", { registry: { proxy: { remoteUrl: "https://hub.example.com" } } }],
  ["registry.cache.size", { registry: { cache: { type: "inmemory" } } }],
  ["registry.cache", { registry: { cache: { type: "redis", addresses: ["redis:6379"] } } }],
  ["registry.drainTimeoutSeconds", { registry: { stopTimeoutSeconds: 3600 } }],
  ["registry.stopTimeoutSeconds", { registry: { drainTimeoutSeconds: 0 } }],
  ["state.retry", { state: { backend: "http", address: "https://state.example.com" } }],
  // Else the limit would have to hold 32 uploads.
  ["registry.memoryMb", { registry: { uploadsAtOnce: 1 }, storage: { rustfs: { chunkSizeMb: 5 } } }],
  ["registry.tls.reason", { registry: { tls: { mode: "none" } } }],
  [
    "registry.tls.email",
    {
      registry: {
        host: "a.example.com",
        publish: { address: "0.0.0.0", port: 443 },
        tls: { mode: "lets-encrypt", hosts: ["a.example.com"] },
      },
    },
  ],
  ["registry.tls.url", { registry: { tls: { mode: "behind-proxy" } } }],
  ["storage.rustfs.directories.0", { storage: { rustfs: { directories: ["/srv"] } } }],
];

/** The problems that a value has at its own key. */
const rejects = (path: string, value: unknown) => {
  const key = path.replace(/\.(\d+)(?=\.|$)/g, "[$1]");
  return parseEnvironment(withKey(path, value), "test.yaml").diagnostics.filter((one) => one.path === key);
};
const accepts = (path: string, value: unknown) => parseEnvironment(withKey(path, value), "test.yaml").diagnostics;

/** Problems that a value has anywhere, in one line for each value that has some. */
const refused = (path: string, values: readonly unknown[]) =>
  values.flatMap((value) => {
    const problems = accepts(path, value);
    return problems.length > 0 ? [`${JSON.stringify(value)}: ${problems.map(formatDiagnostic).join("; ")}`] : [];
  });
/** The values that have no problem, or several, at their own key. */
const taken = (path: string, values: readonly unknown[]) =>
  values.filter((value) => rejects(path, value).length !== 1).map((value) => JSON.stringify(value));

// Each key is bound to a range by hand, so its four edges are tried; what no number may be is tried once, below.
test.each([
  ["registry.publish.port", 1, 65535],
  ["registry.metrics.port", 1, 65535],
  ["registry.cache.size", 1, 10_000_000],
  ["registry.cache.database", 0, 1_000_000],
  ["registry.uploadPurging.ageHours", 1, 87600],
  ["registry.uploadPurging.intervalHours", 1, 87600],
  ["registry.limits.tags", 1, 1_000_000],
  ["registry.limits.catalog", 1, 1_000_000],
  ["registry.notifications.endpoints.0.timeoutSeconds", 1, 3600],
  ["registry.notifications.endpoints.0.threshold", 1, 1000],
  ["registry.notifications.endpoints.0.backoffSeconds", 1, 3600],
  ["registry.proxy.ttlHours", 0, 87600],
  ["registry.drainTimeoutSeconds", 0, 3599],
  ["registry.stopTimeoutSeconds", 1, 3600],
  ["registry.uploadsAtOnce", 1, 10000],
  ["registry.memoryMb", 128, 1048576],
  ["storage.rustfs.chunkSizeMb", 5, 5120],
  ["storage.rustfs.multipartCopyConcurrency", 1, 1000],
  ["storage.rustfs.parity", 0, 8],
  ["storage.rustfs.console.port", 1, 65535],
  ["storage.rustfs.s3Publish.port", 1, 65535],
  ["storage.rustfs.memoryMb", 2048, 1048576],
  ["storage.rustfs.incompleteUploadDays", 1, 365],
  ["storage.rustfs.stopTimeoutSeconds", 30, 3600],
  ["storage.s3.chunkSizeMb", 5, 5120],
  ["storage.s3.multipartCopyConcurrency", 1, 1000],
  ["networks.edge.mtu", 576, 65535],
  ["networks.storage.mtu", 576, 65535],
  ["state.retryMax", 0, 100],
  ["state.retryWaitMin", 0, 3600],
  ["state.retryWaitMax", 0, 3600],
])("%s is %d to %d", (path, min, max) => {
  expect(refused(path, [min, max])).toEqual([]);
  // 3600 s of draining are a fine number, and too long for any stop timeout.
  const isCrossRule = path === "registry.drainTimeoutSeconds";
  expect(taken(path, isCrossRule ? [min - 1] : [min - 1, max + 1])).toEqual([]);
});

test("a number is whole, and written as one", () => {
  expect(taken("storage.rustfs.memoryMb", [2048.5, "4096", true, null, [], {}])).toEqual([]);
});

test.each([
  ["name", ["a", "a".repeat(40), "0-a-"], ["", "-a", "A", "a_b", "a.b", "a".repeat(41), "ä"]],
  [
    "docker.host",
    [
      "unix:///run/docker.sock",
      "npipe:////./pipe/docker_engine",
      "tcp://localhost:2375",
      "tcp://[::1]:2375",
      "ssh://a@h",
      "ssh://a@h.example:22",
      "ssh://alias-of-ssh-config",
    ],
    ["", "docker.sock", "http://h", "tcp://localhost", "ssh://", "ssh://a@h:", "ssh://a@h/path", "unix://run"],
  ],
  [
    "images.mirror",
    ["mirror.example.com", "mirror.example.com:5000/a/b"],
    ["https://mirror.example.com", "mirror.example.com/", "a b", ""],
  ],
  [
    "images.distribution",
    ["registry:3", "ghcr.io/a/b:1.2-x", `localhost:5000/a@sha256:${"0".repeat(64)}`, `a/b:3@sha256:${"f".repeat(64)}`],
    [
      "registry",
      "localhost:5000/registry",
      "Registry:3",
      "registry:",
      "registry@sha256:12",
      "https://ghcr.io/a:1",
      "a b:1",
    ],
  ],
  [
    "registry.host",
    ["localhost", "registry.example.com", "10.0.0.7", "a-1", "::1", "fd00::5"],
    [
      "",
      "a_b",
      "A",
      "-a",
      "a.",
      "a:5000",
      "http://a",
      "256.1.1.1",
      "[::1]",
      "::g",
      "fe80::1%eth0",
      "a/b",
      "a".repeat(64),
    ],
  ],
  [
    "registry.publish.address",
    ["127.0.0.1", "127.255.0.1", "::1", ["127.0.0.1", "::1"]],
    ["", "localhost", "127.0.0", "127.0.0.1:80", "::g", "*", "ALL", [], ["127.0.0.1", "127.0.0.1"], 5],
  ],
  ["registry.realm", ["registry", "Example's registry: Ü"], ["", 'a"b', "a\\b", "a\nb"]],
  ["registry.tls.reason", ["0123456789", "in a lab without a way in"], ["012345678", "          ", ""]],
  ["registry.tls.email", ["a@example.com"], ["a", "a@b", "a @example.com", "@example.com"]],
  [
    "registry.tls.url",
    ["https://localhost", "https://localhost:8443/"],
    ["http://localhost", "https://localhost/path", "https://localhost?a", "localhost", "https://localhost#a"],
  ],
  ["registry.metrics.path", ["/metrics", "/a/b"], ["metrics", "/", "/a b", ""]],
  [
    "registry.proxy.remoteUrl",
    ["https://hub.example.com", "http://hub:5000"],
    ["hub.example.com", "https://hub.example.com/v2", "ftp://hub"],
  ],
  ["registry.cpus", [0.01, 1.5, 1024], [0, 0.001, 1025, -1, "1"]],
  ["registry.restart", ["no", "on-failure", "always", "unless-stopped"], ["never", false, ""]],
  ["registry.headers", [{ "X-A": ["b"] }, {}], [[], null]],
  ["registry.configuration", [{}, { http: { http2: { disabled: true } } }], [[], "a", null]],
  [
    "storage.rustfs.bucket",
    ["abc", "a.b-c", "a".repeat(63)],
    ["ab", "a".repeat(64), "Abc", "-abc", "abc-", "a..b", "1.2.3.4", "a_b"],
  ],
  ["storage.rustfs.rootDirectory", ["registry", "/registry/", "a/b.c/d_e-f"], ["", "/", "..", "a/../b", "a//b", "a b"]],
  [
    "storage.rustfs.directories",
    [["/srv/a"], ["/a", "/b b"], Array.from({ length: 16 }, (_, i) => `/d${i}`)],
    [[], Array.from({ length: 17 }, (_, i) => `/d${i}`), "/srv", null],
  ],
  ["storage.rustfs.directories.0", [], ["/", "srv", "/srv/", "/srv/../a", "/./a", "/a//b", "/a:b", "/a\n"]],
  ["storage.rustfs.volume.name", ["ab", "A_b.c-d"], ["a", "-ab", "a b", "a/b", ""]],
  [
    "storage.s3.endpoint",
    ["https://s3.example.com", "http://10.0.0.1:9000", "http://[::1]:9000"],
    ["s3.example.com", "https://s3.example.com/bucket", "https://"],
  ],
  [
    "networks.edge.subnet",
    ["10.0.0.0/8", "172.30.0.0/29", "0.0.0.0/8"],
    ["10.0.0.0", "10.0.0.1/8", "10.0.0.0/7", "10.0.0.0/30", "fd00::/64", "10.0.0.0/08", "10.0.0.0/24/1"],
  ],
  ["labels", [{ a: "b", "com.example.x": "" }, {}], [null, [], "a"]],
  ["storage.rustfs.environment", [{ RUSTFS_SCANNER_SPEED: "slow" }], [null]],
] as const)("the form of %s", (path, good, bad) => {
  expect(refused(path, good)).toEqual([]);
  expect(taken(path, bad)).toEqual([]);
});

describe("names of variables", () => {
  test.each([
    ["registry.environment", "REGISTRY_LOG_LEVEL", false],
    ["registry.environment", "HTTPS_PROXY", true],
    ["registry.environment", "1A", false],
    ["registry.environment", "A-B", false],
    ["storage.rustfs.environment", "RUSTFS_ACCESS_KEY", false],
    ["storage.rustfs.environment", "RUSTFS_SECRET_KEY_FILE", false],
    ["storage.rustfs.environment", "RUSTFS_ROOT_USER", false],
    ["storage.rustfs.environment", "MINIO_ROOT_PASSWORD", false],
    ["storage.rustfs.environment", "RUSTFS_RPC_SECRET", false],
    ["storage.rustfs.environment", "RUSTFS_SCANNER_ENABLED", true],
  ])("in %s: %s is accepted: %s", (path, name, good) => {
    const { diagnostics } = parseEnvironment(withKey(`${path}.${name}`, "x"), "test.yaml");
    expect(diagnostics.map((one) => one.path)).toEqual(good ? [] : [`${path}.${name}`]);
  });
});

describe("ssh options", () => {
  test.each([
    ["-o", "StrictHostKeyChecking=no"],
    ["-oStrictHostKeyChecking=no"],
    ["-o", "stricthostkeychecking no"],
    ["-o", "StrictHostKeyChecking=off"],
    ['-o StrictHostKeyChecking="no"'],
    ["-o", "UserKnownHostsFile=/dev/null"],
  ])("may not switch host key checking off: %s %s", (...options) => {
    const text = JSON.stringify({
      registry: { host: "localhost" },
      docker: { host: "ssh://a@h", sshOptions: options },
    });
    expect(parseEnvironment(text, "test.yaml").diagnostics.map(({ rule }) => rule)).toEqual([
      "must not switch host key checking off: whoever answers would get control of the registry",
    ]);
  });

  test.each([
    ["-o", "StrictHostKeyChecking=yes"],
    ["-o", "StrictHostKeyChecking=accept-new"],
    ["-i", "/root/.ssh/no"],
  ])("may be %s %s", (...options) => {
    const text = JSON.stringify({
      registry: { host: "localhost" },
      docker: { host: "ssh://a@h", sshOptions: options },
    });
    expect(parseEnvironment(text, "test.yaml").diagnostics).toEqual([]);
  });
});

describe("every form of state", () => {
  test.each([
    { backend: "local" },
    { backend: "s3", bucket: "state", key: "a/b", region: "us-east-1" },
    { backend: "http", address: "https://state.example.com/a?b=c" },
    { backend: "pg", schemaName: "a_b" },
    { backend: "gcs", bucket: "state", prefix: "a" },
    { backend: "azurerm", storageAccountName: "state", containerName: "tfstate", key: "a" },
  ])("is accepted: $backend", (state) => {
    const { environment, diagnostics } = parseEnvironment(
      JSON.stringify({ registry: { host: "localhost" }, state }),
      "test.yaml",
    );
    expect(diagnostics).toEqual([]);
    expect(environment?.state).toMatchObject(state);
  });

  test("locks in S3 and encrypts unless told otherwise", () => {
    const state = { backend: "s3", bucket: "state", key: "a/b", region: "us-east-1" };
    const { environment } = parseEnvironment(JSON.stringify({ registry: { host: "localhost" }, state }), "test.yaml");
    expect(environment?.state).toMatchObject({ lockFile: true, encrypt: true });
  });
});
