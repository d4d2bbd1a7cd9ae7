import type { RetentionRule } from "../../config/schema/retention";
import { type Closure, findClosure, type ReadObject, type Tag } from "../closure/closure";
import type { Inventory } from "../closure/inventory";
import { companionOf, judgeTags, type Verdict } from "./policy";

export interface RetentionPlan {
  readonly going: readonly Verdict[];
  readonly staying: readonly Verdict[];
  /** What a collection with `--delete-untagged` frees afterwards. */
  readonly freedBytes: number;
}

/** What rules remove from a registry: tags, and with each image that nothing else needs the tags that belong to it. */
export async function planRetention(
  inventory: Inventory,
  read: ReadObject,
  root: string,
  rules: readonly RetentionRule[],
  now: number,
): Promise<RetentionPlan> {
  const all = await findClosure(inventory, read, { root, untagged: "drop" });
  const { tags } = all;
  const verdicts = judgeTags(tags, rules, now);
  const kept = new Set(verdicts.filter(({ stays }) => stays).map(({ tag }) => id(tag)));
  const companions = tags.filter(({ name }) => companionOf(name) !== undefined);
  const closure = await withCompanions(kept, companions, (isTagKept) =>
    findClosure(inventory, read, { root, untagged: "drop", isTagKept }),
  );
  const belonging = companions.map((tag): Verdict => {
    const stays = kept.has(id(tag));
    return { tag, stays, reason: stays ? "its image stays" : "its image goes, or is gone" };
  });
  const everything = [...verdicts, ...belonging];
  const freed = [...all.blobs].filter((digest) => !closure.blobs.has(digest));
  return {
    going: everything.filter(({ stays }) => !stays),
    staying: everything.filter(({ stays }) => stays),
    freedBytes: sizeOf(inventory, freed),
  };
}

/** Adds the tags that belong to what is kept, and to what that adds. */
async function withCompanions(
  kept: Set<string>,
  companions: readonly Tag[],
  closureOf: (isTagKept: (tag: Tag) => boolean) => Promise<Closure>,
): Promise<Closure> {
  for (;;) {
    const closure = await closureOf((tag) => kept.has(id(tag)));
    const more = companions.filter((tag) => {
      const subject = companionOf(tag.name) ?? "";
      return !kept.has(id(tag)) && closure.repositories.get(tag.repository)?.manifests.has(subject);
    });
    if (more.length === 0) return closure;
    for (const tag of more) kept.add(id(tag));
  }
}

function id({ repository, name }: Pick<Tag, "repository" | "name">): string {
  return `${repository}:${name}`;
}

function sizeOf({ blobs }: Inventory, digests: readonly string[]): number {
  return digests.reduce((sum, digest) => sum + (blobs.get(digest)?.bytes ?? 0), 0);
}
