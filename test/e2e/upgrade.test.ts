import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/process";
import { PushedImages } from "../support/pushed-images";
import { basic } from "../support/registry-process";
import { describeUnless, describeWithTools } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { configurationOf, derive, deriveOpenRegistry, deriveWithProgram } from "./support/derived-images";
import { findNeeds } from "./support/needs";

const NAME = "up-e2e";
/** The version before, as it is built from its sources. */
const OLD = "registry:upgrade-test-3.1.1";
/** Forgets who may log in: it starts, is healthy, and lets everybody in. */
const OPEN = "registry:upgrade-test-open";
/** Ends at once. */
const ENDS = "rustfs/rustfs:upgrade-test-ends";
/** Starts with a disk that is empty. */
const EMPTY = "rustfs/rustfs:upgrade-test-empty";

describe("upgrade, end to end", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform, with RustFS", () => {
    describeWithTools("and the registry's version before", ["older-registry"], (tools) => {
      let machine: Machine;
      let images: PushedImages;
      let port: number;

      const write = (distribution: string, rustfs = needs.images.rustfs) =>
        machine.write(NAME, port, {
          images: { distribution, rustfs },
          storage: { rustfs: { volume: { protect: false } } },
        });
      const versionThatRuns = () => docker("exec", `${NAME}-registry`, "registry", "--version");
      const pulls = async () => [await images.pull("team/app", "multi"), await images.pull("team/app", "one")];

      beforeAll(async () => {
        const { distribution, rustfs } = needs.images;
        await deriveWithProgram(distribution, OLD, tools["older-registry"]);
        await deriveOpenRegistry(distribution, OPEN);
        await derive(rustfs, ENDS, ["sh", "-c", "exit 3"]);
        const elsewhere = 'mkdir -p /tmp/empty && RUSTFS_VOLUMES=/tmp/empty exec "$0" "$@"';
        await derive(rustfs, EMPTY, ["sh", "-c", elsewhere, ...(await configurationOf(rustfs)).Entrypoint]);
        machine = new Machine(needs);
        port = await freePort();
        write(OLD);
        await machine.expectCode(0, "up", NAME, "--yes");
        const shown = await machine.run(["secrets", "show", NAME]);
        const [user = "", password = ""] = shown.stdout.trim().split(" ");
        images = new PushedImages(() => `http://localhost:${port}`, basic(user, password));
        const child = await images.image("team/app", undefined, ["child"]);
        await images.index("team/app", "multi", [child]);
        await images.image("team/app", "one", ["one"]);
      });
      afterAll(async () => {
        await machine.remove(NAME);
        await docker("image", "rm", "--force", OLD, OPEN, ENDS, EMPTY);
      });

      test("shows from and to with what is known, keeps what was, and every image is there afterwards", async () => {
        write(needs.images.distribution);
        const said = await machine.expectCode(0, "upgrade", NAME, "--yes");
        expect(said).toMatch(/Distribution registry:upgrade-test-3\.1\.1.* → registry:3\.1\.2/);
        expect(said).toMatch(/images +2 tags, 7 blobs/);
        expect(await versionThatRuns()).toContain("v3.1.2");
        expect(await pulls()).toEqual([[], []]);
        const [kept = ""] = readdirSync(machine.path(".private-registry", NAME, "before-upgrade"));
        const folder = [".private-registry", NAME, "before-upgrade", kept];
        expect(JSON.parse(machine.read(...folder, "terraform.tfstate")).resources.length).toBeGreaterThan(5);
        expect(machine.read(...folder, "environments", `${NAME}.yaml`)).toContain(needs.images.distribution);
        expect(existsSync(machine.path(...folder, "secrets", `${NAME}.tfvars.json`))).toBe(true);
        expect(await machine.expectCode(0, "upgrade", NAME, "--yes")).toContain("nothing to upgrade");
      });

      test("goes back by itself from a version that runs and is wrong", async () => {
        write(OPEN);
        const said = await machine.expectCode(1, "upgrade", NAME, "--yes");
        expect(said).toContain(`The upgrade of ${NAME} failed its checks`);
        expect(said).toMatch(/anonymous requests are refused/);
        expect(said).toContain(`${NAME} went back, and what ran before runs again and passes`);
        expect((await fetch(`http://localhost:${port}/v2/`)).status).toBe(401);
        expect(await pulls()).toEqual([[], []]);
      });

      test("goes back by itself from a RustFS that does not start", async () => {
        write(needs.images.distribution, ENDS);
        const said = await machine.expectCode(1, "upgrade", NAME, "--yes");
        expect(said).toContain("RustFS does not promise that an older version opens what a newer one wrote");
        expect(said).toContain(`${NAME} went back, and what ran before runs again and passes`);
        expect(await pulls()).toEqual([[], []]);
        write(needs.images.distribution);
        expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
      });

      test("goes back by itself when all checks pass and images are lost", async () => {
        write(needs.images.distribution, EMPTY);
        const said = await machine.expectCode(1, "upgrade", NAME, "--yes");
        expect(said).toMatch(/verify +\d+ passed, 0 failed/);
        expect(said).toContain("team/app:multi: it was there before");
        expect(said).toContain(`${NAME} went back, and what ran before runs again and passes`);
        expect(await pulls()).toEqual([[], []]);
        write(needs.images.distribution);
      });

      test("killed before it was proven: status says so, and the next run goes on; --back goes back", async () => {
        write(OLD);
        const killed = machine.start(["upgrade", NAME, "--yes"]);
        while (!killed.stderr.includes("✓ apply")) await sleep(20);
        await killed.stop("SIGKILL");
        expect(await machine.expectCode(2, "status", NAME)).toMatch(/upgrade +of .* is not proven/);
        expect(await machine.expectCode(0, "upgrade", NAME, "--yes")).toContain(OLD);
        expect(await versionThatRuns()).toContain("v3.1.1");
        write(needs.images.distribution);
        expect(await machine.expectCode(0, "upgrade", NAME, "--back", "--yes")).toContain("runs what it ran before");
        expect(await versionThatRuns()).toContain("v3.1.2");
        expect(await pulls()).toEqual([[], []]);
        expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
      });
    });
  });
});
