import { expect, test } from "vitest";
import { runInContainer } from "../../../operations/docker/container-exec";
import { readContainerFile } from "../../../operations/docker/container-file";
import { readLogs } from "../../../operations/docker/container-logs";
import { connectDocker } from "../../../operations/docker/docker";
import type { EngineLimits } from "../../../operations/docker/engine-waits";
import { engineOf, engineSocket, silentFrom } from "../../support/engine-socket";

const LIMITS: EngineLimits = { connect: 200, read: 150, change: 250 };

test.each(["unix", "tcp"] as const)("an engine on %s that accepts and says nothing is not waited for", async (at) => {
  const host = await engineSocket(silentFrom(/./), at);
  await expect(connectDocker({ host }, {}, LIMITS)).rejects.toMatchObject({
    name: "Failure",
    message: `Docker at ${host} accepts connections and does not answer: nothing came within 0.2 s`,
    remedy: expect.stringContaining("systemctl status docker"),
  });
});

test.each([
  ["a list", (d: Docker) => d.client.listContainers(), 150],
  ["a look at a container", (d: Docker) => d.client.getContainer("x").inspect(), 150],
  ["the end of a log", (d: Docker) => readLogs(d.client, "x", { tail: 1, follow: false }, () => {}), 150],
  ["a log to follow", (d: Docker) => readLogs(d.client, "x", { tail: 1, follow: true }, () => {}), 150],
  ["a file", (d: Docker) => readContainerFile(d.client, "x", "/y"), 150],
  ["a program", (d: Docker) => runInContainer(d.client, "x", ["true"]), 250],
  ["a pull", (d: Docker) => d.client.pull("x"), 250],
  ["a stop", (d: Docker) => d.client.getContainer("x").stop({ t: 0 }), 250],
])("an engine that stopped answering: %s", async (_, ask, limit) => {
  const host = await engineSocket(silentFrom(/^\/(containers|images|exec)/));
  const docker = await connectDocker({ host }, {}, LIMITS);
  const began = Date.now();
  await expect(ask(docker)).rejects.toThrow(/^no answer to (GET|POST) \/\S+ within 0\.\d+ s$/);
  expect(Date.now() - began).toBeGreaterThanOrEqual(limit - 20);
  expect(Date.now() - began).toBeLessThan(limit + 1000);
});

test("one that stops in the middle of an answer", async () => {
  const host = await engineSocket((path, request, response) => {
    if (!path.startsWith("/containers")) return engineOf("20.10.24")(path, request, response);
    response.writeHead(200, { "content-type": "application/json" }).write('[{"Id":');
    return undefined;
  });
  const docker = await connectDocker({ host }, {}, LIMITS);
  await expect(docker.client.listContainers()).rejects.toThrow(/no answer to GET \/containers\/json within 0\.15 s/);
});

test("a stream that has begun may be silent for longer", async () => {
  const host = await engineSocket((path, request, response) => {
    if (!path.includes("/logs")) return engineOf("20.10.24")(path, request, response);
    response.writeHead(200);
    response.write(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 2]), Buffer.from("a\n")]));
    setTimeout(() => response.end(Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, 2]), Buffer.from("b\n")])), 400);
    return undefined;
  });
  const docker = await connectDocker({ host }, {}, LIMITS);
  const lines: string[] = [];
  await readLogs(docker.client, "x", { tail: 1, follow: true }, (line) => lines.push(line));
  expect(lines).toEqual(["a", "b"]);
});

test("a container that is waited for may run as long as it wants", async () => {
  const host = await engineSocket((path, request, response) => {
    if (!path.includes("/wait")) return engineOf("20.10.24")(path, request, response);
    setTimeout(() => response.end('{"StatusCode":3}'), 400);
    return undefined;
  });
  const docker = await connectDocker({ host }, {}, LIMITS);
  expect(await docker.client.getContainer("x").wait()).toEqual({ StatusCode: 3 });
});

type Docker = Awaited<ReturnType<typeof connectDocker>>;
