import { findClosure } from "../closure/closure";
import { takeInventory } from "../closure/inventory";
import type { StorageAccess } from "../storage/access";
import type { StoredObject, UnfinishedUpload } from "../storage/answers";
import type { S3Client } from "../storage/s3-client";
import { mapAtOnce } from "../storage/slots";

/** What takes the space of a registry's bucket. */
export interface Space {
  /** What tags need, each blob once. */
  readonly neededBytes: number;
  /** Blobs that no tag needs: a collection with `--delete-untagged` removes them. */
  readonly unneededBytes: number;
  /** Uploads in parts that nobody finished, as after a push that failed; no list of objects shows them. */
  readonly uploads: readonly WeighedUpload[];
  /** Links, and whatever else is in the bucket. */
  readonly otherBytes: number;
  /** What was stored lately, and is still there. @default - the registry is younger than a day */
  readonly growth?: Growth;
}

export interface Growth {
  readonly bytes: number;
  /** At most 7. */
  readonly days: number;
}

export interface WeighedUpload extends UnfinishedUpload {
  readonly bytes: number;
}

const AT_ONCE = 8;

const DAY_MS = 86_400_000;
const WEEK = 7;

export async function measureSpace(
  client: S3Client,
  { root }: Pick<StorageAccess, "root">,
  now = Date.now(),
): Promise<Space> {
  const objects: StoredObject[] = [];
  for await (const object of client.list("")) objects.push(object);
  const inventory = takeInventory(objects, root);
  const closure = await findClosure(inventory, (key) => client.read(key), { root, untagged: "drop" });
  const total = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  const [needed, unneeded] = [true, false].map((is) =>
    [...inventory.blobs].reduce((sum, [digest, { bytes }]) => sum + (closure.blobs.has(digest) === is ? bytes : 0), 0),
  ) as [number, number];
  return {
    neededBytes: needed,
    unneededBytes: unneeded,
    uploads: await weighUploads(client, root),
    otherBytes: total - needed - unneeded,
    growth: growthOf(objects, now),
  };
}

/** Of what is there now: what was pushed and collected within the week is no growth. */
export function growthOf(objects: readonly StoredObject[], now: number): Growth | undefined {
  const oldest = objects.reduce((first, { modified }) => Math.min(first, modified), now);
  const days = Math.min(WEEK, (now - oldest) / DAY_MS);
  if (days < 1) return undefined;
  const lately = objects.filter(({ modified }) => modified >= now - days * DAY_MS);
  return { bytes: lately.reduce((sum, { bytes }) => sum + bytes, 0), days };
}

/** Days until the disk is full at the pace of a growth; nothing when it does not grow. */
export function daysLeft(freeBytes: number, { bytes, days }: Growth): number | undefined {
  return bytes > 0 ? (freeBytes * days) / bytes : undefined;
}

async function weighUploads(client: S3Client, root: string): Promise<WeighedUpload[]> {
  const uploads: UnfinishedUpload[] = [];
  for await (const upload of client.uploads(root)) uploads.push(upload);
  return mapAtOnce(AT_ONCE, uploads, async (upload) => ({ ...upload, bytes: await client.uploadedBytes(upload) }));
}

export const bytesOf = (uploads: readonly WeighedUpload[]) => uploads.reduce((sum, { bytes }) => sum + bytes, 0);

/** Uploads that were begun before a moment: whoever pushes has gone. */
export function abandoned(uploads: readonly WeighedUpload[], before: number): WeighedUpload[] {
  return uploads.filter(({ started }) => started < before);
}

/** Throws unfinished uploads away, with their parts. What was finished is not touched. */
export async function abortUploads(client: S3Client, uploads: readonly UnfinishedUpload[]): Promise<void> {
  await mapAtOnce(AT_ONCE, uploads, (upload) => client.abortUpload(upload));
}
