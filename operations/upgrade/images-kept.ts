import type { Environment } from "../../config";
import { closureOf, freeze } from "../backup/freeze";
import type { Missing } from "../closure/closure";
import type { Runtime } from "../runtime/runtime";
import { withStorage } from "../storage/storage";

/** The images of a registry at one moment, as its storage has them. */
export interface KeptImages {
  /** `repository:tag`, and the digest that it holds. */
  readonly tags: Readonly<Record<string, string>>;
  /** What manifests need and the storage has not, as `repository digest what`. */
  readonly missing: readonly string[];
  /** Manifests, configurations and layers. */
  readonly blobs: number;
}

/** Follows every tag to its layers in the storage, through no cache of the registry. */
export async function keptImages(
  runtime: Runtime,
  environment: Environment,
  onProgress: (text: string) => void,
): Promise<KeptImages> {
  return withStorage(runtime, environment, async ({ client, access }) => {
    const { tags, missing, blobs } = await closureOf(await freeze(client, access.root, onProgress));
    return {
      tags: Object.fromEntries(tags.map(({ repository, name, digest }) => [`${repository}:${name}`, digest])),
      missing: missing.map(missingText).sort(),
      blobs: blobs.size,
    };
  });
}

const missingText = ({ repository, digest, what }: Missing) => `${repository} ${digest} ${what}`;

/** What was there before and is not any more. A tag that was pushed again meanwhile has another digest, and is there. */
export function lostSince(before: KeptImages, after: KeptImages): string[] {
  const gone = Object.keys(before.tags).filter((tag) => after.tags[tag] === undefined);
  const known = new Set(before.missing);
  return [...gone, ...after.missing.filter((one) => !known.has(one))];
}
