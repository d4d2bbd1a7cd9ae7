import { text } from "node:stream/consumers";
import type { ContainerInspectInfo } from "dockerode";
import { type ContainerDeath, causeOfEnd, isTelling, KILLED } from "../runtime/death";
import { readLogs } from "./container-logs";
import type { DockerConnection } from "./docker";
import { withinLimit } from "./engine-waits";

type Engine = Pick<DockerConnection, "client" | "host">;

const MEMORY_OF_ENGINE_MS = 10_000;

/**
 * Finds out why a container ended or was started again. A container that runs again carries no trace of it: `OOMKilled` is
 * false and the exit code 0. The engine's events say it as long as it remembers them, its log for as long as there is one.
 *
 * @returns nothing when it runs and never ended by itself
 */
export async function findDeath(docker: Engine, container: ContainerInspectInfo): Promise<ContainerDeath | undefined> {
  const { State, RestartCount: restarts = 0 } = container;
  const at = State.FinishedAt;
  if (!State.Running) {
    if (State.Status === "created") return undefined;
    const exitCode = State.ExitCode;
    if (State.OOMKilled) return { cause: "memory", restarts, exitCode, at };
    const lastWords = await lastWordsOf(docker, container);
    return { cause: causeOfEnd(exitCode, lastWords), restarts, exitCode, at, lastWords };
  }
  if (restarts === 0) return undefined;
  const [events, lastWords] = await Promise.all([eventsOf(docker, container), lastWordsOf(docker, container)]);
  if (sinceDeathBefore(events).some(({ Action }) => Action === "oom"))
    return { cause: "memory", restarts, exitCode: KILLED, at };
  const exitCode = exitCodeOf(events);
  return { cause: causeOfEnd(exitCode, lastWords), restarts, exitCode, at, lastWords };
}

interface EngineEvent {
  readonly Action?: string;
  readonly Actor?: { readonly Attributes?: { readonly exitCode?: string } };
}

/** The events of the last death: what came after the one before it. */
function sinceDeathBefore(events: readonly EngineEvent[]): readonly EngineEvent[] {
  const deaths = events.flatMap(({ Action }, n) => (Action === "die" ? [n] : []));
  return events.slice((deaths.at(-2) ?? -1) + 1);
}

function exitCodeOf(events: readonly EngineEvent[]): number | undefined {
  const code = events.findLast(({ Action }) => Action === "die")?.Actor?.Attributes?.exitCode;
  return code === undefined ? undefined : Number(code);
}

/** What the engine remembers: its last 256 events, of all containers. */
async function eventsOf({ client }: Engine, { Id, Created }: ContainerInspectInfo): Promise<EngineEvent[]> {
  try {
    const since = Math.floor(Date.parse(Created) / 1000);
    const until = Math.floor(Date.now() / 1000);
    const filters = { type: ["container"], container: [Id], event: ["oom", "die"] };
    // An engine whose clock is behind sends events until its own time has come.
    const stream = await client.getEvents({ since, until, filters: JSON.stringify(filters) });
    const read = withinLimit("GET /events", MEMORY_OF_ENGINE_MS, text(stream), () => {
      (stream as unknown as { destroy(): void }).destroy();
    });
    return (await read)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as EngineEvent);
  } catch {
    return [];
  }
}

/** The telling line of the log's last minute before the container ended, "" for none; nothing when there is no log to read. */
async function lastWordsOf(docker: Engine, { Id, State }: ContainerInspectInfo): Promise<string | undefined> {
  const until = Date.parse(State.FinishedAt) / 1000;
  const telling: string[] = [];
  try {
    // The engine takes the tail before it looks at the times, so there is no asking for the last lines alone.
    const minute = { follow: false, since: Math.floor(until) - 60, until };
    await readLogs(docker.client, Id, minute, (line) => {
      if (isTelling(line)) telling.push(line);
    });
  } catch {
    return undefined;
  }
  return telling[0] ?? "";
}
