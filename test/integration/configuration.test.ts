import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Htpasswd } from "../../constructs";
import type { DistributionOverrides } from "../../constructs/distribution/configuration";
import { makeCertificates } from "../support/certificates";
import { ConfiguredRegistry } from "../support/configured-registry";
import { EVERYTHING, REDIS, S3, TOKEN } from "../support/full-configuration";
import { keysOf, modelKeys, valueAt } from "../support/model-keys";
import { freePort, temporaryDirectory } from "../support/process";
import { writeFile } from "../support/registry-process";
import { describeWithTools } from "../support/tools";

/** Sections that Distribution reads into a type: a value of an impossible type is a configuration error. */
const isTyped = (key: string) => !/^(storage|auth)\.(?!none|inmemory|azure|gcs)/.test(key);

/** Keys that no configuration here has, and why. */
const NOT_TRIED: [RegExp, string][] = [
  [/^storage\.(azure|gcs)$/, "need an account"],
  [/^redis\.(sentinel|mastername)/, "need a Redis Sentinel"],
];

describeWithTools("the model of config.yml, on the real registry", ["registry", "openssl"], ({ registry }) => {
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
        http: { draintimeout: "1s" },
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
