import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Failure } from "../../operations/failure";
import { type FakeMachine, machines } from "../support/fake-machine";
import { issue } from "../support/x509";

const { fresh, deployed } = machines();

/** A saved plan that replaces the registry's container. */
async function planned(): Promise<FakeMachine> {
  const lab = await deployed();
  lab.registry.readOnly = true;
  lab.writeEnvironment({ registry: { readOnly: true } });
  await lab.must("plan", "lab");
  lab.engine.calls.length = 0;
  return lab;
}

describe("plan", () => {
  test("exits 2 when something would change, shows it, and changes nothing", async () => {
    const lab = await deployed();
    lab.writeEnvironment({ registry: { readOnly: true } });
    const { code, out, err } = await lab.must("plan", "lab");
    expect(code).toBe(2);
    expect(out).toMatch(/docker_container\.distribution/);
    expect(err).toMatch(/private-registry apply lab/);
    expect(lab.changesOnEngine()).toEqual([]);
  });

  test("stops for a certificate that has ended, before anything else", async () => {
    const lab = await deployed();
    const ended = { notBefore: new Date(Date.now() - 9e8), notAfter: new Date(Date.now() - 1e8) };
    const { certificate, key } = issue("server", { names: ["localhost"], ...ended });
    const files = { certificateFile: join(lab.folder, "tls.crt"), keyFile: join(lab.folder, "tls.key") };
    writeFileSync(files.certificateFile, certificate);
    writeFileSync(files.keyFile, key);
    lab.writeEnvironment({ registry: { tls: { mode: "certificate", ...files } } });
    expect((await lab.run("plan", "lab")).error).toMatchObject({
      message: expect.stringMatching(/^The certificate of lab cannot be used; nothing was changed\./),
    });
  });

  test("exits 0 when nothing would", async () => {
    const lab = await deployed();
    const { code, out } = await lab.must("plan", "lab");
    expect(code).toBeUndefined();
    expect(out).toMatch(/no changes/);
  });

  test("shows what somebody changed since", async () => {
    const lab = await deployed();
    const rustfs = lab.container("rustfs");
    if (rustfs.body.HostConfig) rustfs.body.HostConfig.Memory = 64 * 2 ** 20;
    const { code, out } = await lab.must("plan", "lab");
    expect(code).toBe(2);
    expect(out).toMatch(/docker_container\.rustfs/);
    expect(out).toMatch(/memory: 64 → \d+/);
  });

  test("a destroyed data volume is said in so many words", async () => {
    const lab = await deployed({ environment: { storage: { rustfs: { volume: { protect: false } } } } });
    lab.writeEnvironment({ storage: { rustfs: { volume: { name: "other", protect: false } } } });
    const { out } = await lab.must("plan", "lab");
    expect(out).toMatch(/Volume lab-rustfs-data is deleted/);
    expect(out).toMatch(/Do not apply: data would be lost/);
  });

  test("a protected one is refused by Terraform, and the failure says what to do", async () => {
    const lab = await deployed();
    lab.writeEnvironment({ storage: { rustfs: { volume: { name: "other" } } } });
    const { error } = await lab.run("plan", "lab");
    expect(error).toMatchObject({
      message: "The plan would destroy docker_volume.rustfs_data, which is protected; nothing was changed",
    });
  });

  test("secrets that are not there are named, and nothing is planned without them", async () => {
    const lab = await fresh();
    const { error } = await lab.run("plan", "lab");
    expect(error).toMatchObject({ message: expect.stringMatching(/registry_htpasswd/) });
    expect(lab.calls("plan")).toEqual([]);
  });

  test("a plan that failed leaves no older one behind", async () => {
    const lab = await planned();
    lab.script({ plan: { exit: 1, stderr: "Error: no" } });
    expect((await lab.run("plan", "lab")).error).toBeDefined();
    expect((await lab.run("apply", "lab", "--yes")).error).toMatchObject({ message: "There is no saved plan of lab" });
  });

  test("--json says what it does, and where it is", async () => {
    const lab = await deployed();
    lab.writeEnvironment({ registry: { readOnly: true } });
    const result = JSON.parse((await lab.must("plan", "lab", "--json")).out);
    expect(result).toMatchObject({
      environment: "lab",
      changes: expect.anything(),
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe("apply", () => {
  test("applies exactly the file that was planned, once", async () => {
    const lab = await planned();
    const before = lab.container("registry").id;
    const { err } = await lab.must("apply", "lab", "--yes");
    expect(err).toMatch(/apply +\d+ done/);
    expect(lab.calls("apply")[0]?.args).toContain(lab.path(".private-registry/lab/plan.tfplan"));
    expect(lab.container("registry").id).not.toBe(before);
    expect((await lab.run("apply", "lab", "--yes")).error).toMatchObject({ message: "There is no saved plan of lab" });
  });

  test("asks, and does nothing where nobody can be asked", async () => {
    const lab = await planned();
    const { error, err } = await lab.run("apply", "lab");
    expect(err).toMatch(/docker_container\.distribution/);
    expect(error).toMatchObject({ remedy: "pass --yes" });
    expect(lab.calls("apply")).toEqual([]);
    expect(lab.changesOnEngine()).toEqual([]);
  });

  test("a plan that changes nothing is not applied", async () => {
    const lab = await deployed();
    await lab.must("plan", "lab");
    const { out } = await lab.must("apply", "lab", "--yes", "--json");
    expect(JSON.parse(out)).toEqual({ environment: "lab", applied: 0 });
    expect(lab.calls("apply")).toEqual([]);
  });

  test.each<[string, (lab: FakeMachine) => unknown, RegExp]>([
    [
      "the environment changed since",
      (lab) => lab.writeEnvironment({ registry: { readOnly: true, delete: false } }),
      /is out of date[\s\S]*environments\//,
    ],
    [
      "a secret changed since",
      (lab) => lab.must("users", "add", "lab", "bob"),
      /is out of date[\s\S]*secrets changed: registry_htpasswd/,
    ],
    [
      "the plan's file was changed",
      (lab) => appendFileSync(lab.path(".private-registry/lab/plan.tfplan"), "x"),
      /is not the plan that was shown/,
    ],
    [
      "its record was changed",
      (lab) => writeFileSync(lab.path(".private-registry/lab/plan.record.json"), "{}"),
      /is not what plan wrote/,
    ],
  ])("refuses when %s", async (_, change, message) => {
    const lab = await planned();
    await change(lab);
    lab.engine.calls.length = 0;
    const { error } = await lab.run("apply", "lab", "--yes");
    expect(error).toMatchObject({ name: "Failure", message: expect.stringMatching(message) });
    expect((error as { remedy: string }).remedy).toContain("private-registry plan lab");
    expect(lab.calls("apply")).toEqual([]);
    expect(lab.changesOnEngine()).toEqual([]);
  });

  test("refuses when another plan took its place while somebody looked at it", async () => {
    const lab = await planned();
    const { version } = lab.engine;
    // It connects after it has read the plan, and before it applies it.
    Object.defineProperty(lab.engine, "version", {
      configurable: true,
      get: () => {
        appendFileSync(lab.path(".private-registry/lab/plan.tfplan"), "x");
        return version;
      },
    });
    const { error, err } = await lab.run("apply", "lab", "--yes");
    Object.defineProperty(lab.engine, "version", { configurable: true, writable: true, value: version });
    expect(err).toMatch(/docker_container\.distribution/);
    expect(error).toMatchObject({ message: expect.stringMatching(/is not the plan that was shown/) });
    expect(lab.calls("apply")).toEqual([]);
  });

  test("refuses when somebody applied something else meanwhile, as Terraform says it", async () => {
    const lab = await planned();
    const path = lab.path("state/lab.tfstate");
    const state = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...state, serial: state.serial + 1 }));
    const { error } = await lab.run("apply", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringMatching(/the state is newer/) });
    expect(existsSync(lab.path(".private-registry/lab/plan.tfplan"))).toBe(false);
  });
});

describe("what would fail in the middle is found before anything is changed", () => {
  const foreign = (lab: FakeMachine, name: string, port?: number) => {
    lab.engine.objects.addImage("nginx:1");
    const HostConfig = {
      RestartPolicy: { Name: "always" },
      ...(port && { PortBindings: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: String(port) }] } }),
    };
    return lab.engine.containers.create(name, { Image: "nginx:1", HostConfig });
  };
  /** Nothing of ours was made, nobody else's was touched. */
  const untouched = (lab: FakeMachine, other: string) => {
    expect(lab.calls("apply")).toEqual([]);
    expect(lab.engine.containers.find(other)).toBeDefined();
    expect([...lab.engine.containers.all.values()].map(({ name }) => name)).toEqual([other]);
  };

  test("a container of somebody else's with our name", async () => {
    const lab = await fresh();
    await lab.must("secrets", "init", "lab");
    foreign(lab, "lab-registry");
    await lab.must("plan", "lab");
    const { error } = await lab.run("apply", "lab", "--yes");
    expect(error).toMatchObject({
      message: expect.stringMatching(/container called lab-registry exists and is not lab's/),
    });
    untouched(lab, "lab-registry");
  });

  test("a port that another container has", async () => {
    const lab = await fresh();
    await lab.engine.containers.start(foreign(lab, "somebody", lab.port));
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: `Port ${lab.port} of 127.0.0.1 is taken by container somebody; nothing was changed`,
    });
    untouched(lab, "somebody");
  });

  test("a port that a process has", async () => {
    const lab = await fresh();
    const server = createServer().listen(lab.port, "127.0.0.1");
    try {
      const { error } = await lab.run("up", "lab", "--yes");
      expect(error).toMatchObject({
        message: expect.stringMatching(`Port ${lab.port} of 127.0.0.1 is taken by process \\d+`),
      });
    } finally {
      server.close();
    }
    expect(lab.calls("apply")).toEqual([]);
  });

  test("our own container may have the port that its successor wants", async () => {
    const lab = await planned();
    expect((await lab.run("apply", "lab", "--yes")).error).toBeUndefined();
  });

  test("a port on another address is nobody's business", async () => {
    const lab = await fresh();
    lab.engine.objects.addImage("nginx:1");
    const other = lab.engine.containers.create("somebody", {
      Image: "nginx:1",
      HostConfig: {
        RestartPolicy: { Name: "always" },
        PortBindings: { "80/tcp": [{ HostIp: "10.1.2.3", HostPort: String(lab.port) }] },
      },
    });
    other.state = "running";
    expect((await lab.run("up", "lab", "--yes")).error).toBeUndefined();
  });
});

describe("a failed apply is explained", () => {
  test("with the log of the container that did not become healthy", async () => {
    const lab = await planned();
    lab.engine.containers.onStart = (container) => {
      if (container.name !== "lab-registry") return;
      container.health = "unhealthy";
      container.log = "configuration error: no such bucket\n";
    };
    const { error } = await lab.run("apply", "lab", "--yes");
    expect(`${error} ${(error as { details?: string }).details}`).toMatch(/no such bucket/);
    expect((error as { remedy?: string }).remedy).toMatch(/lab/);
  });

  test("a state that could not be written is kept, and the way back is said", async () => {
    const lab = await planned();
    writeFileSync(lab.path("lost.tfstate"), '{"serial":7}');
    lab.script({ apply: { work: true, exit: 1, copy: { from: lab.path("lost.tfstate"), to: "errored.tfstate" } } });
    const { error } = await lab.run("apply", "lab", "--yes");
    const { message, remedy = "" } = error as Failure;
    const [, kept = ""] = /^Terraform could not write the state .* kept in (\S+)$/.exec(message) ?? [];
    expect(readFileSync(lab.path(kept), "utf8")).toBe('{"serial":7}');
    expect(remedy).toMatch(/^before anything else: \S+terraform -chdir=cdktf\.out\/stacks\/lab state push \//);
  });

  test("with what the job said", async () => {
    const lab = await fresh();
    lab.engine.containers.onStart = (container) => {
      if (container.name !== "lab-bucket-init") return;
      container.exitCode = 1;
      container.log = "bucket-init: failed: create bucket registry: PUT /registry answered HTTP 403, expected 200\n";
    };
    const { error } = await lab.run("up", "lab", "--yes");
    expect((error as Error).message).toMatch(/create bucket registry: PUT \/registry answered HTTP 403/);
  });
});
