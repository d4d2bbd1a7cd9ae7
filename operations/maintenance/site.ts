import { dirname } from "node:path/posix";
import { setTimeout as sleep } from "node:timers/promises";
import { READ_ONLY_MARKER } from "../../constructs/registry/serve";
import { command } from "../command";
import { runScript } from "../docker/container-exec";
import { inspectContainer } from "../docker/container-state";
import type { DockerConnection } from "../docker/docker";
import { messageOf } from "../docker/failure";
import { Failure } from "../failure";

/** In the registry's container, for what lasts as long as the container and outlives its restarts. */
export const STATE_FOLDER = dirname(READ_ONLY_MARKER);

/** Where a registry runs, as far as its maintenance needs it. */
export interface RegistrySite {
  /** The environment. */
  readonly environment: string;
  /** Runs a shell script beside the registry, with its files and variables. @returns what it printed */
  script(script: string, args?: readonly string[], limitMs?: number): Promise<string>;
  /** Restarts the registry, which ends what it began first, and waits until it is healthy. */
  restart(): Promise<void>;
}

const HEALTHY_MS = 90_000;

/** The registry's container. @throws Failure when it does not run */
export async function openSite(docker: DockerConnection, environment: string): Promise<RegistrySite> {
  const container = `${environment}-registry`;
  const running = await inspectContainer(docker, container);
  if (!running?.State.Running) throw new Failure(`The container ${container} does not run`, command("up", environment));
  const [, ...health] = running.Config.Healthcheck?.Test ?? [];
  const { client } = docker;
  return {
    environment,
    script: (script, args, limitMs) => runScript(client, container, script, args, limitMs),
    restart: async () => {
      await client.getContainer(container).restart();
      await untilHealthy(
        async () => {
          await runScript(client, container, '"$@"', health, 10_000);
        },
        container,
        environment,
      );
    },
  };
}

/** Sooner than the engine's own look, which comes every second or more. */
async function untilHealthy(ask: () => Promise<void>, container: string, environment: string): Promise<void> {
  for (const deadline = Date.now() + HEALTHY_MS; ; ) {
    try {
      await ask();
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Failure(
          `${container} is not healthy ${HEALTHY_MS / 1000} s after its restart`,
          command("logs", environment, "registry"),
          messageOf(error),
        );
    }
    await sleep(100);
  }
}

/** Whether a registry takes no pushes now, as its own process was started. */
export async function isReadOnly(site: RegistrySite): Promise<boolean> {
  const answer = await site.script(
    "tr '\\0' '\\n' < /proc/1/environ | grep -q '^REGISTRY_STORAGE_MAINTENANCE_READONLY=.*true' && echo yes || echo no",
  );
  return answer.trim() === "yes";
}
