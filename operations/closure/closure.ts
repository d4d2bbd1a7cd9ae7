import type { StoredObject } from "../storage/answers";
import { mapAtOnce } from "../storage/slots";
import type { Digest, Inventory, RepositoryLinks } from "./inventory";
import { isDigest } from "./manifest";
import { ManifestReader, READS, RepositoryWalk } from "./repository-walk";

/** Reads an object, whole; nothing: it is not there. */
export type ReadObject = (key: string) => Promise<Buffer | undefined>;

export interface ClosureOptions {
  /** What every key begins with. */
  readonly root: string;
  /** Manifests without a tag: kept as those with one, or dropped unless a kept one needs or is what they belong to. */
  readonly untagged: "keep" | "drop";
  /** Which tags count. @default - all */
  readonly isTagKept?: (tag: Tag) => boolean;
  /** Manifests that are kept, tagged or not, wherever they are. @default - none */
  readonly keep?: readonly Digest[];
  /** Manifests that were pushed since then are kept, in milliseconds since 1970. @default - their age does not matter */
  readonly keepSince?: number;
}

export interface Tag {
  readonly repository: string;
  readonly name: string;
  readonly digest: Digest;
  /** When it was last pushed, in milliseconds since 1970. */
  readonly pushed: number;
}

interface ReachedTag extends Tag {
  /** Of all that it needs, whoever else does: manifests, configurations, layers, each once. */
  readonly bytes: number;
}

/** Something that a kept manifest needs, and that is not there as it should be. */
export interface Missing {
  readonly digest: Digest;
  readonly repository: string;
  readonly what: "blob" | "link to a manifest" | "link to a layer" | "damaged manifest" | "size" | "damaged tag";
  /** Tags that it makes unusable, or digests for manifests without one. */
  readonly tags: readonly string[];
}

/** Everything that is reached from what is kept. */
export interface Closure {
  /** Manifests, configurations and layers, of all repositories. */
  readonly blobs: ReadonlySet<Digest>;
  readonly repositories: ReadonlyMap<string, ReachedRepository>;
  readonly tags: readonly ReachedTag[];
  readonly missing: readonly Missing[];
}

interface ReachedRepository {
  readonly manifests: ReadonlySet<Digest>;
  readonly layers: ReadonlySet<Digest>;
}

/** Repositories at the same time. */
const REPOSITORIES = 8;

/**
 * Follows every tag of every repository to all that it needs: indexes to their manifests, manifests to their configurations and
 * layers, and what belongs to them (`subject`) to itself. Each manifest's bytes are checked against its digest.
 */
export async function findClosure(inventory: Inventory, read: ReadObject, options: ClosureOptions): Promise<Closure> {
  const reader = new ManifestReader(inventory, read, options.root);
  const tags: ReachedTag[] = [];
  const missing: Missing[] = [];
  const walks = [...inventory.repositories].map(([name, links]) => new RepositoryWalk(name, links, inventory, reader));
  await mapAtOnce(REPOSITORIES, walks, async (walk) => {
    const found = await readTags(walk.repository, walk.links, read);
    const counting = found.tags.filter((tag) => options.isTagKept?.(tag) ?? true);
    missing.push(...found.damaged);
    const kept = [...walk.links.revisions].filter((one) => isKept(one, options));
    tags.push(
      ...(await mapAtOnce(READS, counting, async (tag) => ({ ...tag, bytes: await walk.from(tag.digest, tag.name) }))),
    );
    await mapAtOnce(READS, kept, ([digest]) => walk.from(digest, digest));
    if (options.untagged === "drop") await walk.whatBelongsToIt();
    missing.push(...walk.missing());
  });
  const repositories = new Map(walks.map(({ repository, manifests, layers }) => [repository, { manifests, layers }]));
  const blobs = new Set([...repositories.values()].flatMap(({ manifests, layers }) => [...manifests, ...layers]));
  return { blobs, repositories, tags: tags.sort(byRepositoryAndName), missing };
}

/** Whether a manifest is kept without a tag. */
function isKept(
  [digest, { modified }]: [Digest, StoredObject],
  { untagged, keep, keepSince }: ClosureOptions,
): boolean {
  return untagged === "keep" || keep?.includes(digest) === true || (keepSince !== undefined && modified >= keepSince);
}

async function readTags(repository: string, links: RepositoryLinks, read: ReadObject) {
  const tags: Tag[] = [];
  const damaged: Missing[] = [];
  await mapAtOnce(READS, [...links.tags], async ([name, { key, modified }]) => {
    const digest = (await read(key))?.toString().trim();
    // Deleted since it was listed.
    if (digest === undefined) return;
    if (isDigest(digest)) tags.push({ repository, name, digest, pushed: modified });
    else damaged.push({ digest, repository, what: "damaged tag", tags: [name] });
  });
  return { tags, damaged };
}

function byRepositoryAndName(a: Tag, b: Tag): number {
  return a.repository === b.repository ? compare(a.name, b.name) : compare(a.repository, b.repository);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
