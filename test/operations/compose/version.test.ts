import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { readBuild } from "../../../operations/compose/dockerfile";
import { type ComposeImport, importCompose } from "../../../operations/compose/import";
import { CHANGED_DEFAULTS, registryVersion, versionOf } from "../../../operations/compose/version";
import { inFolder } from "../in-folder";

const importOne = (...args: Parameters<typeof importCompose>) => importCompose(...args)[0] as ComposeImport;

const GUIDE = readFileSync(resolve(__dirname, "../../../docs/guides/import-compose.md"), "utf8");

test.each([
  ["registry:2", { major: 2, minor: 8, patch: 3 }],
  ["registry:2.7", { major: 2, minor: 7, patch: 99 }],
  ["hub.example.com:5000/registry:v2.8.1-alpine", { major: 2, minor: 8, patch: 1 }],
  ["registry:3.0.0@sha256:0123", { major: 3, minor: 0, patch: 0 }],
  ["registry", { major: 3, minor: 1, patch: 2 }],
  ["registry:latest", { major: 3, minor: 1, patch: 2 }],
  ["registry@sha256:0123", undefined],
  ["example.com:5000/hub:stable", undefined],
  ["example.com:5000/hub:20240101abc", undefined],
])("%s", (image, version) => {
  expect(registryVersion({ base: image })).toEqual(version);
});

test("what a person says wins over the tag", () => {
  expect(registryVersion({ base: "registry:3" }, "2.6.2")).toEqual({ major: 2, minor: 6, patch: 2 });
  expect(versionOf("two")).toBeUndefined();
});

describe("an image that is built", () => {
  inFolder();

  test.each<[string, Record<string, string>, string | undefined]>([
    ["FROM registry:2.7", {}, "registry:2.7"],
    ["# syntax\nARG VERSION=2\nFROM --platform=$TARGETPLATFORM registry:${VERSION}", {}, "registry:2"],
    ["ARG VERSION=2\nFROM registry:$VERSION", { VERSION: "2.8.1" }, "registry:2.8.1"],
    ["FROM golang AS build\nRUN x\nFROM registry:3.0.0 AS base\nFROM base", {}, "registry:3.0.0"],
    ["FROM registry:3.0.0 AS BASE\nfrom base as final", {}, "registry:3.0.0"],
    ["RUN x", {}, undefined],
  ])("%s", (text, args, image) => {
    writeFileSync("Dockerfile", text);
    expect(readBuild({ context: ".", args }, ".").base).toBe(image);
    expect(readBuild("nowhere", ".").base).toBeUndefined();
  });
});

describe("a default that changed", () => {
  inFolder();

  const imported = (version: string, tree: object, port = "127.0.0.1:5000:5000") => {
    mkdirSync("old/tls", { recursive: true });
    const s3 = { bucket: "images", region: "eu-central-1", regionendpoint: "https://192.0.2.10:9000" };
    writeFileSync("old/config.yml", stringify({ storage: { s3 }, ...tree }));
    const volumes = ["./config.yml:/etc/docker/registry/config.yml", "./tls:/tls"];
    const services = { hub: { image: `registry:${version}`, ports: [port], volumes } };
    writeFileSync("old/compose.yml", stringify({ services }));
    return importOne("old/compose.yml", { PATH: "/nowhere" }, {});
  };
  const said = (version: string, tree: object = {}) =>
    imported(version, tree)
      .report.changes.map(({ what }) => what)
      .join("\n");
  const TLS = { http: { tls: { certificate: "/tls/a.pem", key: "/tls/a.key" } } };

  /** What shows that an import knows of it: what the old version did, written or said, and nothing for a newer one. */
  const TESTS: Readonly<Record<string, () => void>> = {
    "storage.s3.forcepathstyle": () => {
      expect(parse(imported("2.8.3", {}).yaml).storage.s3.forcePathStyle).toBeUndefined();
      expect(parse(imported("3.0.0", {}).yaml).storage.s3.forcePathStyle).toBe(false);
    },
    "http.tls.minimumtls": () => {
      expect(said("2.7.1", TLS)).toMatch(/clients need TLS 1\.2/);
      expect(said("2.7.1")).not.toMatch(/TLS/);
      expect(said("2.8.0", TLS)).not.toMatch(/TLS/);
    },
    "catalog.maxentries": () => {
      expect(said("2.8.1")).toMatch(/more than 1000 repositories/);
      expect(said("2.8.1", { catalog: { maxentries: 50 } })).not.toMatch(/1000 repositories/);
      expect(said("2.8.2")).not.toMatch(/1000 repositories/);
    },
    "tags.maxtags": () => {
      expect(said("2.8.3")).toMatch(/at most 1000 in one answer/);
      expect(said("3.0.0")).not.toMatch(/at most 1000 in one answer/);
    },
    "storage.cache.blobdescriptorsize": () => {
      const cached = (size?: number) =>
        parse(
          imported("2.8.3", {
            storage: { ...S3_ONLY, cache: { blobdescriptor: "inmemory", ...(size && { blobdescriptorsize: size }) } },
          }).yaml,
        );
      expect(cached().registry.cache).toBeUndefined();
      expect(cached(50).registry.cache).toEqual({ type: "inmemory", size: 50 });
    },
    "compatibility.schema1.enabled": () => {
      const schema1 = { compatibility: { schema1: { enabled: true } } };
      expect(said("2.8.3", schema1)).toMatch(/schema 1\) are not served/);
      expect(said("2.8.3")).not.toMatch(/schema 1/);
    },
  };
  const S3_ONLY = { s3: { bucket: "images", region: "eu-central-1", regionendpoint: "https://192.0.2.10:9000" } };

  test.each(CHANGED_DEFAULTS)("$key", ({ key }) => TESTS[key]?.());

  test.each(CHANGED_DEFAULTS)("$key is in the guide, and has its test", ({ key, before, now }) => {
    expect(TESTS[key]).toBeDefined();
    expect(GUIDE).toContain(`| \`${key}\` | ${before} | ${now} |`);
  });

  test("a minimum that Distribution 3 has not becomes 1.2", () => {
    const old = { http: { tls: { ...TLS.http.tls, minimumtls: "tls1.0" } } };
    expect(said("2.8.3", old)).toMatch(/TLS 1\.0 → 1\.2/);
    expect(parse(imported("2.8.3", old).yaml).registry.tls.minimumVersion).toBeUndefined();
  });

  test("an image that does not tell its version is asked for", () => {
    const { warnings } = imported("stable", {}).report;
    expect(warnings.join()).toMatch(/the Distribution version of registry:stable is unknown.*--registry-version/);
    expect(() => importOne("old/compose.yml", { PATH: "/nowhere" }, { registryVersion: "two" })).toThrow(
      /--registry-version must be Distribution's version, got two/,
    );
  });
});
