import { readFileSync, rmSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FakeMachine, machines } from "../../support/fake-machine";

const { deployed } = machines();

const realm = (lab: FakeMachine) =>
  /realm: "(\w+)"/.exec(lab.container("registry").files.get("/etc/distribution/config.yml") ?? "")?.[1];

/** Every apply fails at the registry. */
function failedChange(lab: FakeMachine, registry: object = { realm: "other" }) {
  lab.writeEnvironment({ registry });
  lab.script({
    apply: { failAt: { address: "docker_container.distribution", message: "container failed to be in healthy state" } },
  });
  return lab.run("up", "lab", "--yes");
}

describe("an apply that fails", () => {
  test("goes back to the last configuration that ran", async () => {
    const lab = await deployed();
    expect(realm(lab)).toBe("registry");
    lab.writeEnvironment({ registry: { realm: "other" } });
    const { onStart } = lab.engine.containers;
    onTestFinished(() => {
      lab.engine.containers.onStart = onStart;
    });
    lab.engine.containers.onStart = async (container) => {
      const config = container.files.get("/etc/distribution/config.yml") ?? "";
      if (container.name === "lab-registry" && config.includes('"other"')) throw new Error("it does not start");
      await onStart(container);
    };
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringMatching(/lab runs again with its last configuration, of \d{4}-/),
      remedy: expect.stringMatching(/correct environments\/lab\.yaml, then private-registry up lab/),
    });
    expect(realm(lab)).toBe("registry");
    expect(lab.container("registry").state).toBe("running");
  });

  test("says with one command how, when the secrets are others now", async () => {
    const lab = await deployed();
    await lab.must("secrets", "rotate", "lab", "registry_http_secret");
    const { error } = await failedChange(lab);
    expect(error).toMatchObject({
      message: expect.stringMatching(/had another registry_http_secret: it was not gone back to/),
      remedy: expect.stringMatching(
        /put environments\/lab\.yaml and the secrets back as they were, then private-registry up lab/,
      ),
    });
  });

  test("says so when going back fails, too", async () => {
    const lab = await deployed();
    const { error } = await failedChange(lab);
    expect(error).toMatchObject({
      message: expect.stringMatching(/Going back to the last configuration that ran failed, too/),
      remedy: expect.stringMatching(/put environments\/lab\.yaml back as it was, then private-registry up lab/),
    });
  });

  test("has nothing to go back to the first time", async () => {
    const lab = await deployed();
    rmSync(lab.path("state/lab.last-good.json"));
    const { error } = await failedChange(lab);
    expect((error as Error).message).not.toMatch(/last configuration/);
  });
});

test("what is kept holds no secret", async () => {
  const lab = await deployed();
  const kept = readFileSync(lab.path("state/lab.last-good.json"), "utf8");
  for (const value of Object.values(lab.secrets()))
    for (const line of value.trim().split("\n")) expect(kept).not.toContain(line);
});
