import { expect, test } from "vitest";
import { spaceText } from "../../../cli/render/space";
import { createStyle } from "../../../cli/render/style";
import { blobKey } from "../../../operations/closure/inventory";
import { abandoned, abortUploads, daysLeft, growthOf, measureSpace } from "../../../operations/space/space";
import { diskOf, isNearlyFull } from "../../../operations/storage/disk";
import { MemoryS3 } from "../../support/memory-s3";
import { digestOf, ROOT, StoredRegistry } from "../../support/stored-registry";

const HOUR = 3_600_000;

async function bucket() {
  const stored = new StoredRegistry();
  stored.tag("a", "v1", stored.manifest("a", { layers: [stored.blob("a", "x".repeat(1000))] }));
  stored.set(blobKey(digestOf("nobody's")), "nobody's");
  const s3 = await MemoryS3.start();
  for (const [key, { content }] of stored.objects) s3.put(key, content);
  s3.put("elsewhere", "12345");
  s3.uploads.set("old", { key: `${ROOT}a/data`, started: new Date(0), parts: [100, 50] });
  s3.uploads.set("young", { key: `${ROOT}b/data`, started: new Date(2 * HOUR), parts: [7] });
  s3.uploads.set("others", { key: "elsewhere", started: new Date(0), parts: [9] });
  const total = [...s3.objects.values()].reduce((sum, { content }) => sum + content.length, 0);
  return { s3, total };
}

test("what takes the space adds up; uploads of others in the bucket are not ours", async () => {
  const { s3, total } = await bucket();
  const space = await measureSpace(s3.client(), { root: ROOT });
  expect(space.unneededBytes).toBe(8);
  expect(space.neededBytes).toBeGreaterThan(1000);
  expect(space.neededBytes + space.unneededBytes + space.otherBytes).toBe(total);
  expect(space.uploads.map(({ id, bytes }) => [id, bytes])).toEqual([
    ["old", 150],
    ["young", 7],
  ]);
});

test("uploads that were begun before go, younger ones and finished objects stay", async () => {
  const { s3 } = await bucket();
  const client = s3.client();
  const objects = [...s3.objects.keys()];
  const { uploads } = await measureSpace(client, { root: ROOT });
  await abortUploads(client, abandoned(uploads, 2 * HOUR));
  expect([...s3.uploads.keys()]).toEqual(["young", "others"]);
  expect([...s3.objects.keys()]).toEqual(objects);
});

test("the text names what frees it", async () => {
  const { s3 } = await bucket();
  const space = await measureSpace(s3.client(), { root: ROOT });
  const disk = { bytes: 1_000_000_000, freeBytes: 0 };
  const old = abandoned(space.uploads, HOUR);
  expect(spaceText("local", space, { disk, old, minutes: 60 }, createStyle(false))).toMatchInlineSnapshot(`
    "    1.2 kB  images that tags need
           8 B  not needed by any tag
                → private-registry gc local --delete-untagged
         157 B  unfinished uploads: 2, 1 begun more than 60 minutes ago
                → private-registry space local --abort-uploads
         289 B  links and other objects of the bucket
           0 B  stored in the last 7 days
        1.0 GB  file system, 100 % full, 0 B free"
  `);
});

test.each([
  [{ bytes: 734_000_000, freeBytes: 0 }, true],
  [{ bytes: 100e9, freeBytes: 4.9e9 }, true],
  [{ bytes: 100e9, freeBytes: 5e9 }, false],
  [{ bytes: 4e12, freeBytes: 19e9 }, true],
  [{ bytes: 4e12, freeBytes: 21e9 }, false],
])("a disk %o is nearly full: %s", (disk, is) => {
  expect(isNearlyFull(disk)).toBe(is);
});

test("of several drives the fullest counts; without a table nothing is known", () => {
  const table = `Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/a 1000 100 900 10% /data/1
/dev/b 1000 900 100 90% /data/2
`;
  expect(diskOf(table)).toEqual({ bytes: 1000 * 1024, freeBytes: 100 * 1024 });
  expect(diskOf("df: no such file")).toBeUndefined();
});

test("a storage that is full is not asked again and again", async () => {
  const s3 = await MemoryS3.start();
  // As RustFS 1.0.1 says it.
  const body = "<Error><Code>InternalError</Code><Message>Disk full</Message></Error>";
  s3.fault = () => ({ status: 500, body });
  await expect(s3.client().write("a", "b")).rejects.toMatchObject({
    message: "The storage did not take a: the storage is full (500 InternalError Disk full)",
    remedy: "private-registry space local says what takes the space, and what frees it",
  });
  expect(s3.requests).toHaveLength(1);
});

test("the pace of the last week says when the disk is full; a young registry, or one that does not grow, says nothing", () => {
  const day = 24 * HOUR;
  const now = 100 * day;
  const object = (ageDays: number, bytes: number) => ({ key: "k", etag: "", bytes, modified: now - ageDays * day });
  const old = [object(50, 9000), object(6.9, 600), object(0.1, 100)];
  expect(growthOf(old, now)).toEqual({ bytes: 700, days: 7 });
  expect(daysLeft(1000, { bytes: 700, days: 7 })).toBe(10);
  expect(growthOf([object(3, 300), object(1, 30)], now)).toEqual({ bytes: 330, days: 3 });
  expect(growthOf([object(0.5, 300)], now)).toBeUndefined();
  expect(growthOf([], now)).toBeUndefined();
  expect(daysLeft(1000, { bytes: 0, days: 7 })).toBeUndefined();
  const space = { neededBytes: 1, unneededBytes: 0, uploads: [], otherBytes: 0, growth: { bytes: 700, days: 7 } };
  const text = (freeBytes: number, growth = space.growth) =>
    spaceText(
      "local",
      { ...space, growth },
      { disk: { bytes: 1e6, freeBytes }, old: [], minutes: 60 },
      createStyle(false),
    );
  expect(text(1090)).toContain("700 B  stored in the last 7 days; at that pace the disk is full in 10 days\n");
  expect(text(1090, { bytes: 0, days: 7 })).toMatch(/0 B {2}stored in the last 7 days$/m);
});
