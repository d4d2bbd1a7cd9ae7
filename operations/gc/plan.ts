import type { Closure } from "../closure/closure";
import type { Digest, Inventory } from "../closure/inventory";
import type { StoredObject } from "../storage/answers";
import type { Eligible } from "./dry-run";

/** Something that nothing kept needs. */
interface Unneeded {
  readonly digest: Digest;
  readonly bytes: number;
  readonly keys: readonly string[];
}

export interface UnneededManifest extends Unneeded {
  readonly repository: string;
}

/** Manifests that nothing kept reaches, with their links: what Distribution's API removes when one is deleted by its digest. */
export function unneededManifests({ repositories, blobs }: Inventory, closure: Closure): UnneededManifest[] {
  return [...repositories].flatMap(([repository, { revisions, tagIndex }]) => {
    const reached = closure.repositories.get(repository)?.manifests;
    return [...revisions].flatMap(([digest, link]) => {
      if (reached?.has(digest)) return [];
      const former = [...tagIndex.values()].flatMap((of) => of.get(digest)?.key ?? []);
      return [{ repository, digest, bytes: blobs.get(digest)?.bytes ?? 0, keys: [...former, link.key] }];
    });
  });
}

/** What goes, after Distribution's collector and the closure agreed on it. */
export interface Sweep {
  /** Links of layers first, then blobs. */
  readonly keys: readonly string[];
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs that stay since they are too young: somebody may be about to push what needs them. */
  readonly young: number;
}

/** What the collector would delete and the closure needs: it must not happen. */
export function conflicts(eligible: Eligible, closure: Closure): string[] {
  return [
    ...[...eligible.blobs].filter((digest) => closure.blobs.has(digest)),
    ...eligible.layers
      .filter(({ repository, digest }) => closure.repositories.get(repository)?.layers.has(digest))
      .map(({ repository, digest }) => `${repository}: link to ${digest}`),
  ];
}

/** @param youngSince what was written since then stays, in milliseconds since 1970 */
export function planSweep({ blobs, repositories }: Inventory, eligible: Eligible, youngSince: number): Sweep {
  const isYoung = (object: StoredObject | undefined) => object !== undefined && object.modified >= youngSince;
  // An old layer that was mounted or pushed again a moment ago has a young link.
  const linkedLately = new Set<Digest>();
  for (const { layers } of repositories.values())
    for (const [digest, link] of layers) if (isYoung(link)) linkedLately.add(digest);
  const stays = (digest: Digest) => isYoung(blobs.get(digest)) || linkedLately.has(digest);
  const going = [...eligible.blobs].flatMap((digest) => (stays(digest) ? [] : (blobs.get(digest) ?? [])));
  const links = eligible.layers.flatMap(({ repository, digest }) =>
    stays(digest) ? [] : (repositories.get(repository)?.layers.get(digest)?.key ?? []),
  );
  return {
    keys: [...links, ...going.map(({ key }) => key)],
    blobs: going.length,
    bytes: going.reduce((sum, { bytes }) => sum + bytes, 0),
    young: [...eligible.blobs].filter(stays).length,
  };
}
