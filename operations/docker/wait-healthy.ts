import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../config";
import { containerNames } from "../../stacks";
import type { Interruption } from "../interruption";
import type { DockerConnection } from "./docker";

/**
 * Waits until the containers that have a health check are healthy, or one cannot be any more. What is wrong then is for
 * `verify` to tell.
 */
export async function waitUntilHealthy(
  docker: DockerConnection,
  environment: Environment,
  { gentle }: Interruption,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (const container of containerNames(environment).reverse()) {
    while (Date.now() < deadline && !gentle.aborted) {
      const { State } = await docker.client
        .getContainer(container)
        .inspect()
        .catch(() => ({ State: undefined }));
      if (State?.Health?.Status !== "starting") break;
      await sleep(200);
    }
  }
}
