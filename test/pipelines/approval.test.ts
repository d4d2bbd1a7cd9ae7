import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FakeMachine } from "../support/fake-machine";
import { runScript } from "./scripts";

// The scripts are run as a pipeline runs them, with our own command line; Terraform and the engine are stand-ins.
vi.setConfig({ testTimeout: 240_000 });

const MISSPELT = "severities: { data-volume-destroyd: info }\n";

let lab: FakeMachine;
const home = process.cwd();
afterEach(async () => {
  await lab.close();
  process.chdir(home);
});

/** A project whose environment is planned and not there yet. */
async function project(): Promise<FakeMachine> {
  lab = await FakeMachine.make();
  await lab.addNpx();
  await lab.must("secrets", "init", "lab");
  return lab;
}

const run = (name: string, ...args: string[]) => runScript(name, args, lab.folder, lab.variables);
const result = (name: string) => {
  const file = lab.path("review-result", name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
};

describe("what was reviewed is applied", () => {
  test("and nothing else: not a change of one value, not without an approval, not what only looks like one", async () => {
    await project();
    const reviewed = await run("review.sh", "lab");
    expect(reviewed).toMatchObject({ code: 0 });
    const approved = result("lab.fingerprint")?.trim() ?? "";
    expect(approved).toMatch(/^[0-9a-f]{64}$/);
    expect(result("lab.md")).toMatch(/^<!-- private-registry review: lab -->\n<!-- fingerprint: [0-9a-f]{64} -->\n/);

    const nothing = await run("apply-approved.sh", "lab", "");
    expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining("nothing was applied") });
    const ofNothing = createHash("sha256").update("[]").digest("hex");
    for (const other of ["", "undefined", "null", ofNothing, approved.toUpperCase(), `${approved} `, "0".repeat(64)]) {
      const { error } = await lab.run("apply", "lab", "--approved", other);
      expect(error, other).toMatchObject({ message: expect.stringMatching(/was not applied|nothing was applied/) });
    }
    expect(lab.calls("apply")).toEqual([]);

    lab.writeEnvironment({ registry: { log: { level: "warn" } } });
    const changed = await run("apply-approved.sh", "lab", approved);
    expect(changed.err).toContain(`was not applied, because it is not the approved one: approved ${approved}, now `);
    expect(changed.code).toBe(1);
    expect(lab.calls("apply")).toEqual([]);

    lab.writeEnvironment({});
    expect(await run("apply-approved.sh", "lab", approved)).toMatchObject({ code: 0 });
    expect(lab.calls("apply")).toHaveLength(1);
    expect(lab.state()).toContain("docker_volume.rustfs_data");

    const again = await run("apply-approved.sh", "lab", approved);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("nothing to apply") });
    expect(lab.calls("apply")).toHaveLength(1);
  });
});

describe("where nothing was reviewed", () => {
  test("a misspelt rule leaves no fingerprint, and closes the gate for a plan that was approved", async () => {
    await project();
    await run("review.sh", "lab");
    const approved = result("lab.fingerprint")?.trim() ?? "";

    writeFileSync(lab.path("review.yaml"), MISSPELT);
    const reviewed = await run("review.sh", "lab");
    expect(reviewed.code).toBe(1);
    expect(reviewed.err).toContain("there is no rule 'data-volume-destroyd'");
    expect(result("lab.fingerprint")).toBeUndefined();
    expect(result("lab.md")).toMatch(/^<!-- private-registry review: lab -->\n\n### lab: ✗ not reviewed/);

    const applied = await run("apply-approved.sh", "lab", approved);
    expect(applied.code).toBe(1);
    expect(lab.calls("apply")).toEqual([]);
  });

  test("a plan that fails takes an earlier review away", async () => {
    await project();
    await run("review.sh", "lab");
    expect(result("lab.fingerprint")).toBeDefined();
    lab.script({ plan: { exit: 1, stderr: "Error: no" } });
    const failed = await run("review.sh", "lab");
    expect(failed.code).toBe(1);
    expect(result("lab.fingerprint")).toBeUndefined();
    expect(result("lab.md")).not.toContain("fingerprint");
    expect(await run("apply-approved.sh", "lab", "0".repeat(64))).toMatchObject({ code: 1 });
    expect(lab.calls("apply")).toEqual([]);
  });
});
