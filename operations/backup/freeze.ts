import { type Closure, findClosure, type Missing, type ReadObject } from "../closure/closure";
import { type Inventory, type RepositoryLinks, takeInventory } from "../closure/inventory";
import type { StoredObject } from "../storage/answers";
import { mapAtOnce } from "../storage/slots";
import type { Snapshot, SnapshotRepository } from "./snapshot";

/** What a backup reads of the storage. */
export interface Source {
  list(prefix: string): AsyncIterable<StoredObject>;
  read(key: string): Promise<Buffer | undefined>;
}

/** A registry at one moment. */
export interface Frozen {
  readonly taken: Date;
  readonly root: string;
  readonly inventory: Inventory;
  /** Reads objects, tags as they were at that moment. */
  readonly read: ReadObject;
  /** What each tag held, by its object's key; nothing: it was deleted meanwhile. */
  readonly held: ReadonlyMap<string, Buffer | undefined>;
}

const AT_ONCE = 16;

/**
 * Reads all links, then lists the blobs: what is pushed later is not seen. A registry writes layers, manifest and tag in this
 * order, so whatever a tag points to is linked by the time it does; links are listed again where they are older than a tag.
 * @param root what keys begin with, e.g. `docker/registry/v2/`
 */
export async function freeze(source: Source, root: string, onProgress: (text: string) => void): Promise<Frozen> {
  const taken = new Date();
  const listed = takeInventory(await everyLink(source, `${root}repositories/`, onProgress), root);
  const tags = await readTags(source, listed, onProgress);
  for (let again = 0; again < 3; again++) {
    const behind = [...listed.repositories].filter(([, links]) => pointsBeyond(links, tags));
    if (behind.length === 0) break;
    for (const [name, links] of behind) {
      const newer = takeInventory(await everyLink(source, `${root}repositories/${name}/_`, onProgress), root);
      for (const [digest, link] of newer.repositories.get(name)?.revisions ?? []) links.revisions.set(digest, link);
      for (const [digest, link] of newer.repositories.get(name)?.layers ?? []) links.layers.set(digest, link);
    }
  }
  const blobs = takeInventory(await everyLink(source, `${root}blobs/`, onProgress), root);
  const read: ReadObject = async (key) => (tags.has(key) ? tags.get(key) : source.read(key));
  return { taken, root, inventory: { ...listed, blobs: blobs.blobs }, read, held: tags };
}

/** Everything that tags and manifests without one need. */
export function closureOf({ inventory, read, root }: Frozen): Promise<Closure> {
  return findClosure(inventory, read, { root, untagged: "keep" });
}

/** What a snapshot says of the repositories: links that something needs. */
export function describe({ inventory }: Frozen, closure: Closure): Record<string, SnapshotRepository> {
  return Object.fromEntries(
    [...inventory.repositories].map(([name, links]) => {
      const reached = closure.repositories.get(name);
      const linked = (of: ReadonlyMap<string, unknown>, wanted: ReadonlySet<string> = new Set()) =>
        [...of.keys()].filter((digest) => wanted.has(digest)).sort();
      const revisions = linked(links.revisions, reached?.manifests);
      const tags = closure.tags
        .filter(({ repository }) => repository === name)
        .map((tag) => ({
          name: tag.name,
          digest: tag.digest,
          pushed: new Date(tag.pushed).toISOString(),
          history: [...(links.tagIndex.get(tag.name)?.keys() ?? [])].filter((one) => revisions.includes(one)).sort(),
        }));
      return [name, { revisions, layers: linked(links.layers, reached?.layers), tags }];
    }),
  );
}

/** What a registry lacks, in the words of a snapshot. */
export function missingOf(missing: readonly Missing[], reasons: ReadonlyMap<string, string>): Snapshot["missing"] {
  return missing.map(({ digest, repository, what, tags }) => ({
    digest,
    reason: (what === "blob" && reasons.get(digest)) || REASONS[what],
    neededBy: tags.map((tag) => `${repository}${tag.includes(":") ? "@" : ":"}${tag}`).sort(),
  }));
}

const REASONS: Readonly<Record<Missing["what"], string>> = {
  blob: "is not in the storage",
  "link to a manifest": "its repository has no link to this manifest",
  "link to a layer": "its repository has no link to this layer",
  "damaged manifest": "its content is not what its digest says",
  size: "has another size than its manifest says",
  "damaged tag": "the tag holds no digest",
};

async function everyLink(source: Source, prefix: string, onProgress: (text: string) => void): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of source.list(prefix)) {
    found.push(object);
    if (found.length % 1000 === 0) onProgress(`${found.length} objects below ${prefix}`);
  }
  return found;
}

/** What each tag's object holds, by its key; one that was deleted meanwhile holds nothing. */
async function readTags(source: Source, { repositories }: Inventory, onProgress: (text: string) => void) {
  const keys = [...repositories.values()].flatMap(({ tags }) => [...tags.values()].map(({ key }) => key));
  const held = new Map<string, Buffer | undefined>();
  await mapAtOnce(AT_ONCE, keys, async (key) => {
    held.set(key, await source.read(key));
    if (held.size % 100 === 0) onProgress(`${held.size} of ${keys.length} tags`);
  });
  return held;
}

function pointsBeyond({ tags, revisions }: RepositoryLinks, held: ReadonlyMap<string, Buffer | undefined>): boolean {
  return [...tags.values()].some(({ key }) => {
    const digest = held.get(key)?.toString().trim();
    return digest !== undefined && !revisions.has(digest);
  });
}
