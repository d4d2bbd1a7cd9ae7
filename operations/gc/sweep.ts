import { type Closure, type ClosureOptions, findClosure } from "../closure/closure";
import type { Inventory } from "../closure/inventory";
import { measureUsage } from "../closure/usage";
import { command } from "../command";
import { messageOf } from "../docker/failure";
import { Failure } from "../failure";
import { inStage } from "../progress";
import { type Eligible, runDryRun } from "./dry-run";
import { agreedInventory } from "./listing";
import { proveNothingLost } from "./loss";
import { conflicts, planSweep, unneededManifests } from "./plan";
import type { CollectedRegistry } from "./registry";
import { GC_DEFAULTS, type GcOptions, type GcResult, type GcRun } from "./run";

/** Removes what nothing needs of a registry that is read-only. @throws LossFound when it must stay so */
export async function sweepOut(
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

/** What tags reach, by these options. */
export function closureOf(
  { client, root }: CollectedRegistry,
  inventory: Inventory,
  options: GcOptions,
): Promise<Closure> {
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

function tooMuch(environment: string, share: number, options: GcOptions): Failure {
  const { maxShare, deleteUntagged, keep, graceMs } = options;
  const percent = (part: number) => `${Math.round(100 * part)} %`;
  // All that was asked for: without its --keep the pasted command would delete more.
  const flags = [
    ...(deleteUntagged ? ["--delete-untagged"] : []),
    ...keep.flatMap((digest) => ["--keep", digest]),
    ...(graceMs === GC_DEFAULTS.graceMs ? [] : ["--grace", String(graceMs / 60_000)]),
  ];
  const limit = ["--max-share", String(Math.ceil(100 * share))];
  return new Failure(
    `${percent(share)} of all bytes would go, more than the limit of ${percent(maxShare)}; nothing was deleted`,
    `look at ${command("gc", environment, "--dry-run", ...flags)}; if that is right: ${command("gc", environment, ...flags, ...limit)}`,
  );
}
