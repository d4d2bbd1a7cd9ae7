import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type FakeMachine, machines } from "../support/fake-machine";

const { deployed } = machines();
const PLAN = ".private-registry/lab/plan.tfplan";

/** A saved plan that makes the registry read-only. */
async function planned(): Promise<FakeMachine> {
  const lab = await deployed();
  lab.writeEnvironment({ registry: { readOnly: true } });
  await lab.must("plan", "lab");
  lab.engine.calls.length = 0;
  return lab;
}

describe("what is shown before the question is what is applied", () => {
  test("a doctored copy of the plan beside it changes nothing that is shown", async () => {
    const lab = await planned();
    expect(existsSync(lab.path(".private-registry/lab/plan.json"))).toBe(false);
    const nothing = { format_version: "1.2", resource_changes: [], planned_values: {} };
    writeFileSync(lab.path(".private-registry/lab/plan.json"), JSON.stringify(nothing));
    const { err } = await lab.run("apply", "lab");
    expect(err).toContain("            storage.maintenance.readonly.enabled: false → true");
    expect(err).toContain("lab: ⚠ downtime: registry ~0.5 s");
    expect((await lab.run("review", "lab")).out).toContain("lab: ⚠ downtime: registry ~0.5 s");
  });

  test("plan, apply and review say the same", async () => {
    const lab = await planned();
    const shown = (await lab.must("plan", "lab")).out;
    const { err } = await lab.run("apply", "lab");
    expect(err).toContain(shown);
    const reviewed = (await lab.run("review", "lab")).out;
    for (const line of shown.split("\n").filter((text) => /^[^ ]/.test(text))) expect(reviewed).toContain(line);
  });

  test.each(["apply", "review"])("%s of a plan whose file is gone is explained", async (command) => {
    const lab = await planned();
    rmSync(lab.path(PLAN));
    const { error } = await lab.run(command, "lab");
    expect(error).toMatchObject({
      name: "Failure",
      message: "There is no saved plan of lab",
      remedy: "private-registry plan lab",
    });
  });

  test("a plan that cannot be read is explained", async () => {
    const lab = await planned();
    lab.script({ show: { exit: 1, stderr: "Error: no" } });
    const { error } = await lab.run("apply", "lab", "--yes");
    expect(error).toMatchObject({ name: "Failure" });
    expect(lab.calls("apply")).toEqual([]);
  });

  test("another plan that is made while somebody reads this one is not applied in its place", async () => {
    const lab = await planned();
    copyFileSync(lab.path(PLAN), lab.path("shown"));
    lab.writeEnvironment({ registry: { readOnly: true, log: { level: "debug" } } });
    await lab.must("plan", "lab");
    copyFileSync(lab.path(PLAN), lab.path("other"));
    expect(readFileSync(lab.path("other"))).not.toEqual(readFileSync(lab.path("shown")));
    lab.writeEnvironment({ registry: { readOnly: true } });
    await lab.must("plan", "lab");
    // The engine is asked between what is shown and the apply.
    const { version } = lab.engine;
    Object.defineProperty(lab.engine, "version", {
      configurable: true,
      get: () => {
        copyFileSync(lab.path("other"), lab.path(PLAN));
        return version;
      },
    });
    const { error } = await lab.run("apply", "lab", "--yes");
    Object.defineProperty(lab.engine, "version", { value: version, configurable: true, writable: true });
    expect(error).toMatchObject({ message: expect.stringContaining("is not the plan that was shown") });
    expect(lab.calls("apply")).toEqual([]);
  });

  test("a plan that takes its place while it is read is not shown", async () => {
    const lab = await planned();
    copyFileSync(lab.path(PLAN), lab.path("saved"));
    lab.writeEnvironment({ registry: { readOnly: true, log: { level: "debug" } } });
    await lab.must("plan", "lab");
    copyFileSync(lab.path(PLAN), lab.path("other"));
    lab.writeEnvironment({ registry: { readOnly: true } });
    await lab.must("plan", "lab");
    lab.script({ show: { copy: { from: lab.path("other"), to: lab.path(PLAN) } } });
    const { error, err } = await lab.run("apply", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringContaining("is not the plan that was shown") });
    expect(err).not.toContain("log.level");
    expect(lab.calls("apply")).toEqual([]);
  });

  test("a policy that cannot be read stops plan and apply before anything is applied", async () => {
    const lab = await planned();
    writeFileSync(lab.path("review.yaml"), "severities: { no-such-rule: info }\n");
    for (const args of [["plan"], ["apply", "--yes"], ["up", "--yes"]]) {
      const [command = "", ...options] = args;
      const { error } = await lab.run(command, "lab", ...options);
      expect(error, command).toMatchObject({ message: expect.stringContaining("there is no rule 'no-such-rule'") });
    }
    rmSync(lab.path("review.yaml"));
    expect(lab.calls("apply")).toEqual([]);
  });
});
