import { TerraformVariable } from "cdktf";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  configurationProblems,
  type DistributionConfiguration,
  mergeConfiguration,
} from "../../../constructs/distribution/configuration";
import { flattenConfiguration, renderConfiguration } from "../../../constructs/distribution/render";
import { synthesize } from "../../support/synth";

const SECRET = "s".repeat(32);
const MINIMAL = { version: "0.1", storage: { inmemory: {} }, http: { addr: ":5000", secret: SECRET } } as const;
const S3 = { bucket: "b", region: "r" };

const withS3 = (s3: object) => ({ ...MINIMAL, storage: { s3: { ...S3, ...s3 } } });
const withHttp = (http: object) => ({ ...MINIMAL, http: { addr: ":5000", secret: SECRET, ...http } });
const withTls = (tls: object) => withHttp({ tls });
const withStorage = (storage: object) => ({ ...MINIMAL, storage: { inmemory: {}, ...storage } });
const withProxy = (proxy: object, storage: object = {}, http: object = {}) => ({
  ...withHttp({ draintimeout: "20s", ...http }),
  storage: { inmemory: {}, delete: { enabled: true }, ...storage },
  proxy: { remoteurl: "https://x", ttl: "0s", cachewritetimeout: "24h", ...proxy },
});
const MIB = 1024 ** 2;

describe("what Distribution would ignore or panic on is refused", () => {
  test.each<[string, object, string]>([
    ["a misspelled key", { ...MINIMAL, logs: {} }, "logs"],
    ["a misspelled key deep down", withS3({ forcePathStyle: true }), "storage.s3.forcePathStyle"],
    ["another version", { ...MINIMAL, version: "0.2" }, "version"],
    ["no driver", { ...MINIMAL, storage: {} }, "storage"],
    ["two drivers", withStorage({ s3: S3 }), "storage"],
    ["a driver that 3.x no longer has", { ...MINIMAL, storage: { swift: {} } }, "storage.swift"],
    ["a boolean as text", withStorage({ delete: { enabled: "true" } }), "storage.delete.enabled"],
    ["an empty redirect", withStorage({ redirect: {} }), "storage.redirect.disable"],
    [
      "half of upload purging",
      withStorage({ maintenance: { uploadpurging: { enabled: true, age: "1h" } } }),
      "storage.maintenance.uploadpurging",
    ],
    ["readonly without its key", withStorage({ maintenance: { readonly: true } }), "storage.maintenance.readonly"],
    ["an unknown cache", withStorage({ cache: { blobdescriptor: "disk" } }), "storage.cache.blobdescriptor"],
    [
      "a Redis cache without Redis",
      withStorage({ cache: { blobdescriptor: "redis" } }),
      "storage.cache.blobdescriptor",
    ],
    [
      "a size for the Redis cache",
      { ...withStorage({ cache: { blobdescriptor: "redis", blobdescriptorsize: 5 } }), redis: { addrs: ["r:1"] } },
      "storage.cache.blobdescriptorsize",
    ],
    ["Redis without a server", { ...MINIMAL, redis: { addrs: [] } }, "redis.addrs"],
    [
      "redis.tls.enabled, which does not exist",
      { ...MINIMAL, redis: { addrs: ["r:1"], tls: { enabled: true } } },
      "redis.tls.enabled",
    ],
    ["no bucket", { ...MINIMAL, storage: { s3: { region: "r" } } }, "storage.s3.bucket"],
    ["an access key alone", withS3({ accesskey: "a" }), "storage.s3.accesskey"],
    ["a chunk below 5 MiB", withS3({ chunksize: 5 * MIB - 1 }), "storage.s3.chunksize"],
    ["a chunk above 5 GiB", withS3({ chunksize: 5 * 1024 * MIB + 1 }), "storage.s3.chunksize"],
    ["a chunk with a suffix", withS3({ chunksize: "10MB" }), "storage.s3.chunksize"],
    ["no concurrency", withS3({ multipartcopymaxconcurrency: 0 }), "storage.s3.multipartcopymaxconcurrency"],
    ["an endpoint without scheme", withS3({ regionendpoint: "rustfs:9000" }), "storage.s3.regionendpoint"],
    [
      "a redirect endpoint with a path",
      withS3({ redirectendpoint: "https://s3/x", forcepathstyle: true }),
      "storage.s3.redirectendpoint",
    ],
    [
      "a redirect endpoint without path style",
      withS3({ redirectendpoint: "https://s3" }),
      "storage.s3.redirectendpoint",
    ],
    ["a key id without encryption", withS3({ keyid: "k" }), "storage.s3.keyid"],
    ["an unknown storage class", withS3({ storageclass: "DEEP" }), "storage.s3.storageclass"],
    ["an unknown ACL", withS3({ objectacl: "open" }), "storage.s3.objectacl"],
    ["an unknown S3 log level", withS3({ loglevel: "info" }), "storage.s3.loglevel"],
    ["two kinds of auth", { ...MINIMAL, auth: { none: {}, htpasswd: { realm: "r", path: "/p" } } }, "auth"],
    ["htpasswd without realm", { ...MINIMAL, auth: { htpasswd: { path: "/p" } } }, "auth.htpasswd.realm"],
    ["silly authentication", { ...MINIMAL, auth: { silly: { realm: "r", service: "s" } } }, "auth.silly"],
    [
      "a token without keys",
      { ...MINIMAL, auth: { token: { realm: "https://x", service: "s", issuer: "i" } } },
      "auth.token",
    ],
    ["a header that is no list", withHttp({ headers: { X: "y" } }), "http.headers.X"],
    ["a duration without unit", withHttp({ draintimeout: "20" }), "http.draintimeout"],
    ["a duration as number", withHttp({ draintimeout: 20 }), "http.draintimeout"],
    ["no secret: every restart would break unfinished uploads", withHttp({ secret: undefined }), "http.secret"],
    ["an unknown network", withHttp({ net: "udp" }), "http.net"],
    ["a prefix without slashes", withHttp({ prefix: "/x" }), "http.prefix"],
    [
      "relative URLs with a host, which wins",
      withHttp({ host: "https://registry.example.com", relativeurls: true }),
      "http.relativeurls",
    ],
    ["a host without scheme", withHttp({ host: "registry.example.com" }), "http.host"],
    ["Prometheus without an address", withHttp({ debug: { prometheus: { enabled: true } } }), "http.debug.addr"],
    ["TLS without anything", withTls({}), "http.tls"],
    ["a certificate without key", withTls({ certificate: "/c" }), "http.tls.certificate"],
    [
      "two sources of certificates",
      withTls({ certificate: "/c", key: "/k", letsencrypt: { cachefile: "/a", email: "a@b", hosts: ["a.b"] } }),
      "http.tls",
    ],
    [
      "Let's Encrypt without cache",
      withTls({ letsencrypt: { email: "a@b", hosts: ["a.b"] } }),
      "http.tls.letsencrypt.cachefile",
    ],
    [
      "Let's Encrypt for an address",
      withTls({ letsencrypt: { cachefile: "/a", email: "a@b", hosts: ["192.0.2.1"] } }),
      "http.tls.letsencrypt.hosts.0",
    ],
    [
      "client certificates with Let's Encrypt",
      withTls({ clientcas: ["/c"], letsencrypt: { cachefile: "/a", email: "a@b", hosts: ["a.b"] } }),
      "http.tls.clientcas",
    ],
    ["TLS 1.1", withTls({ certificate: "/c", key: "/k", minimumtls: "tls1.1" }), "http.tls.minimumtls"],
    [
      "a cipher suite that only the documentation has",
      withTls({ certificate: "/c", key: "/k", ciphersuites: ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"] }),
      "http.tls.ciphersuites.0",
    ],
    ["a negative tag limit", { ...MINIMAL, tags: { maxtags: -1 } }, "tags.maxtags"],
    ["a catalog of none", { ...MINIMAL, catalog: { maxentries: 0 } }, "catalog.maxentries"],
    [
      "a middleware that the shipped registry lacks",
      { ...MINIMAL, middleware: { storage: [{ name: "cache" }] } },
      "middleware.storage.0.name",
    ],
    [
      "a disabled middleware",
      { ...MINIMAL, middleware: { storage: [{ name: "redirect", disabled: true }] } },
      "middleware.storage.0.disabled",
    ],
    ["a hook that is not mail", { ...MINIMAL, log: { hooks: [{ type: "slack", options: {} }] } }, "log.hooks.0.type"],
    [
      "a bad regular expression",
      { ...MINIMAL, validation: { manifests: { urls: { allow: ["("] } } } },
      "validation.manifests.urls.allow.0",
    ],
    [
      "a platform list without list",
      { ...MINIMAL, validation: { manifests: { indexes: { platforms: "list" } } } },
      "validation.manifests.indexes.platformlist",
    ],
    [
      "a threshold for files",
      { ...MINIMAL, health: { file: [{ file: "/x", threshold: 3 }] } },
      "health.file.0.threshold",
    ],
    [
      "an unknown notification action",
      { ...MINIMAL, notifications: { endpoints: [{ name: "n", url: "https://x", ignore: { actions: ["tag"] } }] } },
      "notifications.endpoints.0.ignore.actions.0",
    ],
    ["a cache with Distribution's own time to live", { ...MINIMAL, proxy: { remoteurl: "https://x" } }, "proxy.ttl"],
    ["a cache whose deletes are off", withProxy({ ttl: "24h" }, { delete: { enabled: false } }), "proxy.ttl"],
    [
      "a cache that forgets at its stop what expires",
      withProxy({ ttl: "24h" }, {}, { draintimeout: "0s" }),
      "proxy.ttl",
    ],
    [
      "a cache that answers for what expired, in memory",
      withProxy({ ttl: "24h" }, { cache: { blobdescriptor: "inmemory" } }),
      "storage.cache.blobdescriptor",
    ],
    [
      "a cache that answers for what was removed, in Redis",
      { ...withProxy({}, { cache: { blobdescriptor: "redis" } }), redis: { addrs: ["redis:6379"] } },
      "storage.cache.blobdescriptor",
    ],
    [
      "a read-only cache",
      withProxy({}, { maintenance: { readonly: { enabled: true } } }),
      "storage.maintenance.readonly.enabled",
    ],
    [
      "a cache on S3 that cuts off a slow first download",
      withProxy({ cachewritetimeout: "59m" }, { inmemory: undefined, s3: S3 }),
      "proxy.cachewritetimeout",
    ],
    ["a login without its password", withProxy({ username: "u" }), "proxy.username"],
    ["a password without its login", withProxy({ password: "p" }), "proxy.password"],
    [
      "a login beside a helper",
      withProxy({ username: "u", password: "p", exec: { command: "/helper" } }),
      "proxy.username",
    ],
  ])("%s", (_, configuration, option) => {
    expect(configurationProblems(configuration).map((problem) => problem.option)).toContain(option);
  });

  test("with the rule and the value, unless it is secret", () => {
    const [level] = configurationProblems({ ...MINIMAL, log: { level: "trace" } });
    expect(level).toEqual({ option: "log.level", rule: "must be error, warn, info or debug", got: "trace" });
    expect(configurationProblems(withHttp({ secret: 12345 }))).toEqual([
      { option: "http.secret", rule: "must be a string" },
    ]);
  });

  test("and everything at once", () => {
    const problems = configurationProblems({
      ...withHttp({ draintimeout: "1" }),
      storage: { s3: { region: "r" } },
      x: 1,
    });
    expect(problems.map((problem) => problem.option).sort()).toEqual(["http.draintimeout", "storage.s3.bucket", "x"]);
  });
});

describe("what Distribution takes passes", () => {
  test.each<[string, object]>([
    ["a minimum", MINIMAL],
    ["the smallest chunk", withS3({ chunksize: 5 * MIB })],
    ["the largest chunk", withS3({ chunksize: 5 * 1024 * MIB })],
    ["purging off, alone", withStorage({ maintenance: { uploadpurging: { enabled: false } } })],
    [
      "purging off, with the rest",
      withStorage({ maintenance: { uploadpurging: { enabled: false, age: "1h", interval: "1h", dryrun: false } } }),
    ],
    ["a socket", { ...MINIMAL, http: { addr: "/run/registry.sock", net: "unix", secret: SECRET } }],
    ["a cache that keeps everything", { ...MINIMAL, proxy: { remoteurl: "https://x", ttl: "0" } }],
    ["a cache that keeps everything, in seconds", { ...MINIMAL, proxy: { remoteurl: "https://x", ttl: "0s" } }],
    ["a cache whose content expires", withProxy({ ttl: "1m" })],
    ["a cache on S3 with an hour", withProxy({ cachewritetimeout: "1h" }, { inmemory: undefined, s3: S3 })],
    ["a cache on disk that is in a hurry", withProxy({ cachewritetimeout: "1m" })],
  ])("%s", (_, configuration) => expect(configurationProblems(configuration)).toEqual([]));
});

describe("mergeConfiguration", () => {
  test("merges maps, replaces lists, removes with null, keeps with undefined", () => {
    expect(
      mergeConfiguration(
        { a: { b: 1, c: 2 }, d: [1, 2], e: 1, f: 1 },
        { a: { b: 3 }, d: [9], e: null, f: undefined, g: { h: null, i: 1 } },
      ),
    ).toEqual({ a: { b: 3, c: 2 }, d: [9], f: 1, g: { i: 1 } });
  });
});

describe("renderConfiguration", () => {
  const render = (secret: string): DistributionConfiguration => ({
    version: "0.1",
    log: { level: "info", fields: { note: "0123", yes: "yes", template: "${x} %{y}" } },
    storage: { inmemory: {} },
    http: { addr: ":5000", secret },
  });

  test("is YAML that reads back as the same values, whatever they look like", () => {
    const configuration = render("off: # ' \" \\ @");
    expect(parse(renderConfiguration(configuration))).toEqual(configuration);
  });

  test("leaves a secret to Terraform, encoded, and doubles the template marks beside it", () => {
    const { output } = synthesize((scope) => {
      const secret = new TerraformVariable(scope, "secret", { sensitive: true });
      scope.addOverride("output.yaml.value", renderConfiguration(render(secret.stringValue)));
    });
    expect(output.yaml?.value).toContain("secret: ${jsonencode(var.secret)}\n");
    expect(output.yaml?.value).toContain('template: "$${x} %%{y}"');
  });
});

describe("flattenConfiguration", () => {
  test("is one line per key, without secrets", () => {
    const flat = flattenConfiguration({
      version: "0.1",
      storage: { s3: { ...S3, accesskey: "AK", secretkey: "SK", chunksize: 5 * MIB } },
      redis: { addrs: ["r:1"], password: "p" },
      http: { addr: ":5000", secret: "s", headers: { X: ["1", "2"], Authorization: ["t"] } },
      notifications: { endpoints: [{ name: "n", url: "https://x", headers: { Authorization: ["Bearer x"] } }] },
      proxy: { remoteurl: "https://x", username: "u", password: "p" },
    });
    expect(flat).toMatchObject({ "storage.s3.chunksize": "5242880", "http.headers.X.1": "2", "redis.addrs.0": "r:1" });
    expect(Object.keys(flat).filter((key) => /secret|password|accesskey|authorization/i.test(key))).toEqual([]);
  });
});
