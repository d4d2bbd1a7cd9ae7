import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { DOCKER_PROVIDER, NULL_PROVIDER } from "../../../constructs/values/required-providers";
import {
  judgeProviderLock,
  lockProvider,
  PLATFORMS,
  readProviderLock,
} from "../../../operations/terraform/provider-lock";
import { Terraform } from "../../../operations/terraform/terraform";
import { machines } from "../../support/fake-machine";
import { run } from "../../support/process";
import { inFolder } from "../in-folder";

const PROVIDERS = [DOCKER_PROVIDER, NULL_PROVIDER];

const lockText = (hashes: readonly string[], names = ["hashicorp/null", "kreuzwerker/docker"]) =>
  names
    .map((name) => {
      const lines = hashes.map((one) => `    "${one}",\n`).join("");
      return `provider "registry.terraform.io/${name}" {\n  version     = "4.5.0"\n  hashes = [\n${lines}  ]\n}\n`;
    })
    .join("\n");

describe("a kept lock", () => {
  inFolder();
  const keep = (hashes: readonly string[], names?: string[]) => {
    mkdirSync("environments", { recursive: true });
    writeFileSync("environments/terraform.lock.hcl", lockText(hashes, names));
  };

  test("none", () => {
    expect(readProviderLock("Terraform", DOCKER_PROVIDER.source)).toBeUndefined();
    expect(judgeProviderLock("Terraform", PROVIDERS)).toMatchObject({
      status: "warning",
      remedy: "private-registry lock, and commit environments/terraform.lock.hcl",
    });
  });

  test.each<[string[], "passed" | "warning" | "failed", RegExp]>([
    [
      ["h1:a=", "h1:b=", "zh:c"],
      "passed",
      /^kreuzwerker\/docker 4\.5\.0, hashicorp\/null 4\.5\.0, environments\/terraform\.lock\.hcl, 2 platforms$/,
    ],
    [["h1:a=", "zh:c", "zh:d"], "passed", /1 platform/],
    [["h1:a="], "warning", /one platform only/],
    [["zh:c", "zh:d"], "failed", /a changed one would pass/],
    [[], "failed", /a changed one would pass/],
  ])("with %j: %s", (hashes, status, detail) => {
    keep(hashes);
    expect(judgeProviderLock("Terraform", PROVIDERS)).toMatchObject({ status, detail: expect.stringMatching(detail) });
    // OpenTofu's registry is another one, and so is its lock.
    expect(readProviderLock("OpenTofu", DOCKER_PROVIDER.source)).toBeUndefined();
  });

  test.each([
    [["hashicorp/random"], /does not know kreuzwerker\/docker/],
    [["kreuzwerker/docker"], /does not know hashicorp\/null/],
  ])("of %j lacks one", (names, detail) => {
    keep(["h1:a=", "h1:b="], names);
    expect(judgeProviderLock("Terraform", PROVIDERS)).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(detail),
    });
  });
});

describe("lock", () => {
  inFolder();
  /** Writes down its arguments and what it finds, then a lock as Terraform does. */
  const program = (name: string, exit = 0) => {
    mkdirSync("environments");
    writeFileSync("made.hcl", lockText(["h1:a=", "h1:b=", "zh:c"]));
    const home = process.cwd();
    writeFileSync(
      name,
      `#!/bin/sh\necho "$*" >"${home}/args"\ncd "\${1#-chdir=}"\ncat main.tf.json >"${home}/config"\ncat .terraform.lock.hcl >"${home}/found" 2>/dev/null\ncp "${home}/made.hcl" .terraform.lock.hcl\nexit ${exit}\n`,
    );
    chmodSync(name, 0o755);
    return new Terraform(resolve(name), { PATH: process.env.PATH });
  };

  test("writes the checksums of every platform beside the environments", async () => {
    const made = await lockProvider(program("terraform"), PROVIDERS, { platforms: PLATFORMS });
    expect(made).toMatchObject(
      ["kreuzwerker/docker", "hashicorp/null"].map((source) => ({
        source,
        version: "4.5.0",
        unpacked: 2,
        archives: 1,
      })),
    );
    expect(readFileSync("environments/terraform.lock.hcl", "utf8")).toBe(readFileSync("made.hcl", "utf8"));
    expect(JSON.parse(readFileSync("config", "utf8"))).toEqual({
      terraform: { required_providers: { docker: DOCKER_PROVIDER, null: NULL_PROVIDER } },
    });
    expect(readFileSync("args", "utf8")).toBe(
      `-chdir=.private-registry/lock providers lock -no-color ${PLATFORMS.map((one) => `-platform=${one}`).join(" ")}\n`,
    );
    expect(existsSync(".private-registry/lock")).toBe(false);
  });

  test("keeps the locked version, unless it is to be upgraded", async () => {
    const terraform = program("terraform");
    writeFileSync("environments/terraform.lock.hcl", "# the kept one\n");
    await lockProvider(terraform, PROVIDERS, { platforms: ["linux_amd64"] });
    expect(readFileSync("found", "utf8")).toBe("# the kept one\n");
    await lockProvider(terraform, PROVIDERS, { platforms: ["linux_amd64"], upgrade: true });
    expect(readFileSync("found", "utf8")).toBe("");
  });

  test.each([
    ["plugins", /-fs-mirror=\/.*\/plugins -platform=linux_amd64/],
    ["https://mirror.example.com/", /-net-mirror=https:\/\/mirror\.example\.com\/ /],
  ])("from %s", async (mirror, expected) => {
    await lockProvider(program("tofu"), PROVIDERS, { platforms: ["linux_amd64"], mirror });
    expect(readFileSync("args", "utf8")).toMatch(expected);
    expect(existsSync("environments/tofu.lock.hcl")).toBe(true);
  });

  test("that fails leaves the kept one as it was", async () => {
    const terraform = program("terraform", 1);
    writeFileSync("environments/terraform.lock.hcl", "# the kept one\n");
    await expect(lockProvider(terraform, PROVIDERS, { platforms: ["linux_amd64"] })).rejects.toThrow(
      /cannot get the providers/,
    );
    expect(readFileSync("environments/terraform.lock.hcl", "utf8")).toBe("# the kept one\n");
  });
});

describe("a project with a kept lock", () => {
  const { fresh } = machines();

  test("init takes nothing else; without one, what there is", async () => {
    const lab = await fresh();
    await lab.must("secrets", "init", "lab");
    await lab.must("plan", "lab");
    expect(lab.calls("init").at(-1)?.args).not.toContain("-lockfile=readonly");
    writeFileSync(lab.path("environments/terraform.lock.hcl"), lockText(["h1:kept="]));
    await lab.must("plan", "lab");
    expect(lab.calls("init").at(-1)?.args).toContain("-lockfile=readonly");
    expect(readFileSync(lab.path("cdktf.out/stacks/lab/.terraform.lock.hcl"), "utf8")).toMatch(/h1:kept=/);
  });
});

describe("main.ts, which cdktf runs", () => {
  const root = process.cwd();
  inFolder();

  test("puts the kept lock where plain Terraform and cdktf look for it", async () => {
    mkdirSync("environments");
    writeFileSync("environments/lab.yaml", "registry: { host: localhost }\nstorage: { rustfs: {} }\n");
    writeFileSync("environments/terraform.lock.hcl", lockText(["h1:kept="]));
    const loader = `${root}/node_modules/tsx/dist/loader.mjs`;
    const { code, stderr } = await run("node", ["--import", loader, `${root}/main.ts`], { directory: process.cwd() });
    expect(code, stderr).toBe(0);
    expect(readFileSync("cdktf.out/stacks/lab/.terraform.lock.hcl", "utf8")).toMatch(/h1:kept=/);
  });
});
