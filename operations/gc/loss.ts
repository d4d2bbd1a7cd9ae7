import { type Closure, findClosure, type Missing } from "../closure/closure";
import type { Inventory } from "../closure/inventory";
import { Failure } from "../failure";
import type { S3Client } from "../storage/s3-client";
import { mapAtOnce } from "../storage/slots";
import { agreedInventory } from "./listing";

const HEADS = 32;

/** Something that was needed is gone. The registry stays read-only. */
export class LossFound extends Failure {}

/**
 * Looks whether everything that was needed before is still there: each blob is asked for in the storage, each tag read anew.
 * @returns what the bucket holds now
 * @throws LossFound with the tags that are hit
 */
export async function proveNothingLost(
  client: S3Client,
  root: string,
  before: { readonly inventory: Inventory; readonly closure: Closure },
): Promise<Inventory> {
  const inventory = await agreedInventory(client, root);
  const lost: string[] = [];
  const present = [...before.closure.blobs].flatMap((digest) => before.inventory.blobs.get(digest) ?? []);
  await mapAtOnce(HEADS, present, async ({ key, bytes }) => {
    const now = await client.head(key);
    if (now?.bytes !== bytes) lost.push(key.slice(root.length));
  });
  for (const [name, { manifests, layers }] of before.closure.repositories) {
    const [was, now] = [before.inventory.repositories.get(name), inventory.repositories.get(name)];
    for (const digest of manifests)
      if (was?.revisions.has(digest) && !now?.revisions.has(digest)) lost.push(`link of ${name} to manifest ${digest}`);
    for (const digest of layers)
      if (was?.layers.has(digest) && !now?.layers.has(digest)) lost.push(`link of ${name} to layer ${digest}`);
  }
  const after = await findClosure(inventory, (key) => client.read(key), { root, untagged: "drop" });
  const tagsNow = new Map(after.tags.map(({ repository, name, digest }) => [`${repository}:${name}`, digest]));
  for (const { repository, name, digest } of before.closure.tags)
    if (tagsNow.get(`${repository}:${name}`) !== digest) lost.push(`tag ${repository}:${name}`);
  if (lost.length === 0) return inventory;
  throw new LossFound(
    `${lost.length} objects that images need are gone. ${hit(after.missing)}`,
    "restore them from the newest backup, before the registry takes pushes again",
    lost.slice(0, 50).join("\n"),
  );
}

function hit(missing: readonly Missing[]): string {
  const tags = [...new Set(missing.flatMap(({ repository, tags }) => tags.map((tag) => `${repository}:${tag}`)))];
  if (tags.length === 0) return "No tag needs them";
  return `Tags hit: ${tags.slice(0, 10).join(", ")}${tags.length > 10 ? ` and ${tags.length - 10} more` : ""}`;
}
