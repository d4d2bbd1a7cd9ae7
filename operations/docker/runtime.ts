import type { ContainerInspectInfo } from "dockerode";
import type { RunningContainer, Runtime } from "../runtime/runtime";
import { findDeath } from "./container-death";
import { runInContainer, runScript } from "./container-exec";
import { readContainerFile } from "./container-file";
import { readLogs } from "./container-logs";
import { memoryOf } from "./container-memory";
import { inspectContainer } from "./container-state";
import { dialFrom } from "./container-tunnel";
import type { DockerConnection } from "./docker";
import { findDrift } from "./drift";
import { dockerFailure } from "./failure";

/** A Docker Engine as what runs a registry's containers. */
export function dockerRuntime(engine: Pick<DockerConnection, "client" | "host">): Runtime {
  const { client, host } = engine;
  return {
    host,
    names: async () => {
      const all = await client
        .listContainers({ all: true })
        .catch((error) => Promise.reject(dockerFailure(error, host)));
      return all.flatMap(({ Names }) => Names.map((one) => one.slice(1)));
    },
    find: async (container) => {
      const found = await inspectContainer(engine, container);
      return found && runningContainer(engine, found);
    },
    instances: async (container) => [container],
    logs: (container, options, onLine) => readLogs(client, container, options, onLine),
    run: (container, command, line, limitMs) => runInContainer(client, container, command, line, limitMs),
    script: (container, script, args, limitMs) => runScript(client, container, script, args, limitMs),
    readFile: (container, path) => readContainerFile(client, container, path),
    dial: (container) => dialFrom(client, container),
    restart: async (container) => void (await client.getContainer(container).restart()),
    drift: (stack) => findDrift(engine, stack),
  };
}

/** What the engine says of a container. */
export function runningContainer(
  engine: Pick<DockerConnection, "client" | "host">,
  found: ContainerInspectInfo,
): RunningContainer {
  const { State, Config, RestartCount } = found;
  const [kind, ...check] = Config?.Healthcheck?.Test ?? [];
  return {
    status: State.Status,
    isRunning: State.Running,
    startError: State.Running ? undefined : State.Error?.trim() || undefined,
    health: State.Health && { status: State.Health.Status, foundAt: State.Health.Log?.at(-1)?.Start },
    healthCommand: kind === "CMD" ? check : [],
    startedAt: State.StartedAt,
    restarts: RestartCount,
    image: Config?.Image,
    // Docker says null of an image without variables.
    environment: Object.fromEntries((Config?.Env ?? []).map((line) => splitOnce(line))),
    memory: async () => (State.Running ? memoryOf(engine.client, found) : undefined),
    death: () => findDeath(engine, found),
  };
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf("=");
  return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
}
