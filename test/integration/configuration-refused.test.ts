import { describe, expect, test } from "vitest";
import { configurationProblems } from "../../constructs/distribution/configuration";
import { makeCertificates } from "../support/certificates";
import { ConfiguredRegistry } from "../support/configured-registry";
import { temporaryDirectory } from "../support/process";
import { rawRequest } from "../support/registry-process";
import { describeWithTools } from "../support/tools";

// The model refuses more than this; here is why, on the real registry, for a rule of each kind.
describeWithTools("what the model of config.yml refuses", ["registry", "openssl"], ({ registry }) => {
  const path = temporaryDirectory();
  const registries = new ConfiguredRegistry(registry, path);
  const TOKEN = { realm: "https://auth.example.com/token", service: "s", issuer: "i" };
  const s3 = (part: object) => ({ storage: { inmemory: null, s3: { bucket: "b", region: "us-east-1", ...part } } });
  const tls = (part: object) => ({ http: { tls: part } });
  const proxy = (part: object) => ({ storage: { delete: { enabled: true } }, proxy: part });

  const expectRefused = (overrides: object) =>
    expect(configurationProblems(registries.configuration(overrides))).not.toEqual([]);

  describe("makes the registry end", () => {
    test.each<[string, object, number, RegExp]>([
      ["another version", { version: "0.2" }, 1, /unsupported version/],
      ["no driver", { storage: { inmemory: null } }, 1, /no storage configuration/],
      ["two drivers", { storage: { s3: {} } }, 1, /exactly one storage type/],
      ["a driver that 3.x no longer has", { storage: { inmemory: null, swift: {} } }, 2, /not registered: swift/],
      ["an empty redirect", { storage: { redirect: {} } }, 2, /redirect config/],
      ["readonly without its key", { storage: { maintenance: { readonly: true } } }, 2, /readonly/],
      ["a Redis cache without Redis", { storage: { cache: { blobdescriptor: "redis" } } }, 2, /redis configuration/],
      ["a chunk with a suffix", s3({ chunksize: "10MB" }), 2, /chunksize 10 /],
      ["two kinds of auth", { auth: { none: {}, htpasswd: { realm: "r", path: "/p" } } }, 1, /exactly one type/],
      ["a token without keys", { auth: { token: TOKEN } }, 2, /token signing key/],
      ["a header that is no list", { http: { headers: { X: "y" } } }, 1, /cannot unmarshal/],
      ["a duration without unit", { http: { draintimeout: "20" } }, 1, /cannot unmarshal/],
      ["an unknown network", { http: { net: "udp" } }, 1, /unknown address type/],
      ["a log format of another kind", { log: { formatter: "xml" } }, 1, /xml/],
      ["a log level that it does not have", { log: { level: "trace" } }, 1, /trace/],
      ["TLS 1.1", tls({ certificate: "/c", key: "/k", minimumtls: "tls1.1" }), 1, /unknown minimum TLS level/],
      [
        "a cipher suite that only the documentation has",
        tls({ certificate: "/c", key: "/k", ciphersuites: ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"] }),
        1,
        /unknown TLS cipher suite/,
      ],
      [
        "two sources of certificates",
        tls({ certificate: "/c", key: "/k", letsencrypt: { cachefile: "/a", email: "a@b", hosts: ["a.b"] } }),
        1,
        /both certificate and Let's Encrypt/,
      ],
      ["a negative tag limit", { tags: { maxtags: -1 } }, 1, /maxtags/],
      [
        "a middleware that is meant to be disabled",
        { middleware: { storage: [{ name: "redirect", disabled: true }] } },
        2,
        /redirect/,
      ],
      ["a bad expression", { validation: { manifests: { urls: { allow: ["("] } } } }, 2, /error parsing regexp/],
      ["an upstream without scheme", proxy({ remoteurl: "upstream" }), 2, /unsupported protocol scheme/],
    ])("%s", async (_, overrides, code, reason) => {
      expectRefused(overrides);
      expect(await registries.runToEnd(overrides)).toMatchObject({ code, stderr: expect.stringMatching(reason) });
    });
  });

  describe("starts without a word, and is not what was meant", () => {
    test.each<[string, object]>([
      ["a misspelled section", { logs: { level: "error" } }],
      ["a misspelled key", s3({ forcePathStyle: true })],
      ["an access key alone", s3({ accesskey: "a" })],
      ["a key id without encryption", s3({ keyid: "k" })],
      ["an endpoint without scheme", s3({ regionendpoint: "rustfs:9000" })],
      ["a redirect endpoint without path style", s3({ redirectendpoint: "https://s3" })],
      ["an unknown S3 log level", s3({ loglevel: "info" })],
      ["redis.tls.enabled, which does not exist", { redis: { addrs: ["127.0.0.1:1"], tls: { enabled: true } } }],
      ["Redis without a server", { redis: { addrs: [] } }],
      ["a hook that is not mail", { log: { hooks: [{ type: "slack", options: {} }] } }],
      ["Prometheus without an address", { http: { debug: { prometheus: { enabled: true } } } }],
      ["a duration in nanoseconds", { http: { draintimeout: 20 } }],
      ["TLS without anything", tls({})],
      ["a threshold for files", { health: { file: [{ file: "/nonexistent", threshold: 3 }] } }],
      [
        "an unknown notification action",
        {
          notifications: {
            endpoints: [{ name: "n", url: "https://x.example.com", disabled: true, ignore: { actions: ["tag"] } }],
          },
        },
      ],
    ])("%s", async (_, overrides) => {
      expectRefused(overrides);
      expect((await registries.startUnchecked(overrides)).log).not.toMatch(/level=(warning|error)/);
    });

    test("a boolean as text: nothing can be deleted", async () => {
      const overrides = { storage: { delete: { enabled: "true" } } };
      expectRefused(overrides);
      const { url } = await registries.startUnchecked(overrides);
      const manifest = `${url}/v2/team/app/manifests/sha256:${"0".repeat(64)}`;
      expect((await fetch(manifest, { method: "DELETE" })).status).toBe(405);
    });

    test("Let's Encrypt without a cache: plain HTTP", async () => {
      const overrides = tls({ letsencrypt: { email: "a@example.com", hosts: ["registry.example.com"] } });
      expectRefused(overrides);
      const { url } = await registries.startUnchecked(overrides);
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
    });

    test("client-certificate rules without a CA: nobody needs a certificate", async () => {
      const { certificate, key } = (await makeCertificates(path())).server;
      const overrides = tls({ certificate, key, clientauth: "require-and-verify-client-cert" });
      expectRefused(overrides);
      const { port } = await registries.startUnchecked(overrides);
      const answer = await rawRequest(`https://127.0.0.1:${port}/v2/`, { rejectUnauthorized: false });
      expect(answer.status).toBe(200);
    });
  });

  describe("starts with a warning that nobody sees", () => {
    test.each<[string, object, RegExp]>([
      ["an unknown cache", { storage: { cache: { blobdescriptor: "disk" } } }, /caching disabled/],
      ["no secret", { http: { secret: null } }, /generated random secret/],
      [
        "a size for the Redis cache",
        { storage: { cache: { blobdescriptor: "redis", blobdescriptorsize: 5 } }, redis: { addrs: ["127.0.0.1:1"] } },
        /not supported with redis cache/,
      ],
      [
        "a platform list without list",
        { validation: { manifests: { indexes: { platforms: "list" } } } },
        /completeness validation has been disabled/,
      ],
    ])("%s", async (_, overrides, warning) => {
      expectRefused(overrides);
      expect((await registries.startUnchecked(overrides)).log).toMatch(warning);
    });
  });
});
