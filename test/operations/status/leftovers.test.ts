import { existsSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { machines } from "../../support/fake-machine";

const { deployed } = machines();

describe("an environment whose file was renamed", () => {
  test.each(["plan", "down", "status", "users list"])("%s OLD says what is left, and how to go on", async (command) => {
    const lab = await deployed();
    renameSync("environments/lab.yaml", "environments/office.yaml");
    const { error } = await lab.run(...command.split(" "), "lab");
    expect(error).toMatchObject({
      name: "Failure",
      message: expect.stringMatching(/no environment lab, but state\/lab\.tfstate, secrets\/lab\.tfvars\.json/),
      remedy: expect.stringMatching(
        /`name: lab` into the renamed file \(environments\/office\.yaml\)[\s\S]*private-registry down lab$/,
      ),
    });
  });

  test("what is advised works: nothing changes", async () => {
    const lab = await deployed();
    renameSync("environments/lab.yaml", "environments/office.yaml");
    const { readFileSync } = await import("node:fs");
    writeFileSync("environments/office.yaml", `name: lab\n${readFileSync("environments/office.yaml", "utf8")}`);
    expect((await lab.must("plan", "lab")).out).toMatch(/no changes/);
  });

  test("plan NEW points at the old state that publishes the same port, once", async () => {
    const lab = await deployed();
    const before = await lab.run("plan", "lab");
    expect(before.err).not.toMatch(/renamed/);
    renameSync("environments/lab.yaml", "environments/office.yaml");
    expect(existsSync("state/office.tfstate")).toBe(false);
    const { err } = await lab.run("plan", "office");
    expect(err).toMatch(/state of lab, which no file describes, publishes the same port: was lab renamed to office/);
  });

  test("the same port of another environment, which has its file, is nothing", async () => {
    const lab = await deployed();
    lab.writeEnvironment({ docker: { host: "tcp://127.0.0.1:9" } }, "office");
    const { err } = await lab.run("plan", "office");
    expect(err).not.toMatch(/renamed/);
  });

  test("a name that never was is just unknown", async () => {
    const lab = await deployed();
    expect((await lab.run("plan", "other")).error).toMatchObject({ remedy: "known: lab" });
    expect((await lab.run("plan", "../lab")).error).toMatchObject({ remedy: "known: lab" });
  });
});

test("down --yes says what to give", async () => {
  const lab = await deployed();
  expect((await lab.run("down", "lab", "--yes")).error).toMatchObject({
    remedy: "private-registry down lab --confirm lab",
  });
  expect((await lab.run("down", "lab", "--yes", "--delete-data")).error).toMatchObject({
    remedy: "private-registry down lab --delete-data --confirm lab",
  });
});
