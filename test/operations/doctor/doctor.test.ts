import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../../config";
import { DOCKER_PROVIDER } from "../../../constructs/values/required-providers";
import { atLeast, judgeEngine } from "../../../operations/doctor/docker";
import { examine } from "../../../operations/doctor/doctor";
import { findProvider } from "../../../operations/terraform/provider-search";
import { FakeCluster } from "../../support/fake-cluster";
import { inFolder } from "../in-folder";

test.each([
  ["1.11.4", "1.4", true],
  ["1.3.9", "1.4", false],
  ["1.4", "1.4", true],
  ["20.19.0", "20.19", true],
  ["20.18.3", "20.19", false],
  ["22.1.0", "20.19", true],
  ["1.10.0-beta1", "1.10", true],
  ["1.41", "1.41", true],
])("%s is at least %s: %s", (version, wanted, is) => expect(atLeast(version, wanted)).toBe(is));

describe("judgeEngine", () => {
  const environment = (older: boolean) =>
    parseEnvironment(`registry: { host: localhost }\ndocker: { olderThan25: ${older} }\n`, "lab.yaml").environment;
  const judge = (version: string, apiVersion: string, older?: boolean) =>
    judgeEngine({ version, apiVersion, host: "unix:///d.sock" }, older === undefined ? undefined : environment(older));

  test.each([
    ["20.10.24", "1.41", true],
    ["24.0.9", "1.43", true],
    ["25.0.0", "1.44", false],
    ["29.7.2", "1.52", false],
    ["20.10.24", "1.41", undefined],
    ["29.7.2", "1.52", undefined],
  ])("%s, API %s, olderThan25 %s: fine", (version, api, older) => {
    expect(judge(version, api, older)).toEqual({ status: "passed", detail: `${version}, API ${api}` });
  });

  test.each(["", "dev", "library-import"])("an engine that calls itself %j is judged by its API", (version) => {
    expect(judge(version, "1.52", false)).toEqual({ status: "passed", detail: "without a version number, API 1.52" });
    expect(judge(version, "1.40", false)).toMatchObject({ status: "failed" });
  });

  test("one before 25 needs the key, and says which", () => {
    expect(judge("20.10.24", "1.41", false)).toMatchObject({
      status: "failed",
      remedy: expect.stringContaining("`docker: { olderThan25: true }` in environments/lab.yaml"),
    });
  });

  test("a newer one does without", () => {
    expect(judge("29.7.2", "1.52", true)).toMatchObject({
      status: "warning",
      remedy: expect.stringContaining("remove it"),
    });
  });

  test("one before 20.10 is too old", () => {
    expect(judge("19.03.9", "1.40", true)).toMatchObject({ status: "failed", remedy: "install a newer one" });
  });
});

describe("findProvider", () => {
  inFolder();
  const HOST = "registry.invalid";

  test.each([
    ["~/.terraform.d/plugins", "home/.terraform.d/plugins", {}],
    ["the plugin cache", "cache", { TF_PLUGIN_CACHE_DIR: "cache" }],
    ["what the environment has installed", "stack/.terraform/providers", {}],
  ])("in %s", async (_, folder, variables) => {
    mkdirSync(`${folder}/${HOST}/kreuzwerker/docker/4.5.0`, { recursive: true });
    mkdirSync(`elsewhere/${HOST}/hashicorp/null/3.2.4`, { recursive: true });
    expect(await findProvider(DOCKER_PROVIDER, HOST, "stack", { HOME: "home", ...variables })).toEqual({
      found: folder,
    });
  });

  test("not one that is too old, and not on a network that is not there", async () => {
    mkdirSync(`home/.terraform.d/plugins/${HOST}/kreuzwerker/docker/4.4.0`, { recursive: true });
    mkdirSync(`home/.terraform.d/plugins/${HOST}/kreuzwerker/docker/3.6.2`, { recursive: true });
    expect(await findProvider(DOCKER_PROVIDER, HOST, undefined, { HOME: "home" })).toMatchObject({
      missing: expect.stringMatching(HOST),
    });
  });
});

describe("examine", () => {
  inFolder();

  test("says what is missing, and what to do", async () => {
    const checks = await examine({ variables: { PATH: "", HOME: "home" }, nodeVersion: "18.0.0" });
    const failed = checks.filter(({ status }) => status === "failed");
    expect(failed.map(({ id }) => id)).toEqual(expect.arrayContaining(["node", "terraform"]));
    for (const { remedy } of failed) expect(remedy).toBeTruthy();
  });
});

test("of a cluster those nodes count that the environment's tolerations name", async () => {
  const cluster = await FakeCluster.start();
  const taints = [{ key: "dedicated", value: "images", effect: "NoSchedule" }];
  const status = { conditions: [{ type: "Ready", status: "True" }], nodeInfo: { kubeletVersion: "v1.36.3" } };
  cluster.put("/api/v1/nodes", { metadata: { name: "a" }, spec: { taints }, status });
  const { context, kubeconfig, namespace } = cluster.settings();
  const nodes = async (tolerations: object[]) => {
    const kubernetes = { context, kubeconfig, namespace, replicas: 1, storage: { nodes: 1 }, tolerations };
    const text = JSON.stringify({ registry: { host: "localhost" }, kubernetes });
    const { environment } = parseEnvironment(text, "lab.yaml");
    if (!environment) throw new Error("the file is not valid");
    const checks = await examine({ environment, variables: { PATH: "", HOME: "home" }, nodeVersion: "22.0.0" });
    return checks.find(({ id }) => id === "nodes")?.detail;
  };
  expect(await nodes([{ key: "dedicated" }])).toBe("1 of 1 take the pods, v1.36.3");
  expect(await nodes([{ key: "spot" }])).toBe("0 of 1 take the pods");
});
