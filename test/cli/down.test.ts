import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type FakeMachine, machines } from "../support/fake-machine";

const { fresh, deployed } = machines();

const DATA = "lab-rustfs-data";
const names = (lab: FakeMachine) => [...lab.engine.containers.all.values()].map(({ name }) => name);
const volumes = (lab: FakeMachine) => [...lab.engine.objects.volumes.keys()];

/** Nothing was destroyed, and no plan to destroy is left. */
function stands(lab: FakeMachine): void {
  expect(lab.calls("apply")).toEqual([]);
  expect(lab.changesOnEngine()).toEqual([]);
  expect(lab.container("registry").state).toBe("running");
  expect(volumes(lab)).toContain(DATA);
  expect(readdirSync(lab.path(".private-registry/lab"))).not.toContain("down.tfplan");
  expect(existsSync(lab.path("cdktf.out/stacks/lab.down"))).toBe(false);
}

describe("down", () => {
  test("destroys the containers and networks, and keeps the protected volume, which the next up finds", async () => {
    const lab = await deployed();
    const { err, code } = await lab.must("down", "lab", "--confirm", "lab");
    expect(code).toBeUndefined();
    expect(err).toMatch(new RegExp(`stays: volume ${DATA}`));
    expect(err).toMatch(new RegExp(`lab is down\\..*${DATA}`));
    expect(names(lab)).toEqual([]);
    expect([...lab.engine.objects.networks.values()].map(({ Name }) => Name)).not.toContain("lab-edge");
    expect(volumes(lab)).toEqual([DATA]);
    expect(lab.state()).toEqual(["docker_volume.rustfs_data"]);

    const made = lab.engine.objects.volumes.get(DATA)?.CreatedAt;
    await lab.must("up", "lab", "--yes");
    expect(lab.engine.objects.volumes.get(DATA)?.CreatedAt).toBe(made);
  });

  test("asks for the name, and changes nothing where nobody can be asked", async () => {
    const lab = await deployed();
    const { error } = await lab.run("down", "lab");
    expect(error).toMatchObject({ remedy: "pass --confirm lab" });
    stands(lab);
  });

  test.each(["prod", "LAB", "lab ", ""])("takes no other name: %j", async (given) => {
    const lab = await deployed();
    const { error } = await lab.run("down", "lab", "--confirm", given);
    expect(error).toMatchObject({ message: "That is not lab. Nothing was changed" });
    stands(lab);
  });

  test("--delete-data takes the name, too, and no other", async () => {
    const lab = await deployed();
    expect((await lab.run("down", "lab", "--delete-data", "--confirm", "other")).error).toBeDefined();
    stands(lab);
  });

  test("--delete-data destroys the data, says so, and leaves the stack's own protection as it is", async () => {
    const lab = await deployed();
    const { err } = await lab.must("down", "lab", "--delete-data", "--confirm", "lab");
    expect(err).toMatch(new RegExp(`goes, with everything in it: volume ${DATA}`));
    expect(volumes(lab)).toEqual([]);
    expect(lab.state()).toEqual([]);
    const stack = JSON.parse(readFileSync(lab.path("cdktf.out/stacks/lab/cdk.tf.json"), "utf8"));
    expect(stack.resource.docker_volume.rustfs_data.lifecycle.prevent_destroy).toBe(true);
    expect(existsSync(lab.path("cdktf.out/stacks/lab.down"))).toBe(false);
    expect((await lab.must("down", "lab", "--confirm", "lab")).err).toMatch(/Nothing of lab runs/);
  });

  test("an environment that gives its data up loses it, and says so before it asks", async () => {
    const lab = await deployed({ environment: { storage: { rustfs: { volume: { protect: false } } } } });
    const { err, error } = await lab.run("down", "lab");
    expect(error).toBeDefined();
    expect(err).toMatch(new RegExp(`goes, with everything in it: volume ${DATA}`));
    stands(lab);
    await lab.must("down", "lab", "--confirm", "lab");
    expect(volumes(lab)).toEqual([]);
  });

  test("a volume that the environment does not know any more stays", async () => {
    const lab = await deployed();
    lab.writeEnvironment({
      storage: { s3: { endpoint: "https://s3.example.com", bucket: "images", region: "eu-1" }, rustfs: undefined },
    });
    await lab.must("down", "lab", "--confirm", "lab");
    expect(volumes(lab)).toContain(DATA);
    expect(lab.state()).toContain("docker_volume.rustfs_data");
  });

  test("works without the secrets, which nothing to destroy needs", async () => {
    const lab = await deployed();
    rmSync(lab.path("secrets"), { recursive: true });
    await lab.must("down", "lab", "--confirm", "lab");
    expect(names(lab)).toEqual([]);
  });

  test("says when there is nothing", async () => {
    const lab = await fresh();
    const { err } = await lab.must("down", "lab");
    expect(err).toMatch(/Nothing of lab runs/);
    expect(lab.calls("apply")).toEqual([]);
  });

  test.each([
    ["init", /failed to initialize/],
    ["plan", /failed to plan/],
    ["show", /failed to read/],
  ])("destroys nothing when terraform %s fails", async (command, message) => {
    const lab = await deployed();
    lab.script({ [command]: { exit: 1, stderr: "Error: no" } });
    const { error } = await lab.run("down", "lab", "--confirm", "lab");
    expect(error).toMatchObject({ name: "Failure", message: expect.stringMatching(message) });
    stands(lab);
  });

  test("stops at a plan that would destroy what should stay, whatever Terraform made of its targets", async () => {
    const lab = await deployed();
    lab.script({ plan: { forgetsTargets: true } });
    const { error } = await lab.run("down", "lab", "--confirm", "lab");
    expect(error).toMatchObject({ message: expect.stringMatching(/docker_volume\.rustfs_data/) });
    stands(lab);
  });

  test("is no success when an apply fails, and can be run again", async () => {
    const lab = await deployed();
    lab.script({ apply: { failAt: { address: "docker_container.rustfs", message: "device or resource busy" } } });
    const { error, err } = await lab.run("down", "lab", "--confirm", "lab");
    expect(error).toMatchObject({ name: "Failure" });
    expect((error as { details: string }).details).toContain("device or resource busy");
    expect(err).not.toMatch(/lab is down/);
    lab.script({});
    await lab.must("down", "lab", "--confirm", "lab");
    expect(names(lab)).toEqual([]);
  });

  test("leaves the state to its owner only", async () => {
    const lab = await deployed();
    await lab.must("down", "lab", "--confirm", "lab");
    for (const file of readdirSync(lab.path("state")).filter((name) => name.includes("tfstate")))
      expect(statSync(lab.path("state", file)).mode & 0o077, file).toBe(0);
  });
});
