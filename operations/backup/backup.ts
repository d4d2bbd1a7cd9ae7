import { Failure } from "../failure";
import { Interrupted } from "../interruption";
import { type Lock, whileLocked } from "../maintenance/lock";
import { openSite } from "../maintenance/site";
import { megabytes } from "../megabytes";
import { inStage } from "../progress";
import type { KeyPair } from "../secrets/s3-users";
import { type StorageAccess, storageAccess } from "../storage/access";
import { type RegistryStorage, withStorage } from "../storage/storage";
import { type Copied, type CopyOptions, copyBlobs, type Wanted } from "./copy-blobs";
import { closureOf, describe, type Frozen, freeze, missingOf, type Source } from "./freeze";
import { addStore, type BackupOperation, type OpenTarget, openTarget, storeAt } from "./open";
import { type Pool, projectPath } from "./pool";
import { progressText } from "./progress-text";
import { sealProject } from "./project";
import { asReader } from "./reader";
import { recordBackup } from "./record";
import { isWhole, type Snapshot, snapshotName } from "./snapshot";

export interface BackupOptions {
  readonly to: string;
  /** Encrypt what is kept, when the target is new. */
  readonly encrypt?: boolean;
  /** Keep what else is needed to rebuild beside it, encrypted: environment file, secrets, state, certificates. */
  readonly withProject?: boolean;
}

export interface BackupResult {
  readonly snapshot: string;
  readonly missing: Snapshot["missing"];
  readonly repositories: number;
  readonly tags: number;
  /** All that the snapshot needs. */
  readonly blobs: number;
  readonly bytes: number;
  /** What this backup added to the pool. */
  readonly newBlobs: number;
  readonly newBytes: number;
  /** Where what else is needed to rebuild is, below the target. @default - not kept */
  readonly project?: string;
  /** Whether the password of what is encrypted was made just now. */
  readonly hasNewPassword: boolean;
}

/** What a killed backup had proven, so that the next one need not read it again. */
const UNFINISHED = "unfinished.json";

/**
 * Backs a registry up while it is used: links first, so that the moment is fixed; then the blobs they need; the snapshot last.
 * What is killed goes on where it was.
 */
export async function backUp(operation: BackupOperation, options: BackupOptions): Promise<BackupResult> {
  const { to, encrypt } = options;
  const { runtime, environment, progress, interruption } = operation;
  const own = await storageAccess(runtime, environment);
  const opened = await inStage(progress, "target", async () => {
    const value = await openTarget(operation, to, own, encrypt);
    return { value, result: `${to}${value.encrypted ? ", encrypted" : ""}` };
  });
  try {
    await claim(operation, opened, to);
    const site = await openSite(runtime, environment, operation.variables);
    return await whileLocked(site, "backup", (lock) =>
      whileHeld(lock, opened, () => asReader(operation, (key) => readAndKeep(operation, opened, key, options))),
    );
  } catch (error) {
    if (!interruption.gentle.aborted) throw error;
    throw new Interrupted("Stopped. What was copied stays, and the next backup goes on from there.");
  } finally {
    await opened.copier.close();
  }
}

/** @param key what reads the storage. @default - the registry's */
async function readAndKeep(
  operation: BackupOperation,
  opened: OpenTarget,
  key: KeyPair | undefined,
  { withProject }: BackupOptions,
): Promise<BackupResult> {
  const { runtime, environment } = operation;
  const keep = async ({ client, access }: RegistryStorage) => {
    await addStore(opened, access);
    const done = await intoPool(operation, opened, client, access);
    return withProject ? { ...done, ...(await keepProject(operation, opened, done)) } : done;
  };
  return withStorage(runtime, environment, keep, key);
}

/** Stops copying when the lock is lost: a collection may remove what is about to be copied. */
export async function whileHeld<T>({ lost }: Lock, { copier }: OpenTarget, work: () => Promise<T>): Promise<T> {
  const stop = () => void copier.close();
  lost.addEventListener("abort", stop, { once: true });
  try {
    return await work();
  } catch (error) {
    throw lost.aborted ? lost.reason : error;
  } finally {
    lost.removeEventListener("abort", stop);
  }
}

async function claim({ environment }: BackupOperation, { pool, owner, encrypted }: OpenTarget, to: string) {
  if (owner === undefined) await pool.claim({ environment: environment.name, encrypted });
  else if (owner !== environment.name)
    throw new Failure(`${to} holds the backups of ${owner}`, "give each environment a target of its own");
}

async function intoPool(
  { progress, environment }: BackupOperation,
  { pool, hasNewPassword, target: { text: target } }: OpenTarget,
  source: Source,
  access: StorageAccess,
): Promise<BackupResult> {
  const { frozen, closure } = await inStage(progress, "links", async (stage) => {
    const frozen = await freeze(source, access.root, (text) => stage.now(text));
    stage.now("following each tag to its layers");
    const closure = await closureOf(frozen);
    const result = `${closure.repositories.size} repositories, ${closure.tags.length} tags`;
    return { value: { frozen, closure }, result };
  });
  const copied = await inStage(progress, "blobs", async (stage) => {
    const { wanted, known } = await compare(pool, frozen, closure.blobs);
    const onState: CopyOptions["onState"] = (what, state, done) => stage.now(progressText(what, state, done, wanted));
    const onProven = (proven: ReadonlySet<string>) =>
      pool.write(UNFINISHED, JSON.stringify({ proven: [...known, ...proven] }));
    const settled = async () => {
      for await (const _ of source.list(access.root)) return;
    };
    const value = await copyBlobs(pool, wanted, { from: storeAt("blobs", access), onState, settled, onProven });
    return { value, result: `${value.blobs} new of ${closure.blobs.size}, ${megabytes(value.bytes)}` };
  });
  return inStage(progress, "snapshot", async () => {
    const name = snapshotName(frozen.taken);
    const snapshot = await snapshotOf(environment.name, frozen, closure, copied);
    await pool.writeSnapshot(name, snapshot);
    await pool.forget(UNFINISHED);
    if (isWhole(snapshot)) recordBackup(environment, { snapshot: name, taken: snapshot.taken, target });
    const sizes = Object.values(snapshot.blobs);
    const value = {
      ...{ snapshot: name, missing: snapshot.missing, hasNewPassword },
      ...{ repositories: closure.repositories.size, tags: closure.tags.length },
      ...{ blobs: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) },
      ...{ newBlobs: copied.blobs, newBytes: copied.bytes },
    };
    return { value, result: snapshot.missing.length === 0 ? name : `${name}, incomplete` };
  });
}

/** What of a registry is not in the pool yet, or was never read there. */
async function compare(pool: Pool, { inventory }: Frozen, needed: ReadonlySet<string>) {
  const [there, known] = await Promise.all([pool.blobs(), provenBefore(pool)]);
  const sizes = new Map([...inventory.blobs].map(([digest, { bytes }]) => [digest, bytes]));
  const digests = [...needed].filter((digest) => sizes.has(digest));
  const has = (digest: string) => there.get(digest) === sizes.get(digest);
  const absent = digests.filter((digest) => !has(digest));
  const unproven = digests.filter((digest) => has(digest) && !known.has(digest));
  return { wanted: { sizes, absent, unproven } satisfies Wanted, known };
}

async function snapshotOf(environment: string, frozen: Frozen, found: Closure, { lost }: Copied): Promise<Snapshot> {
  const { inventory, taken } = frozen;
  for (const digest of lost.keys()) inventory.blobs.delete(digest);
  // Which tags need what was lost on the way is found as for what was not there to begin with.
  const closure = lost.size > 0 ? await closureOf(frozen) : found;
  const kept = [...found.blobs].filter((digest) => inventory.blobs.has(digest)).sort();
  return {
    version: 1,
    environment,
    taken: taken.toISOString(),
    finished: new Date().toISOString(),
    missing: missingOf(closure.missing, lost),
    blobs: Object.fromEntries(kept.map((digest) => [digest, inventory.blobs.get(digest)?.bytes ?? 0])),
    repositories: describe(frozen, found),
  };
}

/** What else is needed to rebuild, beside a snapshot. */
async function keepProject(
  { runtime, environment, secrets, progress }: BackupOperation,
  { pool }: OpenTarget,
  { snapshot, hasNewPassword }: BackupResult,
): Promise<Pick<BackupResult, "project" | "hasNewPassword">> {
  return inStage(progress, "project", async () => {
    const { password, isNew } = secrets.ensurePassword();
    await pool.writeProject(snapshot, await sealProject(runtime, environment, password));
    const value = { project: projectPath(snapshot), hasNewPassword: hasNewPassword || isNew };
    return { value, result: value.project };
  });
}

type Closure = Awaited<ReturnType<typeof closureOf>>;

/** What was read in the pool by an earlier backup: by the newest, or by one that was killed since. */
async function provenBefore(pool: Pool): Promise<Set<string>> {
  const newest = (await pool.snapshots()).at(-1);
  const proven = newest ? Object.keys((await pool.snapshot(newest)).blobs) : [];
  const unfinished = await pool.readIfThere(UNFINISHED);
  try {
    const { proven: more = [] } = JSON.parse(unfinished ?? "{}") as { proven?: string[] };
    return new Set([...proven, ...more]);
  } catch {
    return new Set(proven);
  }
}
