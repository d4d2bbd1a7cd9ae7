import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInspectInfo } from "dockerode";
import type { Environment } from "../../config";
import { containerNames } from "../../stacks";
import type { Interruption } from "../interruption";
import { runScript } from "./container-exec";
import { inspectContainer } from "./container-state";
import type { DockerConnection } from "./docker";

/** What a container's health check found, and when it began to look. */
interface Health {
  readonly Status?: string;
  readonly Log?: readonly { readonly Start: string }[] | null;
}

/**
 * Waits until the containers that have a health check are healthy, or one cannot be any more. A container that is unhealthy
 * from before is looked at anew: its check runs every 30 s only. What is wrong then is for `verify` to tell.
 */
export async function waitUntilHealthy(
  docker: DockerConnection,
  environment: Environment,
  { gentle }: Interruption,
  timeoutMs = 60_000,
): Promise<void> {
  const begun = Date.now();
  const [registry = "", ...others] = containerNames(environment);
  const inspect = (container: string) => inspectContainer(docker, container).catch(() => undefined);
  /** @param since what the engine found earlier does not count */
  const seen = async (container: string, since: number) => {
    for (;;) {
      const found = await inspect(container);
      const waits = found?.State.Running && mayBecomeHealthy(found.State.Health, since);
      if (!waits || gentle.aborted || Date.now() - begun > timeoutMs) return;
      await sleep(200);
    }
  };
  for (const container of others.reverse()) await seen(container, begun);
  const found = await inspect(registry);
  if (found) await untilStorageIsSeen(docker, found, gentle);
  await seen(registry, Date.now());
}

/** Distribution looks at its storage every 10 s; until then it answers 503 after one that was away for longer. */
const LOOK_MS = 12_000;

/** Asks the registry's own health check, which the engine asks every 30 s only. */
async function untilStorageIsSeen(
  { client }: DockerConnection,
  { Id, Config, State }: ContainerInspectInfo,
  gentle: AbortSignal,
) {
  const end = Date.now() + LOOK_MS;
  const [kind, ...check] = Config?.Healthcheck?.Test ?? [];
  if (!State.Running || kind !== "CMD") return;
  while (Date.now() < end && !gentle.aborted) {
    const passes = await runScript(client, Id, 'exec "$@"', check, LOOK_MS).catch(() => undefined);
    if (passes !== undefined) return;
    await sleep(500);
  }
}

function mayBecomeHealthy(health: Health | undefined, since: number): boolean {
  if (health?.Status === "starting") return true;
  if (health?.Status !== "unhealthy") return false;
  const last = health.Log?.at(-1);
  return !last || Date.parse(last.Start) < since;
}
