import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../config";
import { branchWith, knownKeysAt, nearest, suggestKey } from "../../config/known-keys";

describe("known keys", () => {
  test("are those of the level", () => {
    expect(knownKeysAt([], {})).toEqual([
      "name",
      "docker",
      "kubernetes",
      "state",
      "images",
      "registry",
      "storage",
      "access",
      "networks",
      "backup",
      "monitoring",
      "ui",
      "labels",
    ]);
    expect(knownKeysAt(["registry", "publish"], {})).toEqual(["address", "port"]);
    expect(knownKeysAt(["registry", "notifications", "endpoints", 3, "ignore"], {})).toEqual(["mediaTypes", "actions"]);
  });

  test("of a choice are those of the branch that is taken", () => {
    const data = { registry: { tls: { mode: "behind-proxy" } } };
    expect(knownKeysAt(["registry", "tls"], data)).toEqual(["mode", "url", "relativeUrls", "reason", "network"]);
  });

  test("of a choice without one are those of all", () => {
    expect(knownKeysAt(["registry", "cache"], { registry: { cache: null } })).toContain("addresses");
  });

  test("of free maps and single values are none", () => {
    expect(knownKeysAt(["labels"], {})).toEqual([]);
    expect(knownKeysAt(["registry", "configuration", "http"], {})).toEqual([]);
    expect(knownKeysAt(["name", "x"], { name: "a" })).toEqual([]);
  });
});

describe("a suggestion", () => {
  test.each([
    [["registry"], "publsh", ["registry", "publish"]],
    [["registry"], "stop-timeout-seconds", ["registry", "stopTimeoutSeconds"]],
    [["registry"], "stopTimeout", ["registry", "stopTimeoutSeconds"]],
    [["registry"], "memory", ["registry", "memoryMb"]],
    [["registry", "publish"], "prot", ["registry", "publish", "port"]],
    [["registry"], "port", ["registry", "publish", "port"]],
    [["storage", "rustfs"], "subnet", ["networks", "edge", "subnet"]],
    [[], "host", ["docker", "host"]],
    [["images"], "registry", ["images", "distribution"]],
    [["images"], "storage", ["images", "rustfs"]],
    [[], "tls", ["registry", "tls"]],
  ])("in %j for %s is %j", (path, key, expected) => {
    expect(suggestKey(path, key, {})).toEqual(expected);
  });

  test.each(["colour", "x", "services"])("is not made for %s", (key) => {
    expect(suggestKey([], key, {})).toBeUndefined();
  });
});

describe("the nearest word", () => {
  test.each([
    ["inof", "info"], // two letters swapped
    ["inf", "info"], // one missing
    ["infos", "info"], // one too many
    ["INFO", "info"],
    ["warning", "warn"],
  ])("to %s is %s", (word, expected) => {
    expect(nearest(word, ["error", "warn", "info", "debug"])).toBe(expected);
  });

  test.each(["", "trace", "in"])("to %j is none", (word) => {
    expect(nearest(word, ["error", "warn", "info", "debug"])).toBeUndefined();
  });
});

test("a key of another branch tells its branch", () => {
  expect(branchWith(["registry", "tls"], "keyFile")).toEqual({ key: "mode", value: "certificate" });
  expect(branchWith(["state"], "schemaName")).toEqual({ key: "backend", value: "pg" });
  expect(branchWith(["registry"], "host")).toBeUndefined();
});

describe("what people write first", () => {
  test.each([
    ["images: { registry: registry:3 }", "write distribution"],
    ["registry: { port: 5000 }", "move it; did you mean registry.publish.port?"],
    ["registry: { hostname: a }", "write host"],
    ["registry: { image: registry:3 }", "move it; did you mean images.distribution?"],
    ["storage: { minio: {} }", "write rustfs"],
    ["storage: { bucket: a }", "move it; did you mean storage.rustfs.bucket?"],
  ])("%s", (text, fix) => {
    const unknown = parseEnvironment(text, "test.yaml").diagnostics.find(({ rule }) => rule === "is not a known key");
    expect(unknown?.fix).toBe(fix);
  });
});
