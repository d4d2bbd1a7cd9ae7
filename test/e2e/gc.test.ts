import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/process";
import { PushedImages } from "../support/pushed-images";
import { basic } from "../support/registry-process";
import { describeUnless } from "../support/tools";
import { Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const NAME = "gc-e2e";
const COLLECT = ["gc", NAME, "--grace", "0", "--yes"];

describe("garbage collection, end to end", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform, with RustFS", () => {
    let machine: Machine;
    let images: PushedImages;

    beforeAll(async () => {
      machine = new Machine(needs);
      const port = await freePort();
      const retention = [{ repositories: ["ruled"], keep: { newest: 1 } }];
      const garbageCollection = { deleteUntagged: true, maxSharePercent: 100 };
      machine.write(NAME, port, {
        registry: { retention, garbageCollection },
        storage: { rustfs: { volume: { protect: false } } },
      });
      await machine.expectCode(0, "up", NAME, "--yes");
      const shown = await machine.run(["secrets", "show", NAME]);
      const [user = "", password = ""] = shown.stdout.trim().split(" ");
      images = new PushedImages(() => `http://localhost:${port}`, basic(user, password));
    });
    afterAll(() => machine.remove(NAME));

    test("frees what no tag needs, says how much, and is no change to Terraform", async () => {
      const child = await images.image("team/app", undefined, ["child"]);
      await images.index("team/app", "multi", [child]);
      await images.image("team/app", "moved", ["x".repeat(100_000)]);
      await images.image("team/app", "moved", ["new"]);
      const said = await machine.expectCode(0, ...COLLECT);
      expect(said).toMatch(/freed: \d+ blobs, [1-9]\d* manifests without a tag/);
      expect(said).toContain("all 7 needed blobs are there");
      expect(said).toMatch(/verify +\d+ passed, 0 failed/);
      expect([await images.pull("team/app", "multi"), await images.pull("team/app", "moved")]).toEqual([[], []]);
      // What the proof at the end of the first pushed and deleted, and nothing else.
      const again = await machine.expectCode(0, ...COLLECT, "--metrics", "gc.prom");
      expect(again).toContain("freed: 3 blobs, 0 manifests without a tag");
      expect(machine.read("gc.prom")).toContain(`private_registry_gc_last_run_success{environment="${NAME}"} 1\n`);
      expect(machine.read("gc.prom")).toContain(`private_registry_gc_freed_bytes{environment="${NAME}"} 1`);
      expect(await machine.expectCode(0, "plan", NAME)).toContain("no changes");
      expect(await machine.expectCode(0, "status", NAME)).toMatch(/collection +\d+ (?:s|min) ago, 1\.\d kB freed/);
      expect(await machine.expectCode(0, "space", NAME)).toContain("unfinished uploads: 0");
    });

    test("retention deletes what no rule keeps", async () => {
      for (const tag of ["v1", "v2"]) {
        await images.image("ruled", tag, [tag]);
        await sleep(1_100);
      }
      expect(await machine.expectCode(0, "retention", NAME, "--yes")).toContain("1 tags deleted");
      expect([await images.pull("ruled", "v2"), await images.pull("ruled", "v1")]).toEqual([[], ["ruled:v1 404"]]);
    });

    test("killed while the registry is read-only: status says so, and it is resumed", async () => {
      const killed = machine.start(COLLECT);
      while (!killed.stderr.includes("read-only ")) await sleep(20);
      await killed.stop("SIGKILL");
      expect(await machine.expectCode(2, "status", NAME)).toContain("cut off: read-only since");
      expect(await machine.expectCode(1, ...COLLECT)).toContain(`private-registry gc ${NAME} --abort`);
      expect(await machine.expectCode(0, ...COLLECT, "--resume")).toContain("freed");
      await images.image("team/app", "after", ["after"]);
      expect([await images.pull("team/app", "multi"), await images.pull("team/app", "after")]).toEqual([[], []]);
    });
  });
});
