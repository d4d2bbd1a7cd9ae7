import { describe, expect, test } from "vitest";
import { findDeath } from "../../../operations/docker/container-death";
import { connectDocker } from "../../../operations/docker/docker";
import { describeDeath, memoryRemedy, ORDERLY_RESTART } from "../../../operations/runtime/death";
import { type Answer, engineOf, engineSocket } from "../../support/engine-socket";

const AT = "2026-11-26T15:13:11.677242464Z";

interface Container {
  readonly state: object;
  readonly restarts?: number;
  /** What the engine remembers. */
  readonly events?: readonly object[];
  /** The log before it ended. */
  readonly log?: string | null;
}

const oom = { Action: "oom", Actor: { Attributes: {} } };
const die = (exitCode: number) => ({ Action: "die", Actor: { Attributes: { exitCode: String(exitCode) } } });
const running = { Running: true, Status: "running", ExitCode: 0, OOMKilled: false, FinishedAt: AT };
const exited = { ...running, Running: false, Status: "exited" };

/** The death of a container as an engine tells of it. */
async function death({ state, restarts = 0, events = [], log = "" }: Container) {
  const asked: string[] = [];
  const answer: Answer = (path, request, response) => {
    asked.push(path);
    if (path.startsWith("/containers/c/json"))
      return { Id: "c", State: state, RestartCount: restarts, Created: "2026-11-26T15:00:00Z" };
    if (path.startsWith("/events"))
      return void response.writeHead(200).end(events.map((one) => `${JSON.stringify(one)}\n`).join(""));
    if (path.startsWith("/containers/c/logs")) {
      if (log === null)
        return void response.writeHead(501).end('{"message":"configured logging driver does not support reading"}');
      const frame = Buffer.alloc(8);
      frame[0] = 1;
      frame.writeUInt32BE(Buffer.byteLength(log), 4);
      return void response.writeHead(200).end(log ? Buffer.concat([frame, Buffer.from(log)]) : "");
    }
    return engineOf("29.7.2")(path, request, response);
  };
  const docker = await connectDocker({ host: await engineSocket(answer) }, {});
  return { found: await findDeath(docker, await docker.client.getContainer("c").inspect()), asked };
}

describe("findDeath", () => {
  test("one that runs and was never started again has none, and nobody is asked", async () => {
    const { found, asked } = await death({ state: running });
    expect(found).toBeUndefined();
    expect(asked.filter((path) => /events|logs/.test(path))).toEqual([]);
  });

  test("one that was only created has none", async () => {
    expect((await death({ state: { ...exited, Status: "created" } })).found).toBeUndefined();
  });

  test.each<[string, Container, string]>([
    ["runs again, and the engine remembers", { state: running, restarts: 1, events: [oom, die(137)] }, "memory"],
    ["is down, and the engine says so", { state: { ...exited, ExitCode: 137, OOMKilled: true } }, "memory"],
    ["runs again, its end remembered as a kill", { state: running, restarts: 2, events: [die(137)] }, "killed"],
    ["is down with 137", { state: { ...exited, ExitCode: 137 } }, "killed"],
    [
      "runs again, forgotten, its log an ordinary line",
      { state: running, restarts: 1, log: '{"level":"info"}\n' },
      "killed",
    ],
    [
      "runs again, forgotten, its log a panic",
      { state: running, restarts: 1, log: "panic: nil map\n\ngoroutine 1\n" },
      "ended",
    ],
    [
      "runs again, its end remembered with a code",
      { state: running, restarts: 1, events: [die(137), die(2)] },
      "ended",
    ],
    ["is down with 1", { state: { ...exited, ExitCode: 1 }, log: "level=fatal\n" }, "ended"],
    ["runs again, forgotten, its log silent", { state: running, restarts: 1 }, "killed"],
    ["runs again, forgotten, its log unreadable", { state: running, restarts: 1, log: null }, "unknown"],
    [
      "was killed for memory before, and ended by itself",
      { state: running, restarts: 2, events: [oom, die(137), die(1)] },
      "ended",
    ],
    ["was killed for memory again", { state: running, restarts: 2, events: [oom, die(137), oom, die(137)] }, "memory"],
    [
      "stopped itself to give memory back",
      { state: running, restarts: 1, events: [die(0)], log: `x ${ORDERLY_RESTART} 1700 of 2048 MiB\n` },
      "orderly",
    ],
  ])("one that %s", async (_, container, cause) => {
    const { found } = await death(container);
    expect(found).toMatchObject({ cause, at: AT, restarts: container.restarts ?? 0 });
  });

  test("reads the log up to its end, and the engine's memory from its beginning", async () => {
    const { asked } = await death({ state: running, restarts: 1 });
    const query = (part: string) =>
      new URL(asked.find((path) => path.includes(part)) ?? "", "http://engine").searchParams;
    expect(Number(query("/logs").get("until"))).toBeCloseTo(Date.parse(AT) / 1000, 2);
    expect(query("/events").get("since")).toBe(String(Date.parse("2026-11-26T15:00:00Z") / 1000));
    expect(JSON.parse(query("/events").get("filters") ?? "")).toMatchObject({
      container: ["c"],
      event: ["oom", "die"],
    });
  });
});

test.each([
  ["memory", "rustfs", "raise storage.rustfs.memoryMb in environments/lab.yaml, then: private-registry up lab"],
  ["memory", "perses", "raise monitoring.perses.memoryMb in environments/lab.yaml, then: private-registry up lab"],
  ["memory", "ui", "raise ui.memoryMb in environments/lab.yaml, then: private-registry up lab"],
  ["memory", "token", undefined],
  ["killed", "registry", "raise registry.uploadsAtOnce in environments/lab.yaml, then: private-registry up lab"],
  ["orderly", "rustfs", undefined],
  ["ended", "registry", undefined],
] as const)("%s of %s: %s", (cause, noun, remedy) => {
  expect(memoryRemedy({ cause, restarts: 1, at: AT }, noun, "lab")).toBe(remedy);
});

test("a long last line is cut", () => {
  const text = describeDeath({ cause: "ended", restarts: 1, at: AT, exitCode: 2, lastWords: "x".repeat(1000) });
  expect(text.length).toBeLessThan(220);
  expect(text).toMatch(/^exit code 2, last saying: x+…$/);
});
