import { App } from "cdktf";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseEnvironment } from "../../config";
import { RegistryStack } from "../../stacks";
import { EVERYTHING, REDIS, S3 } from "../support/full-configuration";

/** A file that sets something in every section of Distribution's configuration by keys of its own. */
const HARDENED = {
  host: "localhost",
  log: { level: "warn", accessLog: false, fields: { environment: "test" } },
  delete: false,
  readOnly: true,
  cache: { type: "redis", addresses: ["redis:6379"], database: 3 },
  uploadPurging: { ageHours: 5, intervalHours: 7 },
  limits: { tags: 11, catalog: 12 },
  headers: { "X-Own": ["yes"] },
  metrics: { enabled: true, network: "monitoring" },
  notifications: { includeReferences: true, endpoints: [{ name: "own", url: "https://own.example.com" }] },
  realm: "Own",
};

/** What Distribution gets, one line a key; a list is one value. */
function lines(registry: object): Map<string, string> {
  const { environment, diagnostics } = parseEnvironment(stringify({ registry }), "test.yaml");
  if (!environment) throw new Error(JSON.stringify(diagnostics));
  const stack = new RegistryStack(new App({ stackTraces: false }), environment);
  return new Map(leaves(stack.registry.distribution.configuration, []));
}

function leaves(value: unknown, path: string[]): [string, string][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [[path.join("."), JSON.stringify(value).replace(/\$\{TfToken.*?\}/g, "token")]];
  }
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

const within = (key: string, value: unknown) =>
  key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);

/** Every key that can be set alone, with a value that Distribution takes. */
const { accesskey, secretkey, keyid, ...s3 } = S3;
const OVERRIDES = leaves({ ...EVERYTHING, storage: { ...EVERYTHING.storage, s3 }, redis: REDIS }, [])
  .map(([key, value]) => [key, JSON.parse(value)] as const)
  // Keys that go together with another, and those whose values are secrets, which a file must not hold.
  .filter(([key]) => !/blobdescriptorsize|validation\.manifests\.indexes|password|log\.hooks/.test(key));

describe("one key of registry.configuration changes that key and nothing else", () => {
  const before = lines(HARDENED);

  test("in every section", () => {
    const sections = new Set([...before.keys()].map((key) => key.split(".").slice(0, -1).join(".")));
    const overridden = new Set(OVERRIDES.map(([key]) => key.split(".").slice(0, -1).join(".")));
    expect([...sections].filter((section) => !overridden.has(section)).sort()).toEqual([
      "",
      "auth.htpasswd",
      "http",
      "http.debug",
      "http.debug.prometheus",
      "http.headers",
    ]);
  });

  test.each([
    ...OVERRIDES,
    ["auth.htpasswd.realm", "Other"],
    ["http.draintimeout", "9s"],
    ["http.relativeurls", true],
    ["http.http2.disabled", true],
    ["http.headers.X-Other", ["other"]],
    ["http.debug.addr", ":5002"],
    ["http.debug.prometheus.path", "/other"],
  ] as const)("%s", (key, value) => {
    const after = lines({ ...HARDENED, configuration: within(key, value) });
    expect(after).toEqual(new Map([...before, [key, JSON.stringify(value)]]));
  });
});

test("null takes a key away, the construct's own too", () => {
  const after = lines({ ...HARDENED, configuration: { health: null, http: { headers: null }, log: { fields: null } } });
  const gone = [...lines(HARDENED).keys()].filter((key) => !after.has(key));
  expect(gone).toEqual([
    "log.fields.environment",
    "http.headers.X-Content-Type-Options",
    "http.headers.X-Own",
    "health.storagedriver.enabled",
    "health.storagedriver.interval",
    "health.storagedriver.threshold",
  ]);
});

test("a cache that is turned off stays off beside other keys of storage, and can be turned on", () => {
  const cache = (configuration: object) =>
    [...lines({ host: "localhost", cache: { type: "none" }, configuration })].filter(([key]) => key.includes("cache"));
  expect(cache({ storage: { tag: { concurrencylimit: 4 } } })).toEqual([]);
  expect(cache({ storage: { cache: { blobdescriptor: "inmemory" } } })).toEqual([
    ["storage.cache.blobdescriptor", '"inmemory"'],
  ]);
});
