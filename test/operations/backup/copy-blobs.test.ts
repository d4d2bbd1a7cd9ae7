import { expect, test } from "vitest";
import type { RcloneResult } from "../../../operations/backup/copier";
import { type CopyOptions, copyBlobs, WRONG } from "../../../operations/backup/copy-blobs";
import type { Pool, Verified } from "../../../operations/backup/pool";

const DONE: RcloneResult = { code: 0, output: "", errors: [] };

type Content = "good" | "wrong" | "absent";

/** A pool and a source of which one knows what is in each blob; the source may be away for some looks. */
function places(source: Record<string, Content>, pool: Record<string, Content> = {}, awayFor = 0) {
  let away = awayFor;
  const removed: string[] = [];
  const look = (where: Record<string, Content>, digests: readonly string[]): Verified => ({
    good: new Set(digests.filter((one) => where[one] === "good")),
    wrong: digests.filter((one) => where[one] === "wrong"),
    unreadable: new Map(digests.flatMap((one) => ((where[one] ?? "absent") === "absent" ? [[one, "gone"]] : []))),
  });
  const fake = {
    copy: async (_from: string, _to: string, digests: readonly string[]) => {
      for (const one of digests) if (away === 0 && source[one] !== "absent") pool[one] = source[one] ?? "absent";
      return DONE;
    },
    verify: async (of: string, digests: readonly string[]) => {
      if (of !== "source") return look(pool, digests);
      return away > 0 && away-- > 0 ? look({}, digests) : look(source, digests);
    },
    remove: async (digests: readonly string[]) => void removed.push(...digests),
    failure: (what: string) => new Error(what),
  };
  return { pool: fake as unknown as Pool, removed };
}

const options = (more: Partial<CopyOptions> = {}): CopyOptions => ({
  ...{ from: "source", onState: () => {}, onProven: async () => {}, settled: async () => {} },
  ...more,
});

const wanted = (...absent: string[]) => ({ absent, unproven: [], sizes: new Map(absent.map((one) => [one, 10])) });

test("what the source has wrong is lost, named, and taken out of the pool again", async () => {
  const { pool, removed } = places({ a: "good", b: "wrong", c: "absent" });
  const { proven, lost, blobs, bytes } = await copyBlobs(pool, wanted("a", "b", "c"), options());
  expect([[...proven], blobs, bytes, removed]).toEqual([["a"], 1, 10, ["b"]]);
  expect(lost).toEqual(
    new Map([
      ["c", "gone"],
      ["b", WRONG],
    ]),
  );
});

test("a source that is away for a moment has lost nothing", async () => {
  const { pool } = places({ a: "good" }, {}, 1);
  const { proven, lost } = await copyBlobs(pool, wanted("a"), options());
  expect([[...proven], lost.size]).toEqual([["a"], 0]);
});

test("one that does not come back ends the backup instead", async () => {
  const { pool } = places({ a: "good" }, {}, 99);
  const settled = () => Promise.reject(new Error("the storage does not answer"));
  await expect(copyBlobs(pool, wanted("a"), options({ settled }))).rejects.toThrow("the storage does not answer");
});

test("a flipped bit in the pool that was never read there is mended from the source", async () => {
  const { pool } = places({ a: "good" }, { a: "wrong" });
  const { proven, lost } = await copyBlobs(pool, { ...wanted(), unproven: ["a"] }, options());
  expect([[...proven], lost.size]).toEqual([["a"], 0]);
});
