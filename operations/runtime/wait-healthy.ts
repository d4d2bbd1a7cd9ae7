import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../config";
import { containerNames } from "../../stacks";
import type { Interruption } from "../interruption";
import type { RunningContainer, Runtime } from "./runtime";

/**
 * Waits until the containers that have a health check are healthy, or one cannot be any more. A container that is unhealthy
 * from before is looked at anew: its check runs every 30 s only. What is wrong then is for `verify` to tell.
 */
export async function waitUntilHealthy(
  runtime: Runtime,
  environment: Environment,
  { gentle }: Interruption,
  timeoutMs = 60_000,
): Promise<void> {
  const begun = Date.now();
  const [registry = "", ...others] = containerNames(environment);
  const inspect = (container: string) => runtime.find(container).catch(() => undefined);
  /** @param since what the engine found earlier does not count */
  const seen = async (container: string, since: number) => {
    for (;;) {
      const found = await inspect(container);
      const waits = found?.isRunning && mayBecomeHealthy(found.health, since);
      if (!waits || gentle.aborted || Date.now() - begun > timeoutMs) return;
      await sleep(200);
    }
  };
  for (const container of others.reverse()) await seen(container, begun);
  const found = await inspect(registry);
  if (found) await untilStorageIsSeen(runtime, registry, found, gentle);
  await seen(registry, Date.now());
}

/** Distribution looks at its storage every 10 s; until then it answers 503 after one that was away for longer. */
const LOOK_MS = 12_000;

/** Asks the registry's own health check, which the engine asks every 30 s only. */
async function untilStorageIsSeen(
  runtime: Runtime,
  container: string,
  { isRunning, healthCommand }: RunningContainer,
  gentle: AbortSignal,
) {
  const end = Date.now() + LOOK_MS;
  if (!isRunning || healthCommand.length === 0) return;
  while (Date.now() < end && !gentle.aborted) {
    const passes = await runtime.script(container, 'exec "$@"', healthCommand, LOOK_MS).catch(() => undefined);
    if (passes !== undefined) return;
    await sleep(500);
  }
}

function mayBecomeHealthy(health: RunningContainer["health"], since: number): boolean {
  if (health?.status === "starting") return true;
  if (health?.status !== "unhealthy") return false;
  return !health.foundAt || Date.parse(health.foundAt) < since;
}
