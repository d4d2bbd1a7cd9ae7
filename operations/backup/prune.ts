import { Failure } from "../failure";
import { inStage } from "../progress";
import { type BackupOperation, type OpenTarget, openTarget } from "./open";
import { isWhole, type Snapshot } from "./snapshot";

/** What pruning removes. */
export interface PrunePlan {
  readonly keep: readonly string[];
  readonly remove: readonly string[];
  /** Blobs that no kept snapshot needs. */
  readonly blobs: readonly string[];
  readonly bytes: number;
}

/** A target's snapshots, oldest first. */
export async function listSnapshots(
  operation: BackupOperation,
  from: string,
): Promise<{ name: string; snapshot: Snapshot }[]> {
  return withTarget(operation, from, async ({ pool }) => {
    const found = [];
    for (const name of await pool.snapshots()) found.push({ name, snapshot: await pool.snapshot(name) });
    return found;
  });
}

/**
 * Removes old snapshots, then the blobs that none of the others needs. What is killed between leaves blobs that the next one takes.
 * @param approve sees what will go; false changes nothing
 */
export async function prune(
  operation: BackupOperation,
  { from, keep }: { readonly from: string; readonly keep: number },
  approve: (plan: PrunePlan) => Promise<boolean>,
): Promise<PrunePlan | undefined> {
  return withTarget(operation, from, async ({ pool }) => {
    const snapshots = new Map<string, Snapshot>();
    for (const name of await pool.snapshots()) snapshots.set(name, await pool.snapshot(name));
    const plan = planPrune(snapshots, await pool.blobs(), keep);
    if (!(await approve(plan))) return undefined;
    return inStage(operation.progress, "prune", async (stage) => {
      for (const name of plan.remove) await pool.removeSnapshot(name);
      stage.now(`${plan.blobs.length} blobs`);
      await pool.remove(plan.blobs);
      await pool.removeRests();
      return { value: plan, result: `${plan.remove.length} snapshots, ${plan.blobs.length} blobs` };
    });
  });
}

/** Keeps the newest whole snapshots, and incomplete ones that are newer than the oldest of these. */
export function planPrune(
  snapshots: ReadonlyMap<string, Snapshot>,
  there: ReadonlyMap<string, number>,
  keep: number,
): PrunePlan {
  const names = [...snapshots.keys()].sort();
  const whole = names.filter((name) => isWhole(snapshots.get(name) as Snapshot));
  const oldest = whole.slice(-keep)[0];
  // Without a whole one nothing replaces what there is.
  const kept = oldest === undefined ? names : names.filter((name) => name >= oldest);
  const needed = new Set(kept.flatMap((name) => Object.keys(snapshots.get(name)?.blobs ?? {})));
  const blobs = [...there.keys()].filter((digest) => !needed.has(digest));
  return {
    keep: kept,
    remove: names.filter((name) => !kept.includes(name)),
    blobs,
    bytes: blobs.reduce((sum, digest) => sum + (there.get(digest) ?? 0), 0),
  };
}

async function withTarget<T>(
  operation: BackupOperation,
  from: string,
  work: (opened: OpenTarget) => Promise<T>,
): Promise<T> {
  const opened = await openTarget(operation, from, undefined);
  try {
    if (opened.owner === undefined) throw new Failure(`There is no backup in ${from}`, "look at the target");
    return await work(opened);
  } finally {
    await opened.copier.close();
  }
}
