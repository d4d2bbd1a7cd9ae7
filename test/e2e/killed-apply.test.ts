import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../support/process";
import { describeUnless } from "../support/tools";
import { docker, Machine } from "./cli-machine";
import { killedAt } from "./support/kill";
import { findNeeds } from "./support/needs";

const NAME = "cl-killed";

describe("an apply that is killed", async () => {
  const needs = await findNeeds();

  describeUnless(needs.missing, "on Docker Engine, by Terraform", () => {
    let machine: Machine;
    let port: number;

    beforeAll(async () => {
      machine = new Machine(needs);
      port = await freePort();
      machine.write(NAME, port);
    });
    afterAll(() => machine.remove(NAME));

    const volumes = () => docker("volume", "ls", "--quiet", "--filter", `name=${NAME}-`);

    test.each([500, 2_000, 4_000])("%i ms into a first up: the next one ends well", async (milliseconds) => {
      await machine.run(["down", NAME, "--delete-data", "--confirm", NAME]);
      await killedAt(machine, NAME, milliseconds, "up", NAME, "--yes");
      const before = (await volumes()).split("\n").filter(Boolean);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/0 failed/);
      expect((await volumes()).split("\n")).toEqual(expect.arrayContaining(before));
    });

    test.each([500, 2_000])("%i ms into a change", async (milliseconds) => {
      machine.write(NAME, port, { registry: { realm: `after-${milliseconds}` } });
      await killedAt(machine, NAME, milliseconds, "up", NAME, "--yes");
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/0 failed/);
    });

    test.each([500, 1_500])("%i ms into a down: another down and the next up end well", async (milliseconds) => {
      await killedAt(machine, NAME, milliseconds, "down", NAME, "--confirm", NAME);
      await machine.expectCode(0, "down", NAME, "--confirm", NAME);
      expect(await volumes()).toContain(`${NAME}-rustfs-data`);
      expect(await machine.expectCode(0, "up", NAME, "--yes")).toMatch(/0 failed/);
    });
  });
});
