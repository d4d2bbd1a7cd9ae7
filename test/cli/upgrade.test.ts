import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type FakeMachine, machines } from "../support/fake-machine";
import { shortWaits } from "../support/short-waits";

const { deployed } = machines();
shortWaits();

const record = (lab: FakeMachine) => lab.path("state/lab.upgrade.json");

/** As an upgrade leaves it that was killed before its proof. */
function killedUpgrade(lab: FakeMachine): void {
  const wayBack = JSON.parse(readFileSync(lab.path("state/lab.last-good.json"), "utf8"));
  const upgrade = { version: 1, at: "2026-01-02T03:04:05.000Z", changes: ["RustFS a → b"], state: "applying", wayBack };
  const looked = { failedBefore: [], images: { tags: {}, missing: [], blobs: 0 }, folder: "kept" };
  writeFileSync(record(lab), JSON.stringify({ ...upgrade, ...looked }));
}

describe("upgrade", () => {
  test("has nothing to do when what the file asks for runs", async () => {
    const lab = await deployed();
    const { out, code } = await lab.must("upgrade", "lab", "--yes");
    expect(out).toContain("lab runs what its file asks for: nothing to upgrade");
    expect(code).toBeUndefined();
    expect(lab.calls()).toEqual([]);
  });

  test("begins with a registry that runs", async () => {
    const lab = await deployed();
    await lab.engine.containers.remove(lab.container("registry"));
    const { error } = await lab.run("upgrade", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringContaining("lab-registry does not run"),
      remedy: expect.stringContaining("up lab"),
    });
  });

  test("one whose images cannot be looked at is not begun", async () => {
    const lab = await deployed();
    lab.engine.objects.addImage("registry:3.9.9");
    lab.writeEnvironment({ images: { distribution: "registry:3.9.9" } });
    expect((await lab.run("upgrade", "lab", "--yes")).error).toBeDefined();
    expect(lab.calls("apply")).toEqual([]);
    expect(existsSync(record(lab))).toBe(false);
  });

  test("status says that one was cut off, with both ways on", async () => {
    const lab = await deployed();
    killedUpgrade(lab);
    const { out, code } = await lab.must("status", "lab");
    expect(out).toMatch(/upgrade +of 2026-01-02T03:04:05\.000Z is not proven/);
    expect(out).toContain("to go on: private-registry upgrade lab\n");
    expect(out).toContain("to go back: private-registry upgrade lab --back");
    expect(code).toBe(2);
  });

  test("--back has nothing to go back to without an upgrade, and asks", async () => {
    const lab = await deployed();
    expect((await lab.run("upgrade", "lab", "--back", "--yes")).error).toMatchObject({
      message: "No upgrade of lab is known on this machine",
    });
    killedUpgrade(lab);
    const { error, err } = await lab.run("upgrade", "lab", "--back");
    expect(error).toMatchObject({ message: expect.stringMatching(/No terminal to ask on/) });
    expect(err).toContain("RustFS does not promise");
    expect(lab.calls("apply")).toEqual([]);
  });

  test("--back does not go back to other secrets", async () => {
    const lab = await deployed();
    killedUpgrade(lab);
    await lab.must("secrets", "rotate", "lab", "registry_http_secret");
    expect((await lab.run("upgrade", "lab", "--back", "--yes")).error).toMatchObject({
      message: "What ran before had another registry_http_secret",
    });
    expect(lab.calls("apply")).toEqual([]);
  });
});
