import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { DEPLOYMENT_LABEL, ENVIRONMENT_LABEL } from "../../../constructs/platform/deployment";
import { type FakeMachine, machines } from "../../support/fake-machine";

const { fresh, deployed } = machines();

const markers = (lab: FakeMachine) =>
  [...lab.engine.objects.volumes.values()].map(({ Name, CreatedAt }) => [Name, CreatedAt]);
const record = (lab: FakeMachine) => JSON.parse(readFileSync(lab.path("state/lab.deployment.json"), "utf8"));

async function killed(lab: FakeMachine, address: string, ...args: string[]): Promise<void> {
  lab.script({ apply: { killAt: address } });
  const { error } = await lab.run(...args);
  expect(error).toMatchObject({ message: expect.stringMatching(/^Terraform was killed during apply/) });
  lab.script({});
}

describe("an apply that was killed", () => {
  test.each([
    ["docker_network.edge", /network lab-edge: left by an apply that was killed/],
    ["docker_volume.rustfs_data", /volume lab-rustfs-data: left by an apply that was killed; taken over/],
    ["docker_container.rustfs", /container lab-rustfs: left by an apply that was killed/],
    ["docker_container.bucket_init", /container lab-bucket-init: left/],
    ["docker_container.distribution", /container lab-registry: left/],
  ])(
    "at %s of a first up: the next up says what it found, and ends well with the volumes that were there",
    async (address, said) => {
      const lab = await fresh();
      await killed(lab, address, "up", "lab", "--yes");
      const before = markers(lab);
      const { err } = await lab.must("up", "lab", "--yes");
      expect(err).toMatch(said);
      expect(markers(lab)).toEqual(expect.arrayContaining(before));
      expect(lab.calls("import").map(({ args }) => args.at(-1))).toEqual(
        address.startsWith("docker_volume") ? ["lab-rustfs-data"] : [],
      );
      expect((await lab.must("plan", "lab")).code).toBeUndefined();
    },
  );

  test("at a change, when the old container was gone: the next up makes the new one", async () => {
    const lab = await deployed();
    lab.registry.readOnly = true;
    lab.writeEnvironment({ registry: { readOnly: true } });
    await killed(lab, "docker_container.distribution", "up", "lab", "--yes");
    const before = markers(lab);
    expect(lab.engine.containers.find("lab-registry")).toBeUndefined();
    await lab.must("up", "lab", "--yes");
    expect(lab.container("registry").state).toBe("running");
    expect(markers(lab)).toEqual(before);
  });

  test("down takes everything away, and keeps the data in the state and under its protection", async () => {
    const lab = await fresh();
    await killed(lab, "docker_volume.rustfs_data", "up", "lab", "--yes");
    const { err } = await lab.must("down", "lab", "--confirm", "lab");
    expect(err).toMatch(/stays: volume lab-rustfs-data \(protected\)/);
    expect(lab.state()).toEqual(["docker_volume.rustfs_data"]);
    expect(lab.engine.containers.all.size + lab.engine.objects.networks.size).toBe(0);
  });

  test("a container that it left is stopped before it is removed, so that it ends what it writes", async () => {
    const lab = await fresh();
    await killed(lab, "docker_container.rustfs", "up", "lab", "--yes");
    const { id } = lab.container("rustfs");
    lab.engine.calls.length = 0;
    await lab.must("up", "lab", "--yes");
    const about = lab.engine.calls.filter(
      ({ method, path }) => method !== "GET" && path.startsWith(`/containers/${id}`),
    );
    expect(about.map(({ method, path }) => `${method} ${path.slice(`/containers/${id}`.length)}`)).toEqual([
      "POST /stop",
      "DELETE ",
    ]);
  });

  test("a record about another Docker host makes nothing here ours", async () => {
    const lab = await deployed();
    const before = markers(lab);
    rmSync(lab.path("state/lab.tfstate"));
    const moved = { ...record(lab), dockerHost: "ssh://root@elsewhere" };
    writeFileSync(lab.path("state/lab.deployment.json"), JSON.stringify(moved));
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringMatching(/ exists and /) });
    expect(lab.calls("import")).toEqual([]);
    expect(markers(lab)).toEqual(before);
  });

  test("down removes a container that the state does not know", async () => {
    const lab = await fresh();
    await killed(lab, "docker_container.rustfs", "up", "lab", "--yes");
    expect((await lab.must("down", "lab", "--confirm", "lab")).err).toMatch(/container lab-rustfs: left by an apply/);
    expect(lab.engine.containers.all.size).toBe(0);
  });

  test("down --delete-data takes the volume that the state does not know, and then remembers nothing", async () => {
    const lab = await fresh();
    await killed(lab, "docker_volume.rustfs_data", "up", "lab", "--yes");
    await lab.must("down", "lab", "--delete-data", "--confirm", "lab");
    expect(markers(lab)).toEqual([]);
    expect(() => record(lab)).toThrow(/ENOENT/);
  });

  test("with a state that was lost as well: the record beside it tells what is ours", async () => {
    const lab = await deployed();
    const before = markers(lab);
    rmSync(lab.path("state/lab.tfstate"));
    const { err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/volume lab-rustfs-data: left/);
    expect(err).toMatch(/container lab-registry: left/);
    expect(markers(lab)).toEqual(before);
  });

  test("and after down: the volume that was kept is still known to be ours", async () => {
    const lab = await deployed();
    await lab.must("down", "lab", "--confirm", "lab");
    const before = markers(lab);
    rmSync(lab.path("state/lab.tfstate"));
    const { err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/volume lab-rustfs-data: left/);
    expect(markers(lab)).toEqual(expect.arrayContaining(before));
  });

  test("what it left is removed by an up that has nothing else to do", async () => {
    const lab = await deployed();
    const { body } = lab.container("htpasswd");
    const left = lab.engine.containers.create("lab-left", { ...body, NetworkingConfig: {} });
    const { err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/container lab-left: left by an apply that was killed/);
    expect(lab.calls("apply")).toEqual([]);
    expect(lab.engine.containers.find(left.id)).toBeUndefined();
  });

  test("a job that failed unseen runs again", async () => {
    const lab = await deployed();
    const path = lab.path("state/lab.tfstate");
    const state = JSON.parse(readFileSync(path, "utf8"));
    const job = state.resources.find(({ name }: { name: string }) => name === "bucket_init");
    Object.assign(job.instances[0].attributes, { exit_code: 1 });
    writeFileSync(path, JSON.stringify(state));
    lab.container("bucket-init").exitCode = 1;
    await lab.run("plan", "lab");
    expect(lab.calls("plan").at(-1)?.args).toContain("-replace=docker_container.bucket_init");
  });
});

describe("what is not ours", () => {
  test.each([
    [
      "a network",
      (lab: FakeMachine) => void lab.engine.objects.addNetwork({ Name: "lab-edge" }),
      /^A network called lab-edge exists and is not lab's/,
    ],
    [
      "a volume",
      (lab: FakeMachine) => void lab.engine.objects.ensureVolume("lab-rustfs-data"),
      /^A volume called lab-rustfs-data exists and is not lab's/,
    ],
    [
      "another state's network",
      (lab: FakeMachine) =>
        void lab.engine.objects.addNetwork({
          Name: "lab-edge",
          Labels: { [ENVIRONMENT_LABEL]: "lab", [DEPLOYMENT_LABEL]: "another" },
        }),
      /The network lab-edge exists and belongs to another Terraform state of lab/,
    ],
  ])("%s under our name: nothing is changed", async (_, make, message) => {
    const lab = await fresh();
    await lab.must("secrets", "init", "lab");
    make(lab);
    lab.engine.calls.length = 0;
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(lab.changesOnEngine()).toEqual([]);
    expect(lab.calls("import")).toEqual([]);
  });

  test("another environment's container under a name that a killed apply was about to make", async () => {
    const lab = await fresh();
    await killed(lab, "docker_container.distribution", "up", "lab", "--yes");
    const ours = lab.container("registry");
    const { body } = ours;
    await lab.engine.containers.remove(ours);
    const Labels = { ...body.Labels, [ENVIRONMENT_LABEL]: "other" };
    const theirs = lab.engine.containers.create("lab-registry", { ...body, Labels });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringMatching(/^A container called lab-registry exists and is not/),
    });
    expect(lab.container("registry").id).toBe(theirs.id);
  });

  test("a container that somebody put on a network of ours: the network is not taken from under it", async () => {
    const lab = await fresh();
    await killed(lab, "docker_network.edge", "up", "lab", "--yes");
    const image = lab.engine.objects.addImage("alpine:3");
    const stranger = lab.engine.containers.create("stranger", { Image: image.Id });
    stranger.networks.add("lab-edge");
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringContaining("others are on it: stranger"),
      remedy: "docker network disconnect lab-edge stranger",
    });
    expect(stranger.networks).toEqual(new Set(["lab-edge"]));
    expect([...lab.engine.objects.networks.values()].map(({ Name }) => Name)).toContain("lab-edge");
    stranger.networks.delete("lab-edge");
    await lab.must("up", "lab", "--yes");
  });

  test("stays where it is when the environment is taken down", async () => {
    const lab = await deployed();
    const other = { [ENVIRONMENT_LABEL]: "other", [DEPLOYMENT_LABEL]: "another" };
    lab.engine.objects.addNetwork({ Name: "other-edge", Labels: other });
    lab.engine.objects.ensureVolume("lab-backup");
    await lab.must("down", "lab", "--delete-data", "--confirm", "lab");
    expect([...lab.engine.objects.networks.values()].map(({ Name }) => Name)).toEqual(["other-edge"]);
    expect(markers(lab).map(([name]) => name)).toEqual(["lab-backup"]);
  });

  test("a volume is taken over when a person says that it is theirs", async () => {
    const lab = await fresh();
    await lab.must("secrets", "init", "lab");
    const { CreatedAt } = lab.engine.objects.ensureVolume("lab-rustfs-data");
    await lab.must("up", "lab", "--yes", "--adopt", "lab-rustfs-data");
    expect(markers(lab)).toContainEqual(["lab-rustfs-data", CreatedAt]);
  });

  test("one that Terraform would replace later is refused, theirs or not", async () => {
    const lab = await fresh();
    await lab.must("secrets", "init", "lab");
    lab.engine.objects.ensureVolume("lab-rustfs-data", { "com.docker.compose.project": "x" });
    const { error } = await lab.run("up", "lab", "--yes", "--adopt", "lab-rustfs-data");
    expect(error).toMatchObject({
      message: expect.stringMatching(/label com\.docker\.compose\.project\): the provider would replace it/),
    });
    expect(lab.calls("import")).toEqual([]);
  });
});

describe("a run that did not end", () => {
  const PID = 2 ** 22 - 1;
  const died = () => ({ step: "apply", pid: PID, host: hostname(), since: new Date().toISOString() });
  const lockedBy = (who: string, created = new Date()) => ({
    summary: "Error acquiring the state lock",
    detail: `Error message: conflict\nLock Info:\n  ID:        4711-abc\n  Operation: OperationTypeApply\n  Who:       ${who}\n  Created:   ${created.toISOString().replace("T", " ").replace("Z", "")} +0000 UTC\n`,
  });
  const remember = (lab: FakeMachine, running: object) =>
    writeFileSync(lab.path("state/lab.deployment.json"), JSON.stringify({ ...record(lab), running }));

  test("Terraform that is killed while we live is remembered, so that the next run knows its lock", async () => {
    const lab = await fresh();
    lab.script({ apply: { killAt: "docker_network.edge" } });
    await lab.run("up", "lab", "--yes");
    const { pid } = record(lab).running as { pid: number };
    lab.script({ plan: { exit: 1, diagnostics: [lockedBy(`me@${hostname()}`)] } });
    await lab.run("plan", "lab");
    expect(pid).toBeGreaterThan(0);
    expect(lab.calls("force-unlock").map(({ args }) => args)).toEqual([["-force", "4711-abc"]]);
  });

  test("a lock of a process that was killed is released", async () => {
    const lab = await deployed();
    remember(lab, died());
    lab.script({ plan: { exit: 1, diagnostics: [lockedBy(`me@${hostname()}`)] } });
    await lab.run("plan", "lab");
    expect(lab.calls("force-unlock").map(({ args }) => args)).toEqual([["-force", "4711-abc"]]);
    expect(record(lab).running).toMatchObject({ pid: PID });
  });

  test.each([
    ["another machine", lockedBy("me@elsewhere")],
    ["a later process of this machine", lockedBy(`me@${hostname()}`, new Date(Date.now() + 3_600_000))],
  ])("a lock of %s is not", async (_, diagnostic) => {
    const lab = await deployed();
    remember(lab, died());
    lab.script({ plan: { exit: 1, diagnostics: [diagnostic] } });
    expect((await lab.run("plan", "lab")).error).toMatchObject({
      message: expect.stringMatching(/Somebody else is changing lab/),
    });
    expect(lab.calls("force-unlock")).toEqual([]);
  });

  test("nothing is begun while it still runs", async () => {
    const lab = await deployed();
    remember(lab, { ...died(), pid: process.pid, started: startOfThis() });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Terraform still works on lab: apply, process \d+/),
    });
    expect(lab.calls("plan")).toEqual([]);
  });
});

function startOfThis(): string {
  const ticks = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")[19];
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${ticks}`;
}
