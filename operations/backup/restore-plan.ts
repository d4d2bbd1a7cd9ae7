import type { RepositoryLinks } from "../closure/inventory";
import { Failure } from "../failure";
import type { Frozen } from "./freeze";
import { linksOf, type Snapshot, type SnapshotLink, type SnapshotRepository } from "./snapshot";

/** A tag of a snapshot, and what the registry has under its name. */
interface TagChange {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** @default - the registry has no such tag */
  readonly now?: string;
}

/** What a restore does to a registry. */
export interface RestorePlan {
  readonly repositories: readonly string[];
  /** Everything that must be there in the end, with its size. */
  readonly needed: ReadonlyMap<string, number>;
  /** Not there yet. */
  readonly absent: readonly string[];
  readonly bytes: number;
  /** Path below `repositories/`, and content; tags come last. */
  readonly links: readonly (readonly string[])[];
  readonly tagLinks: readonly (readonly string[])[];
  /** Tags that get another image. */
  readonly moved: readonly TagChange[];
  readonly added: readonly TagChange[];
}

/**
 * Compares a snapshot with what a registry has. What the registry has besides stays; what the snapshot lacks is left out.
 * @param repository only this one. @default - all
 * @param without digests that cannot be had: links to them are left out
 */
export function planRestore(
  snapshot: Snapshot,
  now: Pick<Frozen, "inventory" | "held">,
  repository?: string,
  without: ReadonlySet<string> = new Set(),
): RestorePlan {
  const names = Object.keys(snapshot.repositories).filter((name) => repository === undefined || name === repository);
  // A registry without images has a backup, too.
  if (names.length === 0 && repository !== undefined) throw unknownRepository(snapshot, repository);
  const needed = new Map<string, number>();
  const links: string[][] = [];
  const tagLinks: string[][] = [];
  const changes: TagChange[] = [];
  for (const name of names) {
    const there = now.inventory.repositories.get(name);
    const wanted = linksOf(name, snapshot.repositories[name] as SnapshotRepository);
    for (const link of wanted.links) {
      const size = snapshot.blobs[link.digest];
      if (size === undefined || without.has(link.digest)) continue;
      needed.set(link.digest, size);
      if (!hasLink(there, link)) links.push([link.path, link.digest]);
    }
    for (const { path, digest, tag = "" } of wanted.tags) {
      const key = there?.tags.get(tag)?.key;
      const current = key && now.held.get(key)?.toString().trim();
      if (current === digest || !needed.has(digest)) continue;
      changes.push({ repository: name, tag, digest, now: current || undefined });
      tagLinks.push([path, digest]);
    }
  }
  const absent = [...needed].filter(([digest, size]) => now.inventory.blobs.get(digest)?.bytes !== size);
  return {
    repositories: names,
    needed,
    absent: absent.map(([digest]) => digest),
    bytes: absent.reduce((sum, [, size]) => sum + size, 0),
    links,
    tagLinks,
    moved: changes.filter((one) => one.now !== undefined),
    added: changes.filter((one) => one.now === undefined),
  };
}

function hasLink(there: RepositoryLinks | undefined, { kind, digest, tag = "" }: SnapshotLink): boolean {
  if (kind === "index") return there?.tagIndex.get(tag)?.has(digest) === true;
  return there?.[kind].has(digest) === true;
}

function unknownRepository({ repositories }: Snapshot, name: string): Failure {
  const names = Object.keys(repositories);
  const last = name.split("/").at(-1) ?? "";
  const near = names.filter((one) => one.includes(last)).slice(0, 5);
  return new Failure(
    `The snapshot holds no repository ${name}`,
    near.length > 0 ? `close to it: ${near.join(", ")}` : `it holds ${names.slice(0, 10).join(", ") || "none"}`,
  );
}
