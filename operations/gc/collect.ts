import { hostname } from "node:os";
import { type Closure, type ClosureOptions, findClosure } from "../closure/closure";
import type { Digest, Inventory } from "../closure/inventory";
import { measureUsage, type Usage } from "../closure/usage";
import { command } from "../command";
import { messageOf } from "../docker/failure";
import { Failure } from "../failure";
import { Interrupted, type Interruption } from "../interruption";
import { type Lock, takeLock } from "../maintenance/lock";
import { enterReadOnly, leaveReadOnly, type ReadOnlyMark, readOnlyMark } from "../maintenance/read-only";
import { isReadOnly } from "../maintenance/site";
import { inStage, type Progress } from "../progress";
import { type Eligible, runDryRun } from "./dry-run";
import { writeLastRun } from "./last-run";
import { agreedInventory, liveInventory } from "./listing";
import { LossFound, proveNothingLost } from "./loss";
import { conflicts, planSweep, type UnneededManifest, unneededManifests } from "./plan";
import type { CollectedRegistry } from "./registry";

export interface GcOptions {
  /** Whether manifests without a tag go, too, unless a kept one needs them or they belong to one. */
  readonly deleteUntagged: boolean;
  /** Manifests that stay without a tag. */
  readonly keep: readonly Digest[];
  /** Of all bytes, the most that may go. */
  readonly maxShare: number;
  /** What was written since so long stays. */
  readonly graceMs: number;
}

export const GC_DEFAULTS: GcOptions = { deleteUntagged: false, keep: [], maxShare: 0.5, graceMs: 3_600_000 };

/** What a collection would find, from outside and without a pause. */
export interface Preview {
  readonly usage: Usage;
  readonly manifests: readonly UnneededManifest[];
  /** Damage that was there before. */
  readonly closure: Closure;
}

export interface GcResult {
  readonly before: Usage;
  readonly after: Usage;
  readonly removedManifests: number;
  readonly removedBlobs: number;
  readonly freedBytes: number;
  /** Unneeded, and too young to go. */
  readonly youngBlobs: number;
  /** For how long clients could not push. */
  readonly readOnlySeconds: number;
  /** Entries of a cache outside of the registry. @default - there is none */
  readonly purged?: number;
}

export interface GcRun {
  readonly registry: CollectedRegistry;
  readonly options: GcOptions;
  readonly progress: Progress;
  readonly interruption: Interruption;
}

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

/** Everything between the two restarts. */
async function sweepOut(
  { registry, options, progress }: GcRun,
  stop: () => void,
): Promise<Omit<GcResult, "readOnlySeconds" | "purged">> {
  const { client, root, site } = registry;
  const found = await inStage(progress, "look", async () => {
    const inventory = await agreedInventory(client, root);
    stop();
    const closure = await closureOf(registry, inventory, options);
    const { tags, blobs } = closure;
    return {
      value: { inventory, closure },
      result: `${tags.length} tags need ${blobs.size} blobs of ${inventory.blobs.size}`,
    };
  });
  const { inventory, closure } = found;
  const before = measureUsage(inventory, closure);
  stop();
  const manifests = options.deleteUntagged ? unneededManifests(inventory, closure) : [];
  const goingAtMost = before.unusedBytes;
  if (goingAtMost > options.maxShare * before.bytes)
    throw tooMuch(site.environment, goingAtMost / before.bytes, options);
  if (manifests.length > 0) {
    await inStage(progress, "untagged", async () => {
      await client.remove(manifests.flatMap(({ keys }) => keys));
      return { value: undefined, result: `${manifests.length} manifests without a tag` };
    });
  }
  stop();
  const eligible = await inStage(progress, "collector", async (stage) => {
    const value = await agreedDryRun(registry, closure, (lines) => stage.now(`${lines} lines`), stop);
    return { value, result: `Distribution agrees: ${value.blobs.size} blobs are not needed` };
  });
  const sweep = planSweep(inventory, eligible, Date.now() - options.graceMs);
  stop();
  await inStage(progress, "remove", async (stage) => {
    await client.remove(sweep.keys, (done) => stage.now(`${done} of ${sweep.keys.length}`));
    return { value: undefined, result: `${sweep.blobs} blobs` };
  });
  const now = await inStage(progress, "prove", async () => {
    const value = await proveNothingLost(client, root, found);
    return { value, result: `all ${closure.blobs.size} needed blobs are there` };
  });
  const after = measureUsage(now, closure);
  return {
    before,
    after,
    removedManifests: manifests.length,
    removedBlobs: sweep.blobs,
    freedBytes: before.bytes - after.bytes,
    youngBlobs: sweep.young,
  };
}

function closureOf({ client, root }: CollectedRegistry, inventory: Inventory, options: GcOptions): Promise<Closure> {
  const closure: ClosureOptions = {
    root,
    untagged: options.deleteUntagged ? "drop" : "keep",
    keep: options.keep,
    keepSince: Date.now() - options.graceMs,
  };
  return findClosure(inventory, (key) => client.read(key), closure);
}

const DRY_RUNS = 3;

/** A dry run that deletes nothing needed; one that failed, or saw too little since a request failed, is made again. */
async function agreedDryRun(
  { site }: CollectedRegistry,
  closure: Closure,
  onProgress: (lines: number) => void,
  stop: () => void,
): Promise<Eligible> {
  let reason: Failure | undefined;
  for (let attempt = 0; attempt < DRY_RUNS; attempt++) {
    stop();
    try {
      const eligible = await runDryRun(site, onProgress, stop);
      const wrong = conflicts(eligible, closure);
      if (wrong.length === 0) return eligible;
      reason = new Failure(
        `Distribution's collector would delete ${wrong.length} objects that tags need; nothing was deleted`,
        `look for what is damaged: ${command("gc", site.environment, "--dry-run")} names it`,
        wrong.slice(0, 50).join("\n"),
      );
    } catch (error) {
      if (error instanceof Failure) throw error;
      reason = new Failure(
        "Distribution's collector failed; nothing was deleted",
        command("logs", site.environment),
        messageOf(error),
      );
    }
  }
  throw reason;
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

function tooMuch(environment: string, share: number, { maxShare, deleteUntagged }: GcOptions): Failure {
  const percent = (part: number) => `${Math.round(100 * part)} %`;
  const flags = [...(deleteUntagged ? ["--delete-untagged"] : []), "--max-share", String(Math.ceil(100 * share))];
  return new Failure(
    `${percent(share)} of all bytes would go, more than the limit of ${percent(maxShare)}; nothing was deleted`,
    `look at ${command("gc", environment, "--dry-run", ...flags.slice(0, -2))}; if that is right: ${command("gc", environment, ...flags)}`,
  );
}
