import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { isMap } from "../../../constructs/values/is-map";
import { type ComposeImport, importCompose } from "../../../operations/compose/import";
import type { Fate } from "../../../operations/compose/report";
import { EVERYTHING, REDIS, S3 } from "../../support/full-configuration";
import { keysOf, modelKeys } from "../../support/model-keys";
import { inFolder } from "../in-folder";

const importOne = (...args: Parameters<typeof importCompose>) => importCompose(...args)[0] as ComposeImport;

type Tree = Record<string, unknown>;

/** Keys of Distribution 2.8.3 that 3.1 has not, read from its `configuration.Configuration`. */
const ONLY_IN_2 = {
  loglevel: "warn",
  reporting: {
    bugsnag: { apikey: "k", releasestage: "production", endpoint: "https://bugsnag.example.com" },
    newrelic: { licensekey: "k", name: "n", verbose: true },
  },
  compatibility: { schema1: { signingkeyfile: "/key", enabled: true } },
  storage: { cache: { layerinfo: "inmemory" } },
  redis: { addr: "redis:6379", pool: { maxidle: 1, maxactive: 2, idletimeout: "3s" } },
};

/** Every other one of both, each with a value that is not its default. */
const OTHERS: Tree = {
  ...EVERYTHING,
  version: "0.1",
  auth: { htpasswd: { realm: "a realm", path: "/auth/htpasswd" } },
  http: {
    addr: ":5001",
    net: "unix",
    prefix: "/prefix/",
    host: "https://hub.example.com",
    secret: "a secret of more than thirty characters",
    relativeurls: true,
    draintimeout: "33s",
    headers: { "X-A": ["1"] },
    debug: { addr: ":5002", prometheus: { enabled: true, path: "/m" } },
    http2: { disabled: true },
    h2c: { enabled: true },
    tls: {
      certificate: "/tls/a.pem",
      key: "/tls/a.key",
      clientcas: ["/tls/ca.pem"],
      minimumtls: "tls1.3",
      ciphersuites: ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"],
      clientauth: "verify-client-cert-if-given",
    },
  },
  redis: { ...REDIS, sentinelusername: "u", sentinelpassword: "p", mastername: "m" },
  storage: {
    ...EVERYTHING.storage,
    s3: { ...S3, v4auth: false, encrypt: true, chunksize: 25 * 2 ** 20, storageclass: "standard_ia" },
    delete: { enabled: false },
    maintenance: {
      uploadpurging: { enabled: true, age: "72h", interval: "12h", dryrun: true },
      readonly: { enabled: true },
    },
  },
  validation: { enabled: true, ...EVERYTHING.validation },
};

/** What every registry that is imported has here; a key is looked at by adding it. */
const BASE: Tree = {
  storage: { s3: { bucket: "images", region: "eu-central-1", regionendpoint: "https://192.0.2.10:9000" } },
};

/** What a key needs beside it, to mean anything. */
const NEEDS: readonly [RegExp, Tree][] = [
  [/^storage\.s3\.accesskey/, { storage: { s3: { secretkey: "s" } } }],
  [/^storage\.s3\.secretkey/, { storage: { s3: { accesskey: "a" } } }],
  [/^storage\.s3\.keyid/, { storage: { s3: { encrypt: true } } }],
  [/^storage\.s3\.redirectendpoint/, { storage: { s3: { forcepathstyle: true } } }],
  [/^http\.tls\.certificate/, { http: { tls: { key: "/tls/a.key" } } }],
  [/^http\.tls\.key/, { http: { tls: { certificate: "/tls/a.pem" } } }],
  [/^http\.tls\.(?!certificate|key)/, { http: { tls: { key: "/tls/a.key", certificate: "/tls/a.pem" } } }],
  [/^auth\.htpasswd\.realm/, { auth: { htpasswd: { path: "/auth/htpasswd" } } }],
  [/^storage\.cache\.blobdescriptorsize/, { storage: { cache: { blobdescriptor: "inmemory" } } }],
];

/** Values in every place where a key has none that would say anything alone. */
const SPECIAL: Readonly<Record<string, unknown>> = {
  "storage.s3.regionendpoint": "https://192.0.2.20:9000",
  "storage.s3.forcepathstyle": true,
  "storage.s3.region": "eu-west-1",
  "storage.s3.bucket": "other-images",
  "storage.s3.secure": false,
  "storage.cache.blobdescriptor": "redis",
};

/** Why a key alone changes nothing: the value is what a file has without it. */
const AS_BEFORE = new Set(["version", "storage.cache.layerinfo", "storage.redirect.disable", "storage.s3.secure"]);

function merged(a: unknown, b: unknown): unknown {
  if (!isMap(a) || !isMap(b)) return b;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(keys.map((key) => [key, key in b ? (key in a ? merged(a[key], b[key]) : b[key]) : a[key]]));
}

/** Leaves, a list being one. */
function leaves(tree: Tree, prefix = ""): [string, unknown][] {
  return Object.entries(tree).flatMap(([key, value]): [string, unknown][] =>
    isMap(value) && Object.keys(value).length > 0 ? leaves(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value]],
  );
}

const treeOf = (key: string, value: unknown) =>
  key.split(".").reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Tree;
const ALL = merged(OTHERS, ONLY_IN_2) as Tree;
const KEYS = leaves(ALL).map(([key, value]): [string, unknown] => [key, SPECIAL[key] ?? value]);

describe("every key of Distribution 2.8 and 3.1", () => {
  inFolder();

  const made = new Map<string, ComposeImport>();
  /** The same files give the same import, so each is made once. */
  const write = (file: Tree, variables: Record<string, string> = {}) => {
    const id = JSON.stringify([file, variables]);
    const imported = made.get(id) ?? make(file, variables);
    made.set(id, imported);
    return imported;
  };
  const make = (file: Tree, variables: Record<string, string>) => {
    mkdirSync("old/tls", { recursive: true });
    writeFileSync("old/htpasswd", "bob:$2y$05$ZFoFMPjd3wsjx2oGoD.X3ePhCzE6NZ0ZBNVDZVlSqoXR5oPcyr2t2\n");
    writeFileSync("old/config.yml", stringify(file));
    const hub = {
      image: "registry:3",
      ports: ["127.0.0.1:5000:5000", "127.0.0.1:5001:5001"],
      restart: "always",
      environment: variables,
      volumes: ["./config.yml:/etc/distribution/config.yml", "./htpasswd:/auth/htpasswd", "./tls:/tls"],
    };
    writeFileSync("old/compose.yml", stringify({ services: { hub } }));
    // Where no program is to be found: Docker Compose would be asked for each file.
    return importOne("old/compose.yml", { PATH: "/nowhere" }, {});
  };
  const asVariable = (key: string) => `REGISTRY_${key.replaceAll(".", "_").toUpperCase()}`;

  /** What came of a key, as seen from outside: what was written, and what was said. */
  function outcome(
    file: Tree,
    variables: Record<string, string>,
    key: string,
    base: Tree = BASE,
  ): Fate | "dropped in silence" {
    const needed = NEEDS.filter(([pattern]) => pattern.test(key)).reduce<unknown>(
      (tree, [, more]) => merged(tree, more),
      base,
    );
    const before = write(needed as Tree);
    const after = write(merged(needed, file) as Tree, variables);
    const old = new Set(before.report.changes.map(({ what }) => what));
    const said = after.report.changes.filter(({ what }) => !old.has(what));
    expect(said.length, `${key}: ${said.map(({ what }) => what).join("; ")}`).toBeLessThanOrEqual(1);
    const isWritten =
      before.yaml !== after.yaml ||
      before.users?.toString() !== after.users?.toString() ||
      JSON.stringify(before.storage.keys) !== JSON.stringify(after.storage.keys);
    const [told] = said;
    if (told?.what === `${key} is left out`) return isWritten ? "dropped in silence" : "left out";
    if (told) return "changed";
    return isWritten || AS_BEFORE.has(key) ? "kept" : "dropped in silence";
  }

  test("is here", () => {
    const here = new Set(keysOf(ALL));
    const elsewhere =
      /^(?:storage\.(?:filesystem|inmemory|azure|gcs)|auth\.(?:token|none)|proxy|http\.tls\.letsencrypt|redis\.tls)\b/;
    const asMap =
      /^(?:log\.fields|http\.headers|middleware\.storage\.0\.options|(?:health\.http|notifications\.endpoints)\.0\.headers)$/;
    expect(modelKeys().filter((key) => !here.has(key) && !elsewhere.test(key) && !asMap.test(key))).toEqual([]);
  });

  test.each(KEYS)("%s of a configuration file", (key, value) => {
    const seen = outcome(treeOf(key, value), {}, key);
    expect(seen).not.toBe("dropped in silence");
    const { report } = write(merged(merged(BASE, needsOf(key)), treeOf(key, value)) as Tree, {});
    expect(report.fateOf(key)).toBe(seen);
  });

  test.each(KEYS)("%s as a variable", (key, value) => {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    expect(outcome({}, { [asVariable(key)]: text }, key)).toBe(outcome(treeOf(key, value), {}, key));
  });

  const CACHE = merged(BASE, { proxy: { remoteurl: "https://registry-1.docker.io", username: "bot" } }) as Tree;

  // What belongs to another kind of registry than the one above.
  test.each<[string, unknown, Tree, Fate]>([
    ["proxy.remoteurl", "https://ghcr.io", CACHE, "kept"],
    ["proxy.username", "another", CACHE, "kept"],
    ["proxy.ttl", "72h", CACHE, "changed"],
    ["proxy.cachewritetimeout", "72h", CACHE, "kept"],
    ["auth.token.realm", "https://auth.example.com", BASE, "changed"],
    ["auth.token.rootcertbundle", "/certs/tokens.pem", BASE, "changed"],
    ["auth.token.signingalgorithms", ["ES256"], BASE, "changed"],
  ])("%s: %j", (key, value, base, fate) => {
    expect(outcome(treeOf(key, value), {}, key, base)).toBe(fate);
    expect(write(merged(base, treeOf(key, value)) as Tree).report.fateOf(key)).toBe(fate);
  });

  test("a cache with a descriptor cache, whose section is left out as a whole", () => {
    const cached = { storage: { cache: { blobdescriptor: "inmemory", blobdescriptorsize: 500 } } };
    const { yaml, report } = write(merged(CACHE, cached) as Tree);
    expect(yaml).not.toMatch(/cache|inmemory/);
    expect(report.fateOf("storage.cache.blobdescriptorsize")).toBe("left out");
  });

  const needsOf = (key: string) =>
    NEEDS.filter(([pattern]) => pattern.test(key)).reduce<unknown>((tree, [, more]) => merged(tree, more), {});

  test("what would break a rule is left out with the rule, and nothing of it stays", () => {
    const file = { http: { prefix: "/p/" }, log: { hooks: [{ type: "mail", options: { smtp: { password: "p" } } }] } };
    const { yaml, report } = write(merged(BASE, file) as Tree);
    expect(yaml).not.toMatch(/configuration|prefix|hooks/);
    expect(report.keptThings.join()).not.toMatch(/http\.prefix|log\.hooks/);
    const why = new Map(report.changes.map((change) => [change.what, change.why]));
    expect(why.get("http.prefix is left out")).toMatch(/clients know no prefix/);
  });

  test("all at once: each is counted once, and the file is one that synthesis takes", () => {
    const { report } = write(
      merged(BASE, merged(ALL, { storage: { s3: BASE.storage && (BASE.storage as Tree).s3 } })) as Tree,
    );
    const { kept, changed, "left out": leftOut } = report.counts;
    expect(kept + changed + leftOut).toBe(leaves(ALL).length);
    expect(kept).toBeGreaterThan(40);
  });
});
