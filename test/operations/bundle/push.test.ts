import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CreateOptions, createBundle } from "../../../operations/bundle/create";
import { type PushOptions, pushBundle } from "../../../operations/bundle/push";
import { readEnvironmentFiles, readEnvironments } from "../../../operations/environments";
import { UNINTERRUPTED } from "../../../operations/interruption";
import type { Progress } from "../../../operations/progress";
import { Terraform } from "../../../operations/terraform/terraform";
import { FakeRegistry } from "../../support/fake-registry";
import { freePort } from "../../support/process";
import { inFolder } from "../in-folder";
import { SmallRegistry } from "./small-registry";

inFolder();

const FILE = "one.tar";
const TARGETS = ["library/registry", "rustfs/rustfs", "team/app"];
let source: SmallRegistry;
let target: FakeRegistry;
let port: number;
let lines: string[];

const progress: Progress = {
  stage: () => ({ now() {}, line: (text) => void lines.push(text), done() {}, failed() {} }),
};

beforeEach(async () => {
  source = new SmallRegistry();
  await source.listen();
  target = new FakeRegistry((user, password) => user === "ci" && password === "right");
  port = await freePort();
  await target.listen(port);
  lines = [];
  environment();
  for (const host of ["registry.terraform.io", "registry.opentofu.org"])
    for (const [name, version] of [
      ["kreuzwerker/docker", "4.5.0"],
      ["hashicorp/null", "3.2.4"],
    ])
      write(`mirror/${host}/${name}/${version}/linux_amd64/program`, "program");
});
afterEach(async () => {
  source.close();
  await target.close();
});

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function environment(more: Record<string, unknown> = {}): void {
  const images = {
    distribution: `127.0.0.1:${source.port}/library/registry:1@${source.digest}`,
    rustfs: `127.0.0.1:${source.port}/rustfs/rustfs:1@${source.digest}`,
  };
  const registry = { host: "127.0.0.1", publish: { port }, tls: { mode: "none" }, ...more };
  write("environments/lab.yaml", JSON.stringify({ images, registry }));
}

const create = (more: Partial<CreateOptions> = {}) =>
  createBundle({
    ...{ environments: readEnvironments(), files: readEnvironmentFiles(), platforms: ["linux/amd64"], output: FILE },
    ...{
      providers: "mirror",
      rclone: "",
      terraform: new Terraform("terraform", {}),
      variables: { DOCKER_CONFIG: "." },
    },
    ...{ images: [`127.0.0.1:${source.port}/team/app:1`], allPlatforms: true, progress, interruption: UNINTERRUPTED },
    pack: () => ({ name: "program-1.0.0.tgz", content: Buffer.from("packed"), packages: [] }),
    ...more,
  });

const push = (more: Partial<PushOptions> = {}) =>
  pushBundle("lab", {
    ...{ file: FILE, variables: {}, progress, interruption: UNINTERRUPTED, pauseMs: 1 },
    ...{ login: { user: "ci", password: "right" }, ...more },
  });

/** What was asked for besides questions. */
const changes = () => target.requests.filter(({ method }) => !["GET", "HEAD"].includes(method));

describe("push", () => {
  test("brings every image under its own name, all platforms, and sends nothing the second time", async () => {
    await create();
    const { sent, images, address } = await push();
    expect([address, images.map(({ upload }) => upload.repository)]).toEqual([
      `127.0.0.1:${port}`,
      ["library/registry", "team/app", "rustfs/rustfs"],
    ]);
    expect(sent).toBeGreaterThan(200_000);
    for (const name of TARGETS) {
      const there = target.manifests.get(name);
      expect(there?.get("1")).toEqual(source.content.get(source.digest));
      // The index, three that it names, and the tag.
      expect(there?.size).toBe(5);
    }
    target.requests.length = 0;
    expect((await push()).sent).toBe(0);
    expect(changes()).toEqual([]);
  });

  test("says what goes where, and how big it is, before it begins; --dry-run leaves it at that", async () => {
    await create();
    lines = [];
    await push({ dryRun: true, prefix: "hub" });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^127\.0\.0\.1:\d+\/library\/registry:1 → hub\/library\/registry:1 {2}0\.2 MB, 0\.2 MB to send$/,
    );
    expect(changes()).toEqual([]);
  });

  test("one that was cut off goes on with what is not there", async () => {
    await create();
    target.faults = { status: [/PUT .*\/manifests\//, 400] };
    await expect(push()).rejects.toThrow("library/registry: the registry answers HTTP 400 to PUT");
    target.faults = {};
    target.requests.length = 0;
    await push();
    expect(changes().filter(({ path }) => path.startsWith("/v2/library/registry/blobs/"))).toEqual([]);
    expect([...target.manifests.keys()].sort()).toEqual(TARGETS);
  });

  test("writes a tag that is gone, though the image is there", async () => {
    await create();
    await push();
    target.manifests.get("team/app")?.delete("1");
    expect((await push()).sent).toBe(0);
    expect(target.manifests.get("team/app")?.get("1")).toEqual(source.content.get(source.digest));
  });

  test("leaves a tag that names another image where it is, unless it is asked", async () => {
    await create();
    target.addTag("rustfs/rustfs", "1");
    await expect(push()).rejects.toMatchObject({
      message: expect.stringMatching(/Nothing was sent: .*rustfs\/rustfs:1 is sha256:/),
      remedy: expect.stringContaining("--overwrite"),
    });
    expect(changes()).toEqual([]);
    await push({ overwrite: true });
    expect(target.manifests.get("rustfs/rustfs")?.get("1")).toEqual(source.content.get(source.digest));
  });

  test("sends an index of some platforms only to a registry that is told to take it", async () => {
    await create({ allPlatforms: false });
    await expect(push()).rejects.toMatchObject({
      message: expect.stringContaining("some platforms only"),
      remedy: expect.stringMatching(/--all-platforms.*platforms: none/),
    });
    expect(changes()).toEqual([]);
    environment({ configuration: { validation: { manifests: { indexes: { platforms: "none" } } } } });
    await push();
    expect(target.manifests.get("team/app")?.size).toBe(3);
  });

  test("checks the file first, whole", async () => {
    await create();
    const bundle = readFileSync(FILE);
    bundle.write("x", bundle.indexOf("amd64amd64") + 5);
    writeFileSync(FILE, bundle);
    await expect(push()).rejects.toThrow("is damaged");
    expect(target.requests).toEqual([]);
  });

  test("says who may push, that it is read-only, that it is a cache, that nobody answers", async () => {
    await create();
    await expect(push({ login: { user: "ci", password: "wrong" } })).rejects.toMatchObject({
      message: `http://127.0.0.1:${port} refuses the login`,
      remedy: expect.stringContaining("users list lab"),
    });
    target.readOnly = true;
    await expect(push()).rejects.toMatchObject({ remedy: expect.stringContaining("gc or restore") });
    environment({ readOnly: true });
    await expect(push()).rejects.toThrow("lab is read-only");
    environment({ proxy: { remoteUrl: "https://registry-1.docker.io" } });
    await expect(push()).rejects.toThrow("pull-through cache");
    environment();
    await target.close();
    await expect(push()).rejects.toThrow("nobody listens there");
  });
});
