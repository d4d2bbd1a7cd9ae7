import { chownSync, mkdirSync, statfsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageTraffic, makeLayer } from "../support/image-traffic";
import { eventually, freePort, output } from "../support/process";
import { describeUnless } from "../support/tools";
import { Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const NAME = "full-e2e";
const KEPT = 60e6;
const RUSTFS = 10001;

describe("a full disk", async () => {
  const needs = await findNeeds();
  const root = process.getuid?.() === 0 ? undefined : "not root, to mount a small file system";

  describeUnless(needs.missing ?? root, "RustFS on a directory of 700 MB", () => {
    let machine: Machine;
    let traffic: ImageTraffic;
    let disk: string;

    const used = () => {
      const { blocks, bfree } = statfsSync(disk);
      return 1 - bfree / blocks;
    };

    beforeAll(async () => {
      machine = new Machine(needs);
      disk = machine.path("disk");
      mkdirSync(disk);
      await output("mount", ["-t", "tmpfs", "-o", "size=700m", "tmpfs", disk], {});
      chownSync(disk, RUSTFS, RUSTFS);
      const port = await freePort();
      machine.write(NAME, port, { storage: { rustfs: { directories: [disk] } } });
      await machine.expectCode(0, "up", NAME, "--yes");
      const [name = "", password = ""] = (await machine.expectCode(0, "secrets", "show", NAME)).trim().split(" ");
      traffic = new ImageTraffic(`http://127.0.0.1:${port}`, { name, password });
    });
    afterAll(async () => {
      traffic?.close();
      await machine.run(["down", NAME, "--delete-data", "--confirm", NAME]);
      await output("umount", ["--lazy", disk], {});
      await machine.remove();
    });

    test("is named, healed by what aborted pushes left, and loses nothing", async () => {
      for (const kept of ["kept/a", "kept/b"]) await traffic.push(kept, [makeLayer(KEPT)]);
      const layers = Array.from({ length: 4 }, () => makeLayer(256e6));
      await expect(traffic.push("large", layers)).rejects.toThrow();
      expect(used()).toBeGreaterThan(0.9);

      expect(await machine.expectCode(2, "status", NAME)).toMatch(/disk is \d+ % full/);
      expect(await machine.expectCode(2, "verify", NAME)).toMatch(/storage is full|disk.*full/i);
      for (const kept of ["kept/a", "kept/b"]) expect(await traffic.pull(kept)).toBe(KEPT);
      expect(await machine.expectCode(0, "space", NAME, "--metrics", "space.prom")).toMatch(
        /unfinished uploads: [1-9]/,
      );
      expect(machine.read("space.prom")).toMatch(/^private_registry_unfinished_upload_bytes\{.*\} [1-9]\d{6,}$/m);

      const freed = await machine.expectCode(0, "space", NAME, "--abort-uploads", "--older", "0", "--yes");
      expect(freed).toMatch(/[1-9]\d* unfinished uploads of .* were deleted/);
      await eventually("the space is back", async () => used() < 0.6, 360_000);
      await traffic.push("after", [makeLayer(KEPT)]);
      for (const image of ["kept/a", "kept/b", "after"]) expect(await traffic.pull(image)).toBe(KEPT);
      await machine.expectCode(0, "verify", NAME);
    });
  });
});
