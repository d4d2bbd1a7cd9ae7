import { hostname } from "node:os";
import { measureUsage } from "../closure/usage";
import { command } from "../command";
import { messageOf } from "../docker/failure";
import { Failure } from "../failure";
import { Interrupted, type Interruption } from "../interruption";
import { type Lock, takeLock } from "../maintenance/lock";
import { enterReadOnly, leaveReadOnly, type ReadOnlyMark, readOnlyMark } from "../maintenance/read-only";
import { isReadOnly } from "../maintenance/site";
import { inStage } from "../progress";
import { writeLastRun } from "./last-run";
import { liveInventory } from "./listing";
import { LossFound } from "./loss";
import { unneededManifests } from "./plan";
import type { GcResult, GcRun, Preview } from "./run";
import { closureOf, sweepOut } from "./sweep";

/** Looks at a registry that runs; changes nothing. What is pushed meanwhile may be missing. */
export async function previewCollection({ registry, options }: GcRun): Promise<Preview> {
  const inventory = await liveInventory(registry.client, registry.root);
  const closure = await closureOf(registry, inventory, options);
  return { usage: measureUsage(inventory, closure), closure, manifests: unneededManifests(inventory, closure) };
}

/**
 * Removes what nothing needs: makes the registry read-only, finds out by itself what tags reach, lets Distribution's collector say
 * what it would delete, removes that if both agree, looks whether everything needed is still there, and takes pushes again.
 * @param resume a collection that was cut off left the registry read-only
 * @throws Failure when nothing more is done, the registry takes pushes again; LossFound when it must not
 */
export async function collect(run: GcRun, resume = false): Promise<GcResult> {
  const { site } = run.registry;
  const lock = await takeLock(site, "gc");
  try {
    const mark = await readOnlyMark(site);
    // What a restore has not linked yet would look as if nothing needed it.
    if (mark && (!resume || mark.operation === "restore")) throw unfinished(site.environment, mark);
    if (!mark && resume)
      throw new Failure(`No collection of ${site.environment} was cut off: there is nothing to resume`);
    return await whileReadOnly(run, lock, mark?.since);
  } finally {
    await lock.release();
  }
}

/** Takes pushes again after a collection that was cut off. */
export async function abortCollection({ registry, progress }: GcRun): Promise<{ readonly since: string }> {
  const { site } = registry;
  const lock = await takeLock(site, "gc");
  try {
    const mark = await readOnlyMark(site);
    if (!mark) throw new Failure(`No collection of ${site.environment} was cut off: there is nothing to abort`);
    await inStage(progress, "read-write", async () => {
      // What was removed before it was cut off may still be remembered.
      await registry.purgeCache();
      await leaveReadOnly(site);
      return { value: undefined, result: `${site.environment} takes pushes again` };
    });
    return { since: mark.since };
  } finally {
    await lock.release();
  }
}

async function whileReadOnly(run: GcRun, lock: Lock, since: string | undefined): Promise<GcResult> {
  const { registry, progress, interruption } = run;
  const { site } = registry;
  const release = interruption.trap?.();
  const began = since ?? new Date().toISOString();
  try {
    // What was cut off before its restart left a marker only.
    if (!registry.isReadOnlyAnyway && !(await isReadOnly(site))) {
      await inStage(progress, "read-only", async () => {
        await enterReadOnly(site, "gc", began);
        return { value: undefined, result: "the registry takes no pushes, pulls go on" };
      });
    }
    const swept = await sweepOut(run, () => stopIfToldTo(interruption, lock, site.environment));
    const purged = await goBack(run);
    const result = {
      ...swept,
      ...(purged !== undefined && { purged }),
      readOnlySeconds: (Date.now() - Date.parse(began)) / 1000,
    };
    await writeLastRun(site, {
      at: new Date().toISOString(),
      isDone: true,
      freedBytes: result.freedBytes,
      host: hostname(),
    });
    return result;
  } catch (error) {
    throw await afterFailure(run, error);
  } finally {
    release?.();
  }
}

async function goBack({ registry, progress }: GcRun): Promise<number | undefined> {
  return inStage(progress, "read-write", async () => {
    const value = await registry.purgeCache();
    // Also what is read-only anyway: its memory of blobs ends with the process.
    await leaveReadOnly(registry.site);
    return { value, result: registry.isReadOnlyAnyway ? "restarted" : "the registry takes pushes again" };
  });
}

/** Goes back after a failure, unless something is lost. @returns what to throw */
async function afterFailure(run: GcRun, error: unknown): Promise<unknown> {
  const { site } = run.registry;
  const now = () => new Date().toISOString();
  const host = hostname();
  if (error instanceof LossFound) {
    await writeLastRun(site, { at: now(), isDone: false, problem: error.message, host }).catch(() => {});
    const remedy = `${error.remedy}; then ${command("gc", site.environment, "--abort")}`;
    return new LossFound(`${error.message}. ${site.environment} stays read-only`, remedy, error.details);
  }
  try {
    await goBack(run);
    await writeLastRun(site, { at: now(), isDone: false, problem: messageOf(error), host }).catch(() => {});
    return error;
  } catch (second) {
    return new Failure(
      `${messageOf(error)}. ${site.environment} is still read-only: ${messageOf(second)}`,
      `${command("gc", site.environment, "--abort")} makes it take pushes again, ${command("gc", site.environment, "--resume")} goes on`,
    );
  }
}

function stopIfToldTo({ gentle }: Interruption, { lost }: Lock, environment: string): void {
  if (gentle.aborted)
    throw new Interrupted(`Stopped. ${environment} takes pushes again; nothing that is needed was removed`);
  if (lost.aborted) throw lost.reason;
}

function unfinished(environment: string, { since, operation }: ReadOnlyMark): Failure {
  const isRestore = operation === "restore";
  const onward = isRestore
    ? command("restore", environment, "--from", "TARGET")
    : command("gc", environment, "--resume");
  return new Failure(
    `${environment} is read-only since ${since}: a ${isRestore ? "restore" : "collection"} was cut off`,
    [`to go on: ${onward}`, `to take pushes again: ${command("gc", environment, "--abort")}`].join("\n  → "),
  );
}
