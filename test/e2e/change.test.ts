import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Availability } from "../support/availability";
import { ImageTraffic, makeLayer } from "../support/image-traffic";
import { eventually, freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { findNeeds } from "./support/needs";

const NAME = "cl-change";
/** Longer than a plan and a trial take on a busy machine; a connection on which nothing moves for a minute is closed. */
const PUSH_WAITS_MS = 50_000;

describe("a change of a registry that runs", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    let machine: Machine;
    let port: number;

    const url = () => `http://127.0.0.1:${port}`;
    const user = () => {
      const login = JSON.parse(machine.read("secrets", `${NAME}.login.json`)) as { user: string; password: string };
      return { name: login.user, password: login.password };
    };
    const isUp = () =>
      fetch(`${url()}/v2/`).then(
        ({ status }) => status === 401,
        () => false,
      );
    const idOf = (part: string) => docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", `${NAME}-${part}`);
    const containers = () => docker("ps", "--all", "--format", "{{.Names}}", "--filter", `name=${NAME}-`);

    beforeAll(async () => {
      machine = new Machine(needs);
      port = await freePort();
      machine.write(NAME, port);
      await machine.expectCode(0, "up", NAME, "--yes");
    });
    afterAll(() => machine.remove(NAME));

    test.each([
      {
        cause: "more processors than the host has",
        keys: { registry: { cpus: 512 } },
        said: /CPUs/,
      },
      {
        cause: "more processors for RustFS than the host has",
        keys: { storage: { rustfs: { cpus: 512 } } },
        said: /The planned cl-change-rustfs cannot be started[\s\S]*CPUs/,
      },
      {
        cause: "an image that is no registry",
        keys: { images: { distribution: needs.images.rustfs, rustfs: needs.images.rustfs } },
        said: /cl-change-registry/,
      },
      {
        cause: "an address that the host has not",
        keys: {
          registry: {
            publish: { address: "203.0.113.1", port: 5000 },
            tls: { mode: "none", reason: "a laboratory without anybody else in it" },
          },
        },
        said: /The Docker host has no address 203\.0\.113\.1/,
      },
    ])("with $cause changes nothing, and says so", async ({ keys, said }) => {
      const before = [await idOf("registry"), await idOf("rustfs"), await containers()];
      machine.write(NAME, port, keys);
      const client = new Availability(url());
      const text = await machine.expectCode(1, "up", NAME, "--yes");
      expect(await client.end()).toMatchObject({ refused: 0 });
      expect(text).toMatch(said);
      expect(text).toContain("nothing was changed");
      expect([await idOf("registry"), await idOf("rustfs"), await containers()]).toEqual(before);
      machine.write(NAME, port);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/no changes/);
    });

    test("that fails during the apply goes back to the last configuration that ran", async () => {
      // Only the registry is tried before: RustFS, which refuses to start with that, has the disk to itself.
      const environment = { RUSTFS_API_OBJECT_MAX_VERSIONS: "0" };
      machine.write(NAME, port, { registry: { realm: "new" }, storage: { rustfs: { environment } } });
      const text = await machine.expectCode(1, "up", NAME, "--yes");
      expect(text).toMatch(/runs again with its last configuration/);
      expect(await docker("inspect", "--format", "{{.State.Status}}", `${NAME}-rustfs`)).toBe("running");
      machine.write(NAME, port);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/no changes/);
    });

    test("is hardly noticed by clients, and a push that runs ends well", async () => {
      const longest: number[] = [];
      for (const realm of ["one", "two", "three"]) {
        machine.write(NAME, port, { registry: { realm } });
        const client = new Availability(url());
        await machine.expectCode(0, "up", NAME, "--yes");
        longest.push((await client.end()).longestRefusalMs);
      }
      const restarted = new Availability(url());
      await docker("restart", `${NAME}-registry`);
      await eventually("the registry answers again", async () => isUp());
      // A second is what it may take on a machine that is idle; on a busy one a plain restart is slow, too.
      const limit = Math.max(1000, 3 * (await restarted.end()).longestRefusalMs);
      expect(longest.sort((a, b) => a - b)[1]).toBeLessThan(limit);

      // A push that runs when the apply would begin: it ends before the registry stops, and everybody else is served.
      machine.write(NAME, port, { registry: { realm: "four" } });
      const up = machine.start(["up", NAME, "--yes"]);
      const others = new Availability(url());
      const isWaitedFor = async () => up.stderr.includes("waiting for");
      const slow = new ImageTraffic(url(), user(), async (sent) => {
        if (sent > 32e6) await eventually("up waits for the push", isWaitedFor, PUSH_WAITS_MS);
      });
      await slow.push("team/long", [makeLayer(64e6)]);
      const { code, stderr } = await up.ended;
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/✓ wait +no push or pull runs/);
      expect((await others.end()).longestRefusalMs).toBeLessThan(limit);
      expect(await slow.pull("team/long")).toBe(64e6);
      slow.close();
    });
  });
});
