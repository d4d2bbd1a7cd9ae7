import { setTimeout as sleep } from "node:timers/promises";
import { objectName } from "../../constructs/values/object-names";
import type { PlanJson } from "../../plan/plan-json";
import { stopIfAsked } from "../interruption";
import type { Operation } from "../operation";
import { inStage } from "../progress";
import { runningRequests } from "../registry/requests";
import type { Runtime } from "../runtime/runtime";
import { stopsServices } from "./docker/trial-spec";

/** Uploads over a slow line end within that; a registry that is never quiet must be changed all the same. */
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 500;

/**
 * Before an apply stops the registry or its storage, waits until no push or pull runs. The registry's own stop waits too
 * (`constructs/registry/serve.sh`), but must end within its time to stop, and a registry that was made before it did does not.
 * @throws Interrupted when the person stops it; nothing was changed then
 */
export async function waitUntilQuiet(
  operation: Operation,
  runtime: Runtime,
  plan: PlanJson,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  if (!stopsServices(plan)) return;
  const { environment, interruption, progress } = operation;
  const container = objectName(environment.name, "registry");
  const registry = await runtime.find(container);
  if (!registry?.isRunning) return;
  const look = () => runningRequests(runtime, container, registry);
  const first = await look();
  if (!first) return;
  await inStage(progress, "wait", async (stage) => {
    const deadline = Date.now() + patienceMs;
    let running: number | undefined = first;
    while (running && Date.now() < deadline && !interruption.gentle.aborted) {
      const seconds = Math.ceil((deadline - Date.now()) / 1000);
      stage.now(
        `waiting for ${requests(running, "running ")}, e.g. a push; the change starts when none runs any more, in ${seconds} s at the latest`,
      );
      await sleep(LOOK_EVERY_MS);
      running = await look();
    }
    stopIfAsked(interruption, "Nothing was changed.");
    return {
      value: undefined,
      result: running
        ? `${requests(running)} still ${running === 1 ? "runs" : "run"} after ${patienceMs / 1000} s; those that run when the registry stops are cut off`
        : "no push or pull runs",
    };
  });
}

const requests = (count: number, which = "") => `${count} ${which}${count === 1 ? "request" : "requests"}`;
