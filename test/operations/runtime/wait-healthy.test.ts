import { expect, test } from "vitest";
import { type Environment, parseEnvironment } from "../../../config";
import { connectDocker } from "../../../operations/docker/docker";
import { dockerSettings } from "../../../operations/docker/settings";
import { readEnvironment } from "../../../operations/environments";
import { UNINTERRUPTED } from "../../../operations/interruption";
import { waitUntilHealthy } from "../../../operations/runtime/wait-healthy";
import { engineOf, engineSocket } from "../../support/engine-socket";
import { machines } from "../../support/fake-machine";
import { shortWaits } from "../../support/short-waits";

const { deployed } = machines();
shortWaits();

const { environment } = parseEnvironment("registry: { host: localhost }\n", "lab.yaml");

/** Waits for a container that is in one state after the other; the other one is healthy. @returns how often it was asked */
async function waitFor(states: readonly object[], timeoutMs?: number, container = "lab-rustfs"): Promise<number> {
  let asked = 0;
  const host = await engineSocket((path, request, response) => {
    if (path.startsWith(`/containers/${container}/`)) {
      asked += 1;
      return { State: states[Math.min(asked, states.length) - 1] };
    }
    if (path.startsWith("/containers/")) return { State: { Running: true, Health: { Status: "healthy" } } };
    return engineOf("29.7.2")(path, request, response);
  });
  await waitUntilHealthy(await connectDocker({ host }, {}), environment as Environment, UNINTERRUPTED, timeoutMs);
  return asked;
}

const health = (Status: string, ...starts: string[]) => ({
  Running: true,
  Health: { Status, Log: starts.map((Start) => ({ Start })) },
});
const LONG_AGO = "2026-01-01T00:00:00Z";
const LATER = "2999-01-01T00:00:00Z";

test("one that starts is waited for", async () => {
  expect(await waitFor([health("starting"), health("starting"), health("healthy")])).toBe(3);
});

test("so is the registry, which is looked at last", async () => {
  expect(await waitFor([health("starting"), health("starting"), health("healthy")], undefined, "lab-registry")).toBe(3);
});

test("a registry that does not run is not asked for its storage", async () => {
  const paths: string[] = [];
  const host = await engineSocket((path, request, response) => {
    paths.push(path);
    if (!path.startsWith("/containers/")) return engineOf("29.7.2")(path, request, response);
    return { Id: "lab-registry", State: { Running: false }, Config: { Healthcheck: { Test: ["CMD", "true"] } } };
  });
  await waitUntilHealthy(await connectDocker({ host }, {}), environment as Environment, UNINTERRUPTED);
  expect(paths.filter((path) => path.includes("exec"))).toEqual([]);
});

test("one that was found unhealthy before is waited for until it was looked at again", async () => {
  const before = health("unhealthy", LONG_AGO);
  expect(await waitFor([before, before, health("healthy", LONG_AGO, LATER)])).toBe(3);
  expect(await waitFor([before, health("unhealthy", LONG_AGO, LATER)])).toBe(2);
});

test("one that does not run is not waited for, nor is any for ever", async () => {
  expect(await waitFor([{ ...health("unhealthy", LONG_AGO), Running: false }])).toBe(1);
  expect(await waitFor([health("unhealthy", LONG_AGO)], 20)).toBeLessThan(5);
});

test("a registry that saw its storage away is asked until it has looked again", async () => {
  const lab = await deployed();
  const usual = lab.engine.exec;
  let asked = 0;
  lab.engine.exec = (container, command, input) => {
    if (!command.at(-1)?.endsWith("/debug/health")) return usual(container, command, input);
    asked += 1;
    return { exitCode: asked < 3 ? 8 : 0 };
  };
  const environment = readEnvironment("lab");
  await waitUntilHealthy(await connectDocker(dockerSettings(environment), {}), environment, UNINTERRUPTED);
  expect(asked).toBe(3);
});

test("what the engine found before the registry saw its storage again does not count", async () => {
  const lab = await deployed();
  const registry = lab.container("registry");
  const check = (health: "healthy" | "unhealthy") =>
    Object.assign(registry, { health, checkedAt: new Date().toISOString() });
  const usual = lab.engine.exec;
  lab.engine.exec = (container, command, input) => {
    if (!command.at(-1)?.endsWith("/debug/health")) return usual(container, command, input);
    setTimeout(() => check("healthy"), 300);
    return { exitCode: 0 };
  };
  check("unhealthy");
  const environment = readEnvironment("lab");
  const docker = await connectDocker(dockerSettings(environment), {});
  const waiting = waitUntilHealthy(docker, environment, UNINTERRUPTED);
  check("unhealthy");
  await waiting;
  expect(registry.health).toBe("healthy");
});
