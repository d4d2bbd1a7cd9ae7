import { execFile } from "node:child_process";
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, freePort } from "../support/process";
import { PushedImages } from "../support/pushed-images";
import { basic } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { derive } from "./support/derived-images";
import { findNeeds } from "./support/needs";

const NAME = "bundle-e2e";
const SOURCE = "bundle-e2e-source";
const FILE = "all.bundle.tar";
const NEXT_FILE = "next.bundle.tar";
const NEXT = "bundle-e2e-next:1";
const PLATFORM = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;
const OPTIONS = ["--platform", PLATFORM, "--backup-image", "none", "--output"];

const digestOf = (reference: string) => reference.replace(/.*@/, "");

const imagesHere = async () => (await docker("images", "-aq", "--no-trunc")).split("\n").sort();

describe("a bundle, where images and providers cannot be had", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    const images = { distribution: "", rustfs: "" };
    let next: string;
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
      /** @returns its name at the source, with its digest */
      const publish = async (image: string, repository: string) => {
        const name = `localhost:${source}/bundle/${repository}:1`;
        await docker("tag", image, name);
        const pushed = await docker("push", name);
        await docker("rmi", name);
        return `${name}@${/digest: (sha256:\w+)/.exec(pushed)?.[1]}`;
      };
      const storage = { rustfs: { volume: { protect: false } } };
      here = new Machine(needs);
      for (const noun of ["distribution", "rustfs"] as const) images[noun] = await publish(needs.images[noun], noun);
      here.write(NAME, port, { images, storage });
      created = await here.expectCode(0, "bundle", "create", NAME, ...OPTIONS, FILE);
      await derive(needs.images.distribution, NEXT, undefined, "touch /next");
      next = await publish(NEXT, "next");
      here.write(NAME, port, { images: { ...images, distribution: next }, storage });
      await here.expectCode(0, "bundle", "create", NAME, ...OPTIONS, NEXT_FILE);
      await docker("rm", "-fv", SOURCE);
      await docker("rmi", NEXT);
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
      expect(digests).toContain(digestOf(images.distribution));
      const plan = await there.run(["plan", NAME], { environment });
      expect(plan, plan.stderr).toMatchObject({ code: 0 });
      expect(`${plan.stdout}${plan.stderr}`).toContain("no changes");
    });

    test("fills the registry: killed and run again it goes on, and a collection leaves what came", async () => {
      const killed = there.start(["bundle", "push", NAME, FILE]);
      await eventually("it knows what to send", async () => /images, .* to send/.test(killed.stderr), 60_000);
      await sleep(700);
      await killed.stop("SIGKILL");
      const sent = await there.expectCode(0, "bundle", "push", NAME, FILE);
      expect(sent).toContain(`docker pull localhost:${port}/bundle/distribution:1`);
      expect(await there.expectCode(0, "bundle", "push", NAME, FILE)).toContain("nothing was to send");
      await there.expectCode(0, "gc", NAME, "--yes", "--delete-untagged");
      expect(await pullBoth()).toEqual([[], []]);
    });

    test("another bundle upgrades what the first one brought, and loses nothing", async () => {
      copyFileSync(here.path(NEXT_FILE), there.path(NEXT_FILE));
      rmSync(there.path("environments", `${NAME}.yaml`));
      await there.expectCode(0, "bundle", "load", NEXT_FILE, "--set-mirror");
      const environment = { TF_CLI_CONFIG_FILE: there.path(".private-registry", "terraform.rc") };
      const upgrade = await there.run(["upgrade", NAME, "--yes"], { environment });
      expect(upgrade, upgrade.stderr).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/✓ pull/) });
      const id = await docker("inspect", "-f", "{{.Image}}", `${NAME}-registry`);
      expect(await docker("image", "inspect", "-f", "{{.RepoDigests}}", id)).toContain(digestOf(next));
      expect(await pullBoth()).toEqual([[], []]);
    });

    async function pullBoth(): Promise<string[][]> {
      const { user, password } = JSON.parse(there.read("secrets", `${NAME}.login.json`));
      const pushed = new PushedImages(() => `http://localhost:${port}`, basic(user, password));
      return [
        await pushed.pull("bundle/distribution", digestOf(images.distribution)),
        await pushed.pull("bundle/rustfs", digestOf(images.rustfs)),
      ];
    }
  });
});
