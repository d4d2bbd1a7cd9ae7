import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Htpasswd } from "../../constructs";
import type { DistributionOverrides } from "../../constructs/distribution/configuration";
import { makeCertificates } from "../support/certificates";
import { ConfiguredRegistry } from "../support/configured-registry";
import { keysOf, modelKeys, valueAt } from "../support/model-keys";
import { freePort, temporaryDirectory } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeWithTools } from "../support/tools";

/** Sections that Distribution reads into a type: a value of an impossible type is a configuration error. */
const isTyped = (key: string) => !/^(storage|auth)\.(?!none|inmemory|azure|gcs)/.test(key);

/** Keys that no configuration here has, and why. */
const NOT_TRIED: [RegExp, string][] = [
  [/^storage\.(azure|gcs)$/, "need an account"],
  [/^middleware\.(registry|repository)/, "the registry as it is shipped has no such middleware"],
  [/^redis\.(sentinel|mastername)/, "need a Redis Sentinel"],
];

describeWithTools("the model of config.yml, on the real registry", ["registry"], ({ registry }) => {
  const path = temporaryDirectory();
  const registries = new ConfiguredRegistry(registry, path);

  describe("knows each typed key: with an impossible value it refuses to start", () => {
    test.each(modelKeys().filter(isTyped))("%s", async (key) => {
      const { code, stderr } = await registries.runToEnd(valueAt(key, ["impossible", { a: 1 }]));
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("configuration error") });
    });
  });

  describe("reads each key of its untyped sections: a bad value makes it panic", () => {
    const s3 = (key: string, value: unknown): [string, object] => [
      key,
      { storage: { inmemory: null, s3: { bucket: "b", region: "us-east-1", [key]: value } } },
    ];
    const storage = (section: object) => ({ storage: section });
    const purging = { enabled: true, age: "1h", interval: "1h", dryrun: false };
    const purge = (part: object) => storage({ maintenance: { uploadpurging: { ...purging, ...part } } });
    const token = { realm: "https://x", service: "s", issuer: "i", rootcertbundle: "/none" };

    test.each<[string, object]>([
      ...[
        ["forcepathstyle", "secure", "skipverify", "v4auth", "encrypt"],
        ["usedualstack", "accelerate", "usefipsendpoint"],
      ]
        .flat()
        .map((key) => s3(key, "yes")),
      s3("bucket", null),
      s3("region", "nowhere"),
      s3("chunksize", 1),
      s3("multipartcopychunksize", 1),
      s3("multipartcopymaxconcurrency", 0),
      s3("multipartcopythresholdsize", -1),
      s3("storageclass", "DEEP"),
      s3("objectacl", "open"),
      s3("redirectendpoint", "https://s3/x"),
      ["maxthreads", { storage: { inmemory: null, filesystem: { rootdirectory: "/tmp", maxthreads: "many" } } }],
      ["disable", storage({ redirect: { disable: "yes" } })],
      ["blobdescriptorsize", storage({ cache: { blobdescriptor: "inmemory", blobdescriptorsize: "big" } })],
      ["layerinfo", storage({ cache: { blobdescriptor: "redis" } })],
      ["age", purge({ age: 1 })],
      ["interval", purge({ interval: 1 })],
      ["dryrun", purge({ dryrun: "no" })],
      ["interval", storage({ maintenance: { uploadpurging: { enabled: true, age: "1h" } } })],
      ["readonly", storage({ maintenance: { readonly: { enabled: "yes" } } })],
      ["concurrency", storage({ tag: { concurrencylimit: -1 } })],
      ["realm", { auth: { htpasswd: { path: "/p" } } }],
      ["path", { auth: { htpasswd: { realm: "r" } } }],
      ["realm", { auth: { token: { ...token, realm: null } } }],
      ["service", { auth: { token: { ...token, service: null } } }],
      ["issuer", { auth: { token: { ...token, issuer: null } } }],
      ["/none", { auth: { token } }],
      ["/no-jwks", { auth: { token: { ...token, rootcertbundle: null, jwks: "/no-jwks" } } }],
      ["autoredirect", { auth: { token: { ...token, autoredirect: "yes" } } }],
      ["autoredirectpath", { auth: { token: { ...token, autoredirect: true, autoredirectpath: 1 } } }],
      ["signingalgorithms", { auth: { token: { ...token, signingalgorithms: [1] } } }],
    ])("%s", async (word, overrides) => {
      const { code, stderr } = await registries.runToEnd(overrides);
      const message = stderr.split("\n").find((line) => line.startsWith("panic:"));
      expect({ code, message }).toEqual({ code: 2, message: expect.stringContaining(word) });
    });
  });

  describe("starts with all that the model accepts", () => {
    const upstream = createServer((_, answer) => answer.end("{}"));
    const tried = new Set<string>();
    const configurations: Record<string, () => Promise<DistributionOverrides>> = {
      "all that needs no other server": everything,
      "tokens signed by a certificate's key": async () => ({
        auth: {
          token: {
            ...TOKEN,
            rootcertbundle: (await makeCertificates(path())).ca,
            signingalgorithms: ["ES256"],
            autoredirect: true,
            autoredirectpath: "/auth/token",
          },
        },
      }),
      "tokens signed by another key": async () => {
        const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        const keys = [{ ...publicKey.export({ format: "jwk" }), kid: "1", use: "sig" }];
        return { auth: { token: { ...TOKEN, jwks: writeFile(path("jwks.json"), JSON.stringify({ keys })) } } };
      },
      "S3, with what only Amazon has": async () => ({ storage: { inmemory: null, s3: S3 } }),
      "the file system, below a prefix": async () => ({
        storage: { inmemory: null, filesystem: { rootdirectory: path("files"), maxthreads: 50 } },
        http: { h2c: { enabled: true }, prefix: "/prefix/", relativeurls: true },
        auth: { none: {} },
      }),
      "Let's Encrypt": async () => ({
        http: {
          tls: {
            letsencrypt: {
              cachefile: path("acme"),
              email: "ops@example.com",
              hosts: ["registry.example.com"],
              directoryurl: "https://acme.example.com/directory",
            },
          },
        },
      }),
      "a pull-through cache": async () => ({
        storage: { delete: { enabled: true } },
        proxy: {
          remoteurl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
          username: "u",
          password: "p",
          ttl: "24h",
          cachewritetimeout: "1m",
        },
      }),
      "a pull-through cache with a helper": async () => ({
        storage: { delete: { enabled: true } },
        proxy: { remoteurl: "https://upstream.example.com", exec: { command: "/bin/true", lifetime: "1h" }, ttl: "0" },
      }),
    };

    async function everything(): Promise<DistributionOverrides> {
      const certificates = await makeCertificates(path());
      const users = writeFile(path("htpasswd"), Htpasswd.empty.with("alice", "password").toString());
      return { ...EVERYTHING, auth: { htpasswd: { realm: "r", path: users } }, ...(await withCertificates()) };

      async function withCertificates(): Promise<DistributionOverrides> {
        const { certificate, key } = certificates.server;
        const clientcas = [certificates.ca];
        return {
          http: {
            net: "tcp",
            host: "https://registry.example.com",
            draintimeout: "1s",
            headers: { "X-Test": ["1"] },
            http2: { disabled: true },
            debug: { addr: `127.0.0.1:${await freePort()}`, prometheus: { enabled: true, path: "/numbers" } },
            tls: {
              certificate,
              key,
              clientcas,
              clientauth: "verify-client-cert-if-given",
              minimumtls: "tls1.2",
              ciphersuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
            },
          },
          redis: { ...REDIS, tls: { certificate, key, rootcas: clientcas } },
        };
      }
    }

    beforeAll(() => new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve)));
    afterAll(() => new Promise((resolve) => upstream.close(resolve)));

    test.each(Object.keys(configurations))("%s", async (name) => {
      const overrides = (await configurations[name]?.()) ?? {};
      for (const key of keysOf(registries.configuration(overrides))) tried.add(key);
      const started = await registries.start(overrides);
      expect(complaints(started.log)).toEqual([]);
    });

    test("and these are all of its keys", () => {
      const isTried = (key: string) => [...tried].some((other) => other === key || other.startsWith(`${key}.`));
      const rest = modelKeys().filter((key) => !isTried(key) && !NOT_TRIED.some(([pattern]) => pattern.test(key)));
      expect(rest).toEqual([]);
    });
  });
});

/** What it logs of every pull-through cache is no complaint about the configuration. */
function complaints(log: string): string[] {
  const lines = log.split("\n").filter((line) => /level=(warning|error|fatal)/.test(line));
  return lines.filter((line) => !line.includes("Registry does not implement RepositoryRemover"));
}

const TOKEN = { realm: "https://auth.example.com/token", service: "s", issuer: "i" };

const S3 = {
  bucket: "b",
  region: "us-east-1",
  regionendpoint: "http://127.0.0.1:1",
  forcepathstyle: true,
  accesskey: "a",
  secretkey: "s",
  secure: false,
  skipverify: true,
  v4auth: true,
  chunksize: 5 * 1024 ** 2,
  multipartcopychunksize: 5 * 1024 ** 3,
  multipartcopymaxconcurrency: 1,
  multipartcopythresholdsize: 0,
  encrypt: true,
  keyid: "k",
  rootdirectory: "/prefix",
  storageclass: "STANDARD_IA",
  objectacl: "bucket-owner-read",
  useragent: "u",
  usedualstack: true,
  accelerate: true,
  usefipsendpoint: true,
  loglevel: "debugwithsigning",
  redirectendpoint: "https://s3.example.com",
} as const;

const REDIS: DistributionOverrides["redis"] = {
  addrs: ["127.0.0.1:1"],
  clientname: "c",
  db: 1,
  protocol: 3,
  username: "u",
  password: "p",
  maxretries: -1,
  minretrybackoff: "8ms",
  maxretrybackoff: "512ms",
  dialtimeout: "1s",
  readtimeout: "1s",
  writetimeout: "1s",
  contexttimeoutenabled: true,
  poolfifo: true,
  poolsize: 5,
  pooltimeout: "1s",
  minidleconns: 0,
  maxidleconns: 5,
  maxactiveconns: 5,
  connmaxidletime: "1m",
  connmaxlifetime: "1h",
  maxredirects: 1,
  readonly: false,
  routebylatency: false,
  routerandomly: false,
  disableidentity: true,
  identitysuffix: "s",
  unstableresp3: true,
};

const EVERYTHING: DistributionOverrides = {
  log: {
    level: "error",
    formatter: "text",
    fields: { environment: "test", number: 1, flag: true },
    accesslog: { disabled: true },
    reportcaller: true,
    hooks: [
      {
        type: "mail",
        disabled: true,
        levels: ["panic", "fatal"],
        options: {
          smtp: { addr: "mail.example.com:25", username: "u", password: "p", insecure: true },
          from: "registry@example.com",
          to: ["ops@example.com"],
        },
      },
    ],
  },
  storage: {
    delete: { enabled: true },
    redirect: { disable: true },
    cache: { blobdescriptor: "inmemory", blobdescriptorsize: 100 },
    maintenance: {
      uploadpurging: { enabled: true, age: "168h", interval: "24h", dryrun: true },
      readonly: { enabled: false },
    },
    tag: { concurrencylimit: 4 },
  },
  middleware: { storage: [{ name: "redirect", options: { baseurl: "https://cdn.example.com" } }] },
  notifications: {
    events: { includereferences: true },
    endpoints: [
      {
        name: "n",
        url: "https://events.example.com",
        disabled: true,
        headers: { "X-Event": ["1"] },
        timeout: "1s",
        threshold: 5,
        backoff: "1s",
        ignoredmediatypes: ["a/b"],
        ignore: { mediatypes: ["c/d"], actions: ["pull", "push", "mount", "delete"] },
      },
    ],
  },
  health: {
    storagedriver: { enabled: true, interval: "10s", threshold: 3 },
    file: [{ file: "/nonexistent/stop", interval: "10s" }],
    http: [
      {
        uri: "http://127.0.0.1:1/",
        statuscode: 204,
        timeout: "1s",
        interval: "1h",
        threshold: 3,
        headers: { X: ["1"] },
      },
    ],
    tcp: [{ addr: "127.0.0.1:1", timeout: "1s", interval: "1h", threshold: 3 }],
  },
  validation: {
    disabled: false,
    manifests: {
      urls: { allow: ["^https://"], deny: ["^https://bad"] },
      indexes: { platforms: "list", platformlist: [{ architecture: "amd64", os: "linux" }] },
    },
  },
  policy: { repository: { classes: ["image"] } },
  catalog: { maxentries: 10 },
  tags: { maxtags: 10 },
};
