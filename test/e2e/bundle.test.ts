import { execFile } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const NAME = "bundle-e2e";
const SOURCE = "bundle-e2e-source";
const FILE = "all.bundle.tar";
const PLATFORM = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
const OPTIONS = ["--platform", PLATFORM, "--backup-image", "none", "--output", FILE];

const imagesHere = async () => (await docker("images", "-aq", "--no-trunc")).split("\n").sort();

describe("a bundle, where images and providers cannot be had", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    const images: { distribution: string; rustfs: string } = { distribution: "", rustfs: "" };
    let here: Machine;
    let there: Machine;
    let port: number;
    let created: string;

    beforeAll(async () => {
      const source = await freePort();
      port = await freePort();
      await docker("run", "-d", "--name", SOURCE, "-p", `127.0.0.1:${source}:5000`, needs.images.distribution);
      const answers = () =>
        fetch(`http://localhost:${source}/v2/`, { signal: AbortSignal.timeout(1_000) }).then(
          ({ ok }) => ok,
          () => false,
        );
      await eventually("the source answers", answers);
      for (const noun of ["distribution", "rustfs"] as const) {
        const name = `localhost:${source}/bundle/${noun}:1`;
        await docker("tag", needs.images[noun], name);
        const pushed = await docker("push", name);
        images[noun] = `${name}@${/digest: (sha256:\w+)/.exec(pushed)?.[1]}`;
        await docker("rmi", name);
      }
      here = new Machine(needs);
      here.write(NAME, port, { images, storage: { rustfs: { volume: { protect: false } } } });
      created = await here.expectCode(0, "bundle", "create", NAME, ...OPTIONS);
      await docker("rm", "-fv", SOURCE);
    });
    afterAll(async () => {
      await there?.remove(NAME);
      await here?.remove();
      await docker("rm", "-fv", SOURCE);
    });

    test("one that is damaged is refused, and nothing is there afterwards", async () => {
      there = new Machine(needs);
      copyFileSync(here.path(FILE), there.path(FILE));
      await promisify(execFile)("sh", ["-c", 'printf x | dd of="$0" bs=1 seek=9000000 conv=notrunc', there.path(FILE)]);
      const before = await imagesHere();
      const said = await there.expectCode(1, "bundle", "load", FILE);
      expect(said).toMatch(/sha256|checksum|digest/i);
      expect(await imagesHere()).toEqual(before);
      expect(() => readFileSync(there.path("environments", `${NAME}.yaml`))).toThrow("ENOENT");
    });

    test("brings the images with their digests: up needs no pull, and a plan afterwards changes nothing", async () => {
      copyFileSync(here.path(FILE), there.path(FILE));
      const sum = /\b[0-9a-f]{64}\b/.exec(created)?.[0] ?? "";
      const loaded = await there.expectCode(0, "bundle", "load", FILE, "--sha256", sum, "--set-mirror");
      const environment = { TF_CLI_CONFIG_FILE: there.path(".private-registry", "terraform.rc") };
      expect(loaded).toContain("TF_CLI_CONFIG_FILE");
      const up = await there.run(["up", NAME, "--yes"], { environment });
      expect(up, up.stderr).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/✓ pull/) });
      expect(up.stderr).toMatch(/✓ verify +\d+ passed, 0 failed/);
      const id = await docker("inspect", "-f", "{{.Image}}", `${NAME}-registry`);
      const digests = await docker("image", "inspect", "-f", "{{.RepoDigests}}", id);
      expect(digests).toContain(images.distribution.replace(/.*@/, ""));
      const plan = await there.run(["plan", NAME], { environment });
      expect(plan, plan.stderr).toMatchObject({ code: 0 });
      expect(`${plan.stdout}${plan.stderr}`).toContain("no changes");
    });
  });
});
