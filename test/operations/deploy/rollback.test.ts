import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { type FakeMachine, machines } from "../../support/fake-machine";
import { shortWaits } from "../../support/short-waits";

const { deployed } = machines();
shortWaits();

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
    // A plan holds secrets.
    expect(existsSync(lab.path(".private-registry/lab/last-good.tfplan"))).toBe(false);
    expect(existsSync(lab.path("cdktf.out/stacks/lab.last-good"))).toBe(false);
  });

  test("does not go back to what is the same", async () => {
    const lab = await deployed();
    await lab.engine.containers.remove(lab.container("registry"));
    lab.script({ apply: { failAt: { address: "docker_container.distribution", message: "it fails" } } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect((error as Error).message).not.toMatch(/last configuration/);
    expect(lab.calls("apply")).toHaveLength(1);
  });

  test("goes back to nothing that would destroy a volume", async () => {
    const lab = await deployed();
    const path = lab.path("state/lab.tfstate");
    const state = JSON.parse(readFileSync(path, "utf8"));
    const { Name: name } = lab.engine.objects.ensureVolume("lab-extra");
    const [volume] = state.resources.filter(({ type }: { type: string }) => type === "docker_volume");
    state.resources.push({
      ...volume,
      name: "extra",
      instances: [{ ...volume.instances[0], attributes: { id: name, name } }],
    });
    writeFileSync(path, JSON.stringify(state));
    lab.writeEnvironment({ registry: { realm: "other" } });
    lab.script({ apply: { failAt: { address: "docker_volume.extra", message: "volume is in use" } } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringContaining("it would destroy docker_volume.extra") });
    expect(lab.calls("apply")).toHaveLength(1);
    expect([...lab.engine.objects.volumes.values()].map(({ Name }) => Name)).toContain("lab-extra");
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
