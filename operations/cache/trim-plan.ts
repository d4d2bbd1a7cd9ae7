import type { StoredObject } from "../storage/answers";

/** What a pull-through cache holds of one repository. */
export interface CachedRepository {
  readonly name: string;
  /**
   * When its last tag was asked for or its last layer was fetched, in milliseconds since 1970. Distribution writes a tag's link at
   * each request for the tag; requests by digest leave no trace.
   */
  readonly lastUsed: number;
  /** Bytes of its layers and manifests, shared ones too. */
  readonly bytes: number;
}

/** What to remove so that the rest fits. */
export interface TrimPlan {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Least recently used first. */
  readonly remove: readonly CachedRepository[];
  readonly keep: readonly CachedRepository[];
  /** Links first: what is linked must not lack its bytes for longer than needed. */
  readonly keys: readonly string[];
}

/** Younger objects stay: a pull may be writing them. */
export const GRACE_MS = 60 * 60 * 1000;

const LINK = /^repositories\/(.+)\/_(?:layers|manifests\/revisions)\/sha256\/([0-9a-f]{64})\/link$/;
const TAG = /^repositories\/(.+)\/_manifests\/tags\/[^/]+\/(?:current|index\/sha256\/[0-9a-f]{64})\/link$/;
const BLOB = /^blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\/data$/;

interface Found {
  lastUsed: number;
  readonly digests: Set<string>;
  readonly links: string[];
}

/**
 * Chooses whole repositories, least recently used first, until what is left fits; then the layers that nobody refers to any more.
 * Whatever is removed is fetched again when it is asked for: a cache without a descriptor cache misses nothing for good.
 * @param root what the keys begin with, e.g. `docker/registry/v2/`
 */
export function planTrim(objects: readonly StoredObject[], root: string, maxBytes: number, now: number): TrimPlan {
  const { repositories, blobs } = sortOut(objects, root);
  const size = (digest: string) => blobs.get(digest)?.bytes ?? 0;
  const byAge = [...repositories].sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
  const users = new Map<string, number>();
  for (const [, { digests }] of byAge) for (const one of digests) users.set(one, (users.get(one) ?? 0) + 1);

  const isOld = (modified: number) => now - modified > GRACE_MS;
  const isUnused = (digest: string) => !users.get(digest) && isOld(blobs.get(digest)?.modified ?? now);
  const bytesBefore = sum([...blobs.values()].map(({ bytes }) => bytes));
  let bytesAfter = bytesBefore - sum([...blobs.keys()].filter(isUnused).map(size));
  const removed = new Set<string>();
  for (const [name, { lastUsed, digests }] of byAge) {
    if (bytesAfter <= maxBytes || !isOld(lastUsed)) break;
    removed.add(name);
    for (const digest of digests) {
      users.set(digest, (users.get(digest) ?? 1) - 1);
      if (isUnused(digest)) bytesAfter -= size(digest);
    }
  }
  const described = byAge.map(([name, { lastUsed, digests }]) => ({
    name,
    lastUsed,
    bytes: sum([...digests].map(size)),
  }));
  return {
    bytesBefore,
    bytesAfter,
    remove: described.filter(({ name }) => removed.has(name)),
    keep: described.filter(({ name }) => !removed.has(name)),
    keys: [
      ...byAge.flatMap(([name, { links }]) => (removed.has(name) ? links : [])),
      ...[...blobs].flatMap(([digest, { key }]) => (isUnused(digest) ? [key] : [])),
    ],
  };
}

/** Repositories with what they link to, and layers by digest. */
function sortOut(objects: readonly StoredObject[], root: string) {
  const repositories = new Map<string, Found>();
  const blobs = new Map<string, StoredObject>();
  for (const object of objects) {
    if (!object.key.startsWith(root)) continue;
    const key = object.key.slice(root.length);
    const [, name, digest] = LINK.exec(key) ?? TAG.exec(key) ?? [];
    const blob = BLOB.exec(key)?.[1];
    if (blob) blobs.set(blob, object);
    if (!name) continue;
    const found = repositories.get(name) ?? { lastUsed: 0, digests: new Set(), links: [] };
    repositories.set(name, found);
    found.lastUsed = Math.max(found.lastUsed, object.modified);
    found.links.push(object.key);
    if (digest) found.digests.add(digest);
  }
  return { repositories, blobs };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
