import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isSameEngine, selectedEngine } from "../../operations/docker/context";
import { connectDocker } from "../../operations/docker/docker";
import { checkDocker } from "../../operations/doctor/docker";
import { Checks } from "../../operations/verify/check";
import { engineOf, engineSocket } from "../support/engine-socket";
import { inFolder } from "./in-folder";

inFolder();
afterEach(() => void vi.unstubAllEnvs());

/** Sets the process's own variables, which is where client libraries look. */
function set(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

describe("the environment file alone decides which engine is talked to", () => {
  test.each([
    ["unix", "tcp"],
    ["tcp", "tcp"],
    ["tcp", "unix"],
    ["unix", "unix"],
  ] as const)("%s in the file, %s in DOCKER_HOST", async (file, variable) => {
    const host = await engineSocket(engineOf("1.0.0-right"), file);
    set({ DOCKER_HOST: await engineSocket(engineOf("2.0.0-wrong"), variable) });
    const docker = await connectDocker({ host }, process.env);
    expect(docker).toMatchObject({ version: "1.0.0-right", host });
    expect(await docker.client.info()).toMatchObject({ DockerRootDir: "/nowhere" });
  });

  test.each<Record<string, string>>([
    { DOCKER_HOST: "ssh://somebody@elsewhere.invalid" },
    { DOCKER_HOST: "tcp://[no address" },
    { DOCKER_HOST: "tcp://192.0.2.1:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/nowhere" },
    { DOCKER_CERT_PATH: "/nowhere", DOCKER_TLS_VERIFY: "1" },
    { DOCKER_CONTEXT: "elsewhere" },
    { DOCKER_HOST: "tcp://192.0.2.1:2375", DOCKER_CLIENT_TIMEOUT: "1", DOCKER_PATH_PREFIX: "/elsewhere" },
  ])("%j", async (variables) => {
    const before = { ...variables };
    set(variables);
    for (const at of ["unix", "tcp"] as const) {
      const host = await engineSocket(engineOf("1.0.0-right"), at);
      expect((await connectDocker({ host }, process.env)).version).toBe("1.0.0-right");
    }
    // Who comes after sees the variables as they were.
    expect(process.env).toMatchObject(before);
  });
});

describe("what chooses the engine of the docker command", () => {
  const context = (name: string, host: string) => {
    mkdirSync(`docker/contexts/meta/${name}`, { recursive: true });
    writeFileSync(
      `docker/contexts/meta/${name}/meta.json`,
      JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
    );
  };

  test("a variable, a context by variable, the current context, nothing", () => {
    context("lab", "ssh://root@lab");
    writeFileSync("docker/config.json", JSON.stringify({ currentContext: "lab" }));
    const DOCKER_CONFIG = "docker";
    const host = "ssh://root@lab";
    expect(selectedEngine({ DOCKER_CONFIG })).toEqual({ by: "docker context lab", host });
    expect(selectedEngine({ DOCKER_CONFIG, DOCKER_CONTEXT: "other" })).toEqual({ by: "DOCKER_CONTEXT=other" });
    expect(selectedEngine({ DOCKER_CONFIG, DOCKER_CONTEXT: "default" })).toBeUndefined();
    expect(selectedEngine({ DOCKER_CONFIG, DOCKER_HOST: "unix:///x" })?.host).toBe("unix:///x");
    expect(selectedEngine({ DOCKER_CONFIG: "nowhere" })).toBeUndefined();
  });

  test("two names of one socket are one engine", () => {
    writeFileSync("docker.sock", "");
    symlinkSync("docker.sock", "link.sock");
    expect(isSameEngine(`unix://${process.cwd()}/docker.sock`, `unix://${process.cwd()}/link.sock`)).toBe(true);
    expect(isSameEngine("unix:///var/run/none.sock", "unix:///run/none.sock")).toBe(true);
    expect(isSameEngine("tcp://a:2376", "tcp://b:2376")).toBe(false);
  });
});

describe("doctor", () => {
  const checkOf = async (id: string, host: string, variables: Record<string, string>) => {
    const checks = new Checks();
    await checkDocker(checks, { host }, variables);
    return checks.all.find((check) => check.id === id);
  };

  test("says when the shell's docker command means another engine", async () => {
    const host = await engineSocket(engineOf("1.0.0"));
    expect(await checkOf("docker-selected", host, { HOME: "home", DOCKER_HOST: "tcp://192.0.2.1:2375" })).toMatchObject(
      {
        status: "warning",
        detail: `DOCKER_HOST=tcp://192.0.2.1:2375 leads it elsewhere than ${host}; docker.host of the environment file decides here`,
        remedy: `docker --host ${host} ps looks where this environment runs`,
      },
    );
    expect(await checkOf("docker-selected", host, { HOME: "home", DOCKER_HOST: host })).toMatchObject({
      status: "passed",
    });
    const contextual = await checkOf("docker-selected", host, { HOME: "home", DOCKER_CONTEXT: "lab" });
    expect(contextual?.remedy).toMatch(/before plain terraform or cdktf deploy, unset DOCKER_CONTEXT/);
    expect(await checkOf("docker-selected", host, { HOME: "home", DOCKER_CERT_PATH: "/certs" })).toMatchObject({
      status: "warning",
      remedy: "unset DOCKER_CERT_PATH",
    });
    const other = await checkOf("docker-selected", host, { HOME: "home" });
    expect(other).toMatchObject({
      status: "skipped",
      detail: expect.stringContaining(`docker --host ${host} is this one`),
    });
    const usual = await checkOf("docker-selected", "unix:///var/run/docker.sock", { HOME: "home" });
    expect(usual).toMatchObject({ status: "passed" });
  });

  test.each([
    ["run/docker.sock", "rootless Docker"],
    ["home/.docker/run/docker.sock", "Docker Desktop"],
    ["home/.docker/desktop/docker.sock", "Docker Desktop"],
  ])("names the engine that answers when the file's does not: %s", async (socket, kind) => {
    const answering = await engineSocket(engineOf("29.7.2"));
    mkdirSync(socket.replace("/docker.sock", ""), { recursive: true });
    symlinkSync(answering.replace("unix://", ""), socket);
    const variables = { HOME: `${process.cwd()}/home`, XDG_RUNTIME_DIR: `${process.cwd()}/run` };
    const check = await checkOf("docker", "unix:///nonexistent/docker.sock", variables);
    expect(check?.status).toBe("failed");
    expect(check?.remedy).toContain(`unix://${process.cwd()}/${socket} (${kind})`);
    // The system's own engine is named first where this machine runs one.
    const [, advised] = /docker\.host: (\S+) in the environment file/.exec(check?.remedy ?? "") ?? [];
    expect(["unix:///var/run/docker.sock", `unix://${process.cwd()}/${socket}`]).toContain(advised);
  });
});
