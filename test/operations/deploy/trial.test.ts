import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { harmless } from "../../../operations/deploy/docker/trial-spec";
import type { FakeContainer } from "../../support/fake-engine";
import { type FakeMachine, machines } from "../../support/fake-machine";
import { shortWaits } from "../../support/short-waits";

const { deployed } = machines();
shortWaits();

const isTrial = ({ name }: { name: string }) => /-trial-/.test(name);
const trialsLeft = (lab: FakeMachine) => [...lab.engine.containers.all.values()].filter(isTrial);

/** Lets containers that are tried go wrong. */
function trialsEnd(lab: FakeMachine, log: string): void {
  beforeStart(lab, (container) => {
    if (isTrial(container)) Object.assign(container, { state: "exited", exitCode: 1, log, health: undefined });
  });
}

function beforeStart(lab: FakeMachine, work: (container: FakeContainer) => void): void {
  const { onStart } = lab.engine.containers;
  lab.engine.containers.onStart = async (container) => {
    work(container);
    await onStart(container);
  };
  onTestFinished(() => {
    lab.engine.containers.onStart = onStart;
  });
}

const creations = (lab: FakeMachine) =>
  lab.engine.calls
    .filter(
      ({ method, path, query }) =>
        method === "POST" && path === "/containers/create" && /-trial-/.test(query.name ?? ""),
    )
    .map(
      ({ body }) =>
        body as { HostConfig: Record<string, unknown>; Labels: object; NetworkingConfig?: object; Env: string[] },
    );

describe("a change of the registry", () => {
  test("is tried beside the one that runs: without ports and labels by which others find it, mounts read-only", async () => {
    const lab = await deployed();
    lab.writeEnvironment({ registry: { realm: "other", labels: { "traefik.enable": "true" } } });
    const { err } = await lab.must("up", "lab", "--yes");
    expect(err).toMatch(/✓ try +it starts, and its storage answers/);
    const [trial] = creations(lab);
    expect(trial?.HostConfig.PortBindings).toBeUndefined();
    expect(Object.keys(trial?.Labels ?? {})).not.toContain("traefik.enable");
    expect(trial?.NetworkingConfig).toBeUndefined();
    expect(trial?.HostConfig.Mounts).toEqual([expect.objectContaining({ Source: "lab-auth", ReadOnly: true })]);
    expect(trialsLeft(lab)).toEqual([]);
  });

  test("that cannot start changes nothing, and its log says why", async () => {
    const lab = await deployed();
    const before = lab.container("registry").id;
    trialsEnd(lab, "panic: tls: no such certificate\n");
    lab.writeEnvironment({ registry: { realm: "other" } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message:
        "The planned lab-registry does not work: it ended with exit code 1; nothing was changed, lab-registry runs as before",
      details: "panic: tls: no such certificate",
    });
    expect(lab.container("registry").id).toBe(before);
    expect(lab.calls("apply").length).toBe(0);
    expect(trialsLeft(lab)).toEqual([]);
  });

  test("whose storage refuses says what the storage means", async () => {
    const lab = await deployed();
    const refusal = "s3aws: InvalidAccessKeyId: check key failed\\n\\tstatus code: 403, request id: 1, host id: ";
    trialsEnd(lab, `{"level":"error","msg":"storage driver health check: ${refusal}"}\n`);
    lab.writeEnvironment({ registry: { realm: "other" } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message:
        "The planned lab-registry does not work: the storage does not know the access key; nothing was changed, lab-registry runs as before",
      remedy: "see what the storage said below",
      details: expect.stringContaining("InvalidAccessKeyId"),
    });
  });

  test("whose storage refuses is not applied", async () => {
    const lab = await deployed();
    const { exec } = lab.engine;
    lab.engine.exec = (container, command, input) => {
      if (!command.at(-1)?.endsWith("/debug/health")) return exec(container, command, input);
      Object.assign(container, { health: "unhealthy" });
      return {};
    };
    lab.writeEnvironment({ registry: { realm: "other" } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({ message: expect.stringMatching(/its health check fails; nothing was changed/) });
    expect(lab.calls("apply").length).toBe(0);
  });

  test.each([
    { answers: [], reached: false },
    { answers: ["b.internal"], reached: true },
  ])("with Redis servers of which $answers answer is applied only if one does", async ({ answers, reached }) => {
    const lab = await deployed();
    const { exec } = lab.engine;
    const asked: string[] = [];
    lab.engine.exec = (container, command, input) => {
      if (!command.includes("nc")) return exec(container, command, input);
      const [host = "", port = ""] = command.slice(-2);
      asked.push(`${host} ${port}`);
      return answers.some((one) => one === host) ? {} : { stderr: `nc: bad address '${host}'\n`, exitCode: 1 };
    };
    onTestFinished(() => {
      lab.engine.exec = exec;
    });
    const cache = { type: "redis", addresses: ["a.internal:6379", "b.internal:6380"] };
    lab.writeEnvironment({ registry: { cache } });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(asked.sort()).toEqual(["a.internal 6379", "b.internal 6380"]);
    expect(lab.calls("apply").length).toBe(reached ? 1 : 0);
    expect(trialsLeft(lab)).toEqual([]);
    if (reached) {
      // It has them: whether they answer is no reason to refuse another change.
      expect(error).toBeUndefined();
      asked.length = 0;
      lab.writeEnvironment({ registry: { cache, realm: "other" } });
      await lab.must("up", "lab", "--yes");
      expect(asked).toEqual([]);
    } else {
      expect(error).toMatchObject({
        message:
          "The planned lab-registry does not reach its Redis server: a.internal:6379: bad address 'a.internal'; b.internal:6380: bad address 'b.internal'; nothing was changed, lab-registry runs as before",
      });
    }
  });

  test.each([
    { part: "registry", keys: { registry: { cpus: 512 } } },
    { part: "rustfs", keys: { storage: { rustfs: { cpus: 512 } } } },
  ])("with limits of $part that the engine refuses changes nothing", async ({ part, keys }) => {
    const lab = await deployed();
    const before = [lab.container("registry").id, lab.container("rustfs").id];
    const { create } = lab.engine.containers;
    lab.engine.containers.create = (name, body) => {
      if (Number((body.HostConfig as { NanoCpus?: number } | undefined)?.NanoCpus) > 64e9)
        throw new Error("Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available");
      return create.call(lab.engine.containers, name, body);
    };
    lab.writeEnvironment(keys);
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: `The planned lab-${part} cannot be started; nothing was changed, lab-${part} runs as before`,
      details: expect.stringContaining("Range of CPUs"),
    });
    expect([lab.container("registry").id, lab.container("rustfs").id]).toEqual(before);
    expect(lab.calls("apply").length).toBe(0);
    expect(trialsLeft(lab)).toEqual([]);
  });

  test("a first up, and a change of users, try nothing", async () => {
    const lab = await deployed();
    await lab.must("users", "add", "lab", "bob");
    expect((await lab.must("up", "lab", "--yes")).err).not.toMatch(/ try /);
  });

  test("what a trial left when everything was killed is removed by the next up", async () => {
    const lab = await deployed();
    const { body } = lab.container("registry");
    lab.engine.containers.create("lab-registry-trial-abc", { ...body, HostConfig: {} });
    expect((await lab.must("up", "lab", "--yes")).err).toMatch(/container lab-registry-trial-abc removed/);
    expect(trialsLeft(lab)).toEqual([]);
  });
});

describe("a new address", () => {
  test("that the host does not have is found by publishing on it, before anything is changed", async () => {
    const lab = await deployed();
    const before = lab.container("registry").id;
    beforeStart(lab, ({ body }) => {
      if (JSON.stringify(body.HostConfig?.PortBindings ?? {}).includes("203.0.113.9"))
        throw new Error(
          "driver failed programming external connectivity: listen tcp4 203.0.113.9:5000: bind: cannot assign requested address",
        );
    });
    lab.writeEnvironment({
      registry: {
        publish: { address: "203.0.113.9" },
        tls: { mode: "none", reason: "a laboratory without anybody else in it" },
      },
    });
    const { error } = await lab.run("up", "lab", "--yes");
    expect(error).toMatchObject({
      message: "The Docker host has no address 203.0.113.9 to publish lab-registry on; nothing was changed",
    });
    expect(lab.container("registry").id).toBe(before);
    expect(trialsLeft(lab)).toEqual([]);
  });
});

describe("the configuration of a trial", () => {
  const config = JSON.stringify({
    http: { tls: { minimumtls: "tls1.2", letsencrypt: { hosts: ["r.example.com"] } }, debug: { addr: ":5001" } },
    storage: { s3: { bucket: "b" }, maintenance: { uploadpurging: { enabled: true }, readonly: { enabled: true } } },
    proxy: { remoteurl: "https://registry.example.com", ttl: "168h" },
  });

  test("orders no certificate, purges no upload, lets nothing expire, and stays as it is else", () => {
    expect(parse(harmless(config, "checked"))).toEqual({
      http: { debug: { addr: ":5001", prometheus: { enabled: true, path: "/metrics" } } },
      storage: { s3: { bucket: "b" }, maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: true } } },
      proxy: { remoteurl: "https://registry.example.com", ttl: "0" },
      health: { storagedriver: { enabled: true, interval: "500ms", threshold: 1 } },
    });
  });

  test("keeps certificates that are files", () => {
    const tls = { certificate: "/c.pem", key: "/k.pem", minimumtls: "tls1.3" };
    expect(parse(harmless(JSON.stringify({ http: { tls } }), "unchecked"))).toMatchObject({ http: { tls } });
  });

  test("keeps texts texts: YAML 1.1 reads y as true", () => {
    expect(harmless('auth: { htpasswd: { realm: "y" } }', "checked")).toContain('"y"');
  });
});
