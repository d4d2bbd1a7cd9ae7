import type { StoredObject } from "../storage/answers";

/** `sha256:HEX`, or another algorithm's. */
export type Digest = string;

/** What a repository's links say that it has. */
export interface RepositoryLinks {
  /** Layers and configurations. */
  readonly layers: Map<Digest, StoredObject>;
  /** Manifests, tagged or not. */
  readonly revisions: Map<Digest, StoredObject>;
  /** The object that holds a tag's digest; it was last pushed when the object was written. */
  readonly tags: Map<string, StoredObject>;
  /** Digests that a tag has, or had. */
  readonly tagIndex: Map<string, Map<Digest, StoredObject>>;
  /** Objects of uploads that were begun. */
  readonly uploads: StoredObject[];
}

/** The objects of a registry's bucket, sorted by what Distribution uses them for. */
export interface Inventory {
  readonly blobs: Map<Digest, StoredObject>;
  readonly repositories: Map<string, RepositoryLinks>;
  /** Below the registry's root, and nothing that Distribution 3 writes. */
  readonly unknown: StoredObject[];
}

const BLOB = /^blobs\/([a-z0-9]+)\/[0-9a-f]{2}\/([0-9a-f]+)\/data$/;
// A name has no part that begins with an underscore.
const OF_REPOSITORY = /^repositories\/(.+?)\/(_layers|_manifests|_uploads)\/(.+)$/;
const LINK = /^([a-z0-9]+)\/([0-9a-f]+)\/link$/;
const TAG = /^tags\/([^/]+)\/current\/link$/;
const TAG_INDEX = /^tags\/([^/]+)\/index\/([a-z0-9]+)\/([0-9a-f]+)\/link$/;

/** Sorts a listing. @param root what the keys begin with, e.g. `docker/registry/v2/` */
export function takeInventory(objects: Iterable<StoredObject>, root: string): Inventory {
  const inventory: Inventory = { blobs: new Map(), repositories: new Map(), unknown: [] };
  for (const object of objects) {
    if (!object.key.startsWith(root)) continue;
    if (!place(inventory, object, object.key.slice(root.length))) inventory.unknown.push(object);
  }
  return inventory;
}

/** The key of a blob's content, below the root. */
export function blobKey(digest: Digest): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return `blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`;
}

function place({ blobs, repositories }: Inventory, object: StoredObject, key: string): boolean {
  const [, algorithm, hex] = BLOB.exec(key) ?? [];
  if (algorithm) {
    blobs.set(`${algorithm}:${hex}`, object);
    return true;
  }
  const [, name, kind, rest = ""] = OF_REPOSITORY.exec(key) ?? [];
  if (!name) return false;
  const links = repositories.get(name) ?? emptyLinks();
  repositories.set(name, links);
  if (kind === "_uploads") {
    links.uploads.push(object);
    return true;
  }
  return kind === "_layers" ? placeLink(links.layers, object, rest) : placeManifest(links, object, rest);
}

function placeManifest(links: RepositoryLinks, object: StoredObject, rest: string): boolean {
  if (rest.startsWith("revisions/")) return placeLink(links.revisions, object, rest.slice("revisions/".length));
  const [, tag] = TAG.exec(rest) ?? [];
  if (tag) {
    links.tags.set(tag, object);
    return true;
  }
  const [, indexed, algorithm, hex] = TAG_INDEX.exec(rest) ?? [];
  if (!indexed) return false;
  const of = links.tagIndex.get(indexed) ?? new Map<Digest, StoredObject>();
  links.tagIndex.set(indexed, of.set(`${algorithm}:${hex}`, object));
  return true;
}

function placeLink(links: Map<Digest, StoredObject>, object: StoredObject, rest: string): boolean {
  const [, algorithm, hex] = LINK.exec(rest) ?? [];
  if (!algorithm) return false;
  links.set(`${algorithm}:${hex}`, object);
  return true;
}

function emptyLinks(): RepositoryLinks {
  return { layers: new Map(), revisions: new Map(), tags: new Map(), tagIndex: new Map(), uploads: [] };
}
