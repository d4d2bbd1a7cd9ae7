import type { Closure } from "./closure";
import type { Digest, Inventory, RepositoryLinks } from "./inventory";

/** What a repository takes. */
interface RepositoryUsage {
  readonly name: string;
  readonly tags: number;
  /** Of everything that it links to, whoever else does. */
  readonly bytes: number;
  /** Of what no other repository links to. */
  readonly ownBytes: number;
  /** Of what it links to and nothing kept needs. */
  readonly unusedBytes: number;
}

export interface Usage {
  /** Of all blobs, each once. */
  readonly bytes: number;
  /** Of blobs that nothing kept needs. */
  readonly unusedBytes: number;
  /** Of these, blobs that no repository links to. */
  readonly unlinkedBytes: number;
  /** Largest first. */
  readonly repositories: readonly RepositoryUsage[];
}

/** Who uses how much of a registry's bucket. */
export function measureUsage({ blobs, repositories }: Inventory, closure: Closure): Usage {
  const users = new Map<Digest, number>();
  for (const links of repositories.values())
    for (const digest of digestsOf(links)) users.set(digest, (users.get(digest) ?? 0) + 1);
  const sum = (digests: Iterable<Digest>, counts: (digest: Digest) => boolean) => {
    let bytes = 0;
    for (const digest of digests) if (counts(digest)) bytes += blobs.get(digest)?.bytes ?? 0;
    return bytes;
  };
  const isUnused = (digest: Digest) => !closure.blobs.has(digest);
  const measured = [...repositories].map(([name, links]) => {
    const digests = digestsOf(links);
    return {
      name,
      tags: links.tags.size,
      bytes: sum(digests, () => true),
      ownBytes: sum(digests, (digest) => users.get(digest) === 1),
      unusedBytes: sum(digests, isUnused),
    };
  });
  return {
    bytes: sum(blobs.keys(), () => true),
    unusedBytes: sum(blobs.keys(), isUnused),
    unlinkedBytes: sum(blobs.keys(), (digest) => !users.has(digest)),
    repositories: measured.sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1)),
  };
}

function digestsOf({ layers, revisions }: RepositoryLinks): Set<Digest> {
  return new Set([...layers.keys(), ...revisions.keys()]);
}
