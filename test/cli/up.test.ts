import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RegistryImages } from "../../constructs/images";
import { type FakeMachine, machines } from "../support/fake-machine";

const { fresh, deployed } = machines();

/** A change that replaces the registry's container. */
const changed = async () => {
  const lab = await deployed();
  lab.writeEnvironment({ registry: { readOnly: true } });
  lab.registry.readOnly = true;
  return lab;
};

const commands = (lab: FakeMachine) => lab.calls().map(({ command }) => command);

describe("up", () => {
  test("goes from nothing to a verified registry, and finds nothing to do the second time", async () => {
    const lab = await fresh();
    const first = await lab.must("up", "lab", "--yes");
    expect(first.code).toBeUndefined();
    expect(first.err).toMatch(/apply +12 done/);
    expect(first.err).toMatch(/verify +\d+ passed, 0 failed/);
    expect(first.out).toContain(`docker login localhost:${lab.port}`);
    expect(commands(lab).filter((one) => one !== "show")).toEqual(["init", "plan", "apply"]);
    expect(lab.state()).toContain("docker_volume.rustfs_data");
    expect(lab.container("registry").state).toBe("running");

    const second = await lab.must("up", "lab", "--yes");
    expect(second.code).toBeUndefined();
    expect(lab.calls("apply")).toHaveLength(1);
  });

  test("asks before it changes anything, and changes nothing where nobody can be asked", async () => {
    const lab = await changed();
    const { error } = await lab.run("up", "lab");
    expect(error).toMatchObject({ message: expect.stringMatching(/No terminal to ask on/), remedy: "pass --yes" });
    expect(lab.calls("apply")).toEqual([]);
    expect(lab.changesOnEngine()).toEqual([]);
  });

  test("applies a change, and says what it did", async () => {
    const lab = await changed();
    const before = lab.container("registry").id;
    const { code, err } = await lab.must("up", "lab", "--yes");
    expect(code).toBeUndefined();
    expect(err).toMatch(/storage\.maintenance\.readonly\.enabled/);
    expect(lab.container("registry").id).not.toBe(before);
  });

  test("exits 2 when what runs after it does not pass verification", async () => {
    const lab = await deployed();
    lab.registry.faults = { open: true };
    const { code, err, error } = await lab.run("up", "lab", "--yes");
    expect(error).toBeUndefined();
    expect(code).toBe(2);
    expect(err).toMatch(/✗ anonymous requests are refused/);
  });

  test("--json says the result and the checks", async () => {
    // The registry, what shows its configuration, and the bucket job, which does not write to a read-only one.
    const lab = await changed();
    const { out } = await lab.must("up", "lab", "--yes", "--json");
    const result = JSON.parse(out);
    expect(result).toMatchObject({ environment: "lab", changes: { replace: 3, create: 0, delete: 0 } });
    expect(result.checks.length).toBeGreaterThan(10);
  });

  test("waits for what is starting before it verifies", async () => {
    const lab = await deployed();
    const asked = () => lab.engine.calls.filter(({ path }) => path === "/containers/lab-registry/json").length;
    Object.defineProperty(lab.container("registry"), "health", { get: () => (asked() < 3 ? "starting" : "healthy") });
    const { code, err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/\d+ passed, 0 failed/);
    expect(code).toBeUndefined();
  });

  test.each([
    ["init", ["init"], /failed to initialize/],
    ["plan", ["init", "plan"], /failed to plan/],
    ["show", ["init", "plan", "show"], /failed to read the plan/],
  ])("goes no further when terraform %s fails", async (command, run, message) => {
    const lab = await changed();
    lab.script({ [command]: { exit: 1, stderr: "Error: it went wrong" } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ name: "Failure", message: expect.stringMatching(message) });
    expect((error as { details: string }).details).toContain("it went wrong");
    expect(commands(lab)).toEqual(run);
    expect(lab.changesOnEngine()).toEqual([]);
  });

  test("fails when an apply fails, with what failed, and does not verify", async () => {
    const lab = await changed();
    lab.script({
      apply: { failAt: { address: "docker_container.distribution", message: "the disk of the engine broke" } },
    });
    const { error, err, out } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ name: "Failure", message: expect.stringMatching(/^Terraform failed to apply/) });
    expect((error as { details: string }).details).toMatch(
      /the disk of the engine broke\n\(docker_container\.distribution\)/,
    );
    expect(err).toMatch(/✗ apply/);
    expect(err).not.toMatch(/verify +\d/);
    expect(out).not.toContain("docker login");
  });

  test("an apply that says it failed has failed, though every resource was done", async () => {
    const lab = await changed();
    lab.script({ apply: { work: true, exit: 1, stderr: "Error: could not write the state" } });
    expect((await lab.run("up", "lab", "--yes")).error).toMatchObject({
      message: expect.stringMatching(/^Terraform failed to apply/),
    });
  });

  test("goes on after a failed apply", async () => {
    const lab = await fresh();
    lab.script({ apply: { failAt: { address: "docker_container.distribution" } } });
    expect((await lab.run("up", "lab", "--yes")).error).toBeDefined();
    lab.script({});
    const { code, err } = await lab.must("up", "lab", "--yes");
    expect(code).toBeUndefined();
    expect(err).toMatch(/verify +\d+ passed, 0 failed/);
  });

  test("gives Terraform the secrets by their file, and no secret in arguments or logs", async () => {
    const lab = await fresh();
    await lab.must("up", "lab", "--yes");
    const secrets = JSON.parse(readFileSync(lab.path("secrets/lab.tfvars.json"), "utf8")) as Record<string, string>;
    const values = Object.values(secrets)
      .flatMap((one) => one.split("\n"))
      .filter((one) => one.length > 8);
    const [plan] = lab.calls("plan");
    expect(plan?.args).toContain(`-var-file=${lab.path("secrets/lab.tfvars.json")}`);
    const logs = readdirSync(lab.path(".private-registry/logs")).map((name) =>
      readFileSync(lab.path(".private-registry/logs", name), "utf8"),
    );
    for (const value of values) expect(JSON.stringify(lab.calls().map(({ args }) => args)) + logs).not.toContain(value);
  });

  test("leaves state and backup to their owner only, and no plan", async () => {
    const lab = await changed();
    // Plain Terraform lets everybody read it.
    chmodSync(lab.path("state/lab.tfstate"), 0o644);
    await lab.must("up", "lab", "--yes");
    for (const file of ["state/lab.tfstate", "state/lab.tfstate.backup", "secrets/lab.tfvars.json"])
      expect(statSync(lab.path(file)).mode & 0o077, file).toBe(0);
    expect(existsSync(lab.path(".private-registry/lab/plan.tfplan"))).toBe(false);
    expect(existsSync(lab.path(".private-registry/lab/plan.json"))).toBe(false);
  });

  test("an engine that is not there is said before anything else", async () => {
    const lab = await deployed();
    lab.engine.refuse(/GET \/version/, 500, "the daemon is ill");
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ name: "Failure" });
    expect(lab.calls()).toEqual([]);
  });
});

describe("what up does not begin with", () => {
  test.each([
    ["TF_WORKSPACE", "prod"],
    ["TF_CLI_ARGS_plan", "-target=docker_network.edge"],
  ])("%s is refused before anything else", async (variable, value) => {
    const lab = await deployed();
    lab.variables[variable] = value;
    const { error } = await lab.run("up", "lab", "--yes");
    delete lab.variables[variable];
    expect(error).toMatchObject({ name: "Failure", message: expect.stringContaining(variable) });
    expect(lab.calls()).toEqual([]);
  });

  test("a volume of our name that somebody else's container uses", async () => {
    const lab = await fresh();
    await lab.must("secrets", "init", "lab");
    lab.engine.objects.addImage("nginx:1");
    lab.engine.containers.create("somebody", { Image: "nginx:1", HostConfig: { Binds: ["lab-rustfs-data:/data"] } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringMatching(/volume called lab-rustfs-data exists and is not lab's/),
    });
    expect(lab.calls("apply").concat(lab.calls("import"))).toEqual([]);
    expect(lab.engine.containers.find("somebody")).toBeDefined();
  });
});

describe("images", () => {
  test("those that the engine lacks are pulled before the apply, those it has are not", async () => {
    const lab = await fresh();
    const [name, digest] = new RegistryImages({}).rustfs.toString().split("@");
    lab.engine.objects.addImage(`${name?.replace(/:[^:]+$/, "")}@${digest}`);
    await lab.must("up", "lab", "--yes");
    const pulled = lab.engine.calls.filter(({ path }) => path === "/images/create").map(({ query }) => query.fromImage);
    expect(pulled).toHaveLength(1);
    expect(pulled[0]).toMatch(/^registry/);
  });

  test("one that cannot be had stops it before anything is changed", async () => {
    const lab = await fresh();
    lab.engine.objects.pullError = "toomanyrequests: You have reached your pull rate limit.";
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringMatching(/too many pulls/) });
    expect(lab.calls("apply")).toEqual([]);
    expect([...lab.engine.containers.all.values()]).toEqual([]);
  });
});

describe("Ctrl-C", () => {
  /** Presses it as soon as something is true. */
  async function pressWhen(lab: FakeMachine, ready: () => boolean): Promise<void> {
    for (let n = 0; n < 2_000 && !ready(); n += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    lab.process.emit("SIGINT");
  }
  const applying = (lab: FakeMachine, address: string) => () =>
    lab.calls("apply").length > 0 && lab.engine.calls.length > 0 && existsSync(lab.path(`waits-${address}`));

  test("during an apply: what has begun is finished, the rest is not done, and that is no success", async () => {
    const lab = await changed();
    lab.script({ apply: { waitAt: "docker_container.distribution" } });
    const running = lab.run("up", "lab", "--yes");
    await pressWhen(lab, applying(lab, "docker_container.distribution"));
    const { error, out } = await running;
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Stopped during apply: \d+ changes? (is|are) done/),
    });
    expect((error as { remedy: string }).remedy).toContain("private-registry up lab");
    expect(out).not.toContain("docker login");
  });

  test("while it plans: nothing was changed", async () => {
    const lab = await changed();
    lab.script({ plan: { waitForSignal: true } });
    const running = lab.run("up", "lab", "--yes");
    await pressWhen(lab, () => lab.calls("plan").length > 0 && existsSync(lab.path("waits-plan")));
    const { error } = await running;
    expect(error).toMatchObject({ message: expect.stringMatching(/^Stopped\. Nothing was changed/) });
    expect(lab.calls("apply")).toEqual([]);
  });
});
