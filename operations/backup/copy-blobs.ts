import type { RcloneResult } from "./copier";
import { POOL, type Pool } from "./pool";
import { isFull } from "./pool-failure";
import type { CopyState } from "./rclone-log";

/** What is to be in the pool. */
export interface Wanted {
  /** Sizes at the source, by digest. */
  readonly sizes: ReadonlyMap<string, number>;
  /** In the pool by its list, and never looked at. */
  readonly unproven: readonly string[];
  /** Not in the pool. */
  readonly absent: readonly string[];
}

export interface Copied {
  /** Proven now. */
  readonly proven: ReadonlySet<string>;
  /** What the source does not give as its name says, with the reason. */
  readonly lost: ReadonlyMap<string, string>;
  readonly blobs: number;
  readonly bytes: number;
}

export interface CopyOptions {
  /** Where blobs come from, e.g. `registry:bucket/docker/registry/v2/blobs`. */
  readonly from: string;
  readonly onState: (what: string, state: CopyState, before: { blobs: number; bytes: number }) => void;
  /** Returns when the source answers at all. @throws Failure when it does not: then nothing is known of what it has lost */
  readonly settled: () => Promise<void>;
  /** Everything up to there is in the pool, and proven. */
  readonly onProven: (digests: ReadonlySet<string>) => Promise<void>;
}

/** What is lost by a kill, at most: what is copied and not yet noted as proven is read again. */
const BATCH = { blobs: 2000, bytes: 4e9 };

/** Brings blobs into the pool, and reads each there: what its content is counts, not what was sent. */
export async function copyBlobs(pool: Pool, wanted: Wanted, options: CopyOptions): Promise<Copied> {
  const { sizes, unproven, absent } = wanted;
  const { onState, onProven } = options;
  const proven = new Set<string>();
  const lost = new Map<string, string>();
  const before = { blobs: 0, bytes: 0 };
  const bad: string[] = [];
  for (const batch of batches(unproven, sizes)) {
    const { good } = await pool.verify(`${POOL}blobs`, batch, (state) => onState("reading", state, before));
    for (const one of good) proven.add(one);
    bad.push(...batch.filter((one) => !good.has(one)));
  }
  for (const batch of batches([...bad, ...absent], sizes)) {
    for (const [one, why] of await copyBatch(pool, batch, options, before)) lost.set(one, why);
    const done = batch.filter((one) => !lost.has(one));
    for (const one of done) proven.add(one);
    before.blobs += done.length;
    before.bytes += sum(done, sizes);
    await onProven(proven);
  }
  return { proven, lost, ...before };
}

/** @returns what the source does not give */
async function copyBatch(
  pool: Pool,
  batch: readonly string[],
  { from, onState, settled }: CopyOptions,
  before: { readonly blobs: number; readonly bytes: number },
): Promise<Map<string, string>> {
  const copied = await pool.copy(from, `${POOL}blobs`, batch, (state) => onState("copying", state, before));
  if (isFull(copied)) throw pool.failure("write to", copied);
  const read = await pool.verify(`${POOL}blobs`, batch, (state) => onState("checking", state, before));
  const bad = batch.filter((one) => !read.good.has(one));
  if (bad.length === 0) return new Map();
  // Which side is it?
  const source = await pool.verify(from, bad);
  await settled();
  const again = source.unreadable.size > 0 ? await pool.verify(from, [...source.unreadable.keys()]) : undefined;
  const wrong = [...source.wrong, ...(again?.wrong ?? [])].map((one) => [one, WRONG] as const);
  const lost = new Map([...(again?.unreadable ?? []), ...wrong]);
  await pool.remove(read.wrong.filter((one) => lost.has(one))).catch(() => {});
  const left = [...source.good, ...(again?.good ?? [])];
  if (left.length > 0) await copyAgain(pool, from, left, copied);
  return lost;
}

async function copyAgain(pool: Pool, from: string, digests: readonly string[], first: RcloneResult): Promise<void> {
  const again = await pool.copy(from, `${POOL}blobs`, digests);
  const { good } = await pool.verify(`${POOL}blobs`, digests);
  const bad = digests.find((one) => !good.has(one));
  if (bad === undefined) return;
  const result = again.errors.length > 0 ? again : first;
  throw pool.failure(`keep ${bad} in`, result, "what was written there is not what is read there");
}

/** Why a blob of that name is none. */
export const WRONG = "its content is not what its digest says";

function* batches(digests: readonly string[], sizes: ReadonlyMap<string, number>): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const one of digests) {
    batch.push(one);
    bytes += sizes.get(one) ?? 0;
    if (batch.length < BATCH.blobs && bytes < BATCH.bytes) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

function sum(digests: readonly string[], sizes: ReadonlyMap<string, number>): number {
  return digests.reduce((total, one) => total + (sizes.get(one) ?? 0), 0);
}
