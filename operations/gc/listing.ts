import { type Inventory, takeInventory } from "../closure/inventory";
import { Failure } from "../failure";
import type { StoredObject } from "../storage/answers";
import type { S3Client } from "../storage/s3-client";

/** Of the two lists; a server that ends one page too early does so elsewhere in the other. */
const PAGES = [1000, 617] as const;
const TRIES = 3;

/**
 * Everything below a registry's root, listed twice with the same result: a short list would make what is in use look unused.
 * @throws Failure when no two lists agree
 */
export async function agreedInventory(client: S3Client, root: string): Promise<Inventory> {
  let difference = "";
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const [first, second] = [await listAll(client, root, PAGES[0]), await listAll(client, root, PAGES[1])];
    difference = differenceOf(first, second) ?? "";
    if (difference === "") return takeInventory(first.values(), root);
  }
  throw new Failure(
    "Two lists of the bucket differ, although nothing is pushed: the lists of this storage are unreliable",
    "look at the storage's health before anything is removed",
    difference,
  );
}

/** Everything below a registry's root while it takes pushes: what either of two lists has. */
export async function liveInventory(client: S3Client, root: string): Promise<Inventory> {
  const [first, second] = [await listAll(client, root, PAGES[0]), await listAll(client, root, PAGES[1])];
  return takeInventory(new Map([...first, ...second]).values(), root);
}

async function listAll(client: S3Client, root: string, pageSize: number): Promise<Map<string, StoredObject>> {
  const found = new Map<string, StoredObject>();
  for await (const object of client.list(root, pageSize)) found.set(object.key, object);
  return found;
}

function differenceOf(first: Map<string, StoredObject>, second: Map<string, StoredObject>): string | undefined {
  for (const [key, one] of [...first, ...second]) {
    // The registry itself removes old uploads now and then.
    if (key.includes("/_uploads/")) continue;
    const [a, b] = [first.get(key), second.get(key)];
    if (!a || !b || a.bytes !== b.bytes || a.etag !== b.etag) return `${one.key} is not the same in both`;
  }
  return undefined;
}
