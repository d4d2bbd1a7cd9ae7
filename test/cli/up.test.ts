import { describe, expect, test } from "vitest";
import { machines } from "../support/fake-machine";

const machine = machines();

describe("up", () => {
  test("goes from nothing to a verified registry, and finds nothing to do the second time", async () => {
    const lab = await machine();
    const first = await lab.must("up", "lab", "--yes");
    expect(first.code).toBeUndefined();
    expect(first.err).toMatch(/apply +11 done/);
    expect(first.err).toMatch(/verify +\d+ passed, 0 failed/);
    expect(first.out).toContain(`docker login localhost:${lab.port}`);
    expect(lab.calls().map(({ command }) => command)).toEqual(["init", "plan", "show", "apply"]);
    expect(lab.state()).toContain("docker_volume.rustfs_data");

    const second = await lab.must("up", "lab", "--yes");
    expect(second.code).toBeUndefined();
    expect(lab.calls("apply")).toHaveLength(1);
  });
});
