import { command } from "../command";
import { Failure } from "../failure";
import { megabytes } from "../megabytes";
import { inStage } from "../progress";
import { isDocker } from "../runtime/connect";
import type { Runtime } from "../runtime/runtime";
import { storageAccess } from "../storage/access";
import { WRONG } from "./copy-blobs";
import { type DrillResult, drill } from "./drill";
import { type BackupOperation, type OpenTarget, openTarget } from "./open";
import { POOL } from "./pool";
import { chooseSnapshot } from "./restore";
import { isWhole, type Snapshot } from "./snapshot";

export interface VerifyOptions {
  readonly from: string;
  /** The one to restore. @default - the newest whole one */
  readonly snapshot?: string;
  /** Restore only this repository. @default - all of them */
  readonly repository?: string;
  /** Restore into a registry that is made for it, and removed. @default true */
  readonly drill?: boolean;
  /** Take damaged blobs out of the pool, so that the next backup copies them again. @default false */
  readonly repair?: boolean;
}

/** A blob of the pool that is not what it should be. */
export interface DamagedBlob {
  readonly digest: string;
  readonly reason: string;
  /** `repository` of each snapshot that needs it. */
  readonly neededBy: readonly string[];
}

export interface VerifyResult {
  readonly snapshots: number;
  readonly incomplete: readonly string[];
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedBlob[];
  /** @default - none was made */
  readonly drill?: DrillResult;
}

/** Reads all of a target's blobs against their digests, and restores a snapshot into a registry that is made for it. */
export async function verifyBackup(operation: BackupOperation, options: VerifyOptions): Promise<VerifyResult> {
  const { runtime, environment, progress } = operation;
  const withDrill = options.drill !== false;
  // Before everything is read.
  if (withDrill && !isDocker(runtime)) throw noDrill(runtime, environment.name, options.from);
  const { root } = await storageAccess(runtime, environment);
  const opened = await inStage(progress, "target", async () => {
    const value = await openTarget(operation, options.from, undefined);
    return { value, result: `${options.from}${value.owner ? `, of ${value.owner}` : ""}` };
  });
  try {
    if (opened.owner === undefined) throw new Failure(`There is no backup in ${options.from}`, "make one first");
    const snapshots = await readAll(opened);
    const checked = await checkBlobs(operation, opened, snapshots);
    if (options.repair) await opened.pool.remove(repairable(checked.damaged));
    const result = {
      ...{ ...checked, snapshots: snapshots.size },
      incomplete: [...snapshots].flatMap(([name, snapshot]) => (isWhole(snapshot) ? [] : [name])),
    };
    if (!withDrill || checked.damaged.length > 0) return result;
    const chosen = await chooseSnapshot(opened.pool, options.from, options.snapshot);
    return { ...result, drill: await drill(operation, opened, chosen, root, options) };
  } finally {
    await opened.copier.close();
  }
}

function noDrill({ host }: Runtime, environment: string, from: string): Failure {
  return new Failure(
    `${host}: a second registry to restore into is made on Docker hosts only`,
    [
      `read every blob against its digest without it: ${command("backup verify", environment, "--from", from, "--no-drill")}`,
      "or restore into an environment that is made for it, in a namespace of its own",
    ].join("\n  → "),
  );
}

/** What cannot be read may be fine, and the way there bad: only what was read and is wrong is taken out. */
export function repairable(damaged: readonly DamagedBlob[]): string[] {
  return damaged.flatMap(({ digest, reason }) => (reason === WRONG ? [digest] : []));
}

async function readAll({ pool }: OpenTarget): Promise<Map<string, Snapshot>> {
  const snapshots = new Map<string, Snapshot>();
  for (const name of await pool.snapshots()) snapshots.set(name, await pool.snapshot(name));
  return snapshots;
}

function checkBlobs({ progress }: BackupOperation, { pool }: OpenTarget, snapshots: ReadonlyMap<string, Snapshot>) {
  return inStage(progress, "blobs", async (stage) => {
    const sizes = new Map([...snapshots.values()].flatMap(({ blobs }) => Object.entries(blobs)));
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const digests = [...sizes.keys()];
    const read = await pool.verify(`${POOL}blobs`, digests, (state) =>
      stage.now(`${megabytes(state.bytes)} of ${megabytes(bytes)}, ${megabytes(state.bytesPerSecond)}/s`),
    );
    const damaged = [...read.wrong.map((digest) => [digest, WRONG] as const), ...read.unreadable].map(
      ([digest, reason]) => ({ digest, reason, neededBy: usersOf(digest, snapshots) }),
    );
    const result = `${digests.length} blobs, ${megabytes(bytes)}, ${damaged.length} damaged`;
    return { value: { blobs: digests.length, bytes, damaged }, result };
  });
}

function usersOf(digest: string, snapshots: ReadonlyMap<string, Snapshot>): string[] {
  const users = [...snapshots.values()].flatMap(({ repositories }) =>
    Object.entries(repositories).flatMap(([name, { layers, revisions }]) =>
      layers.includes(digest) || revisions.includes(digest) ? [name] : [],
    ),
  );
  return [...new Set(users)].sort();
}
