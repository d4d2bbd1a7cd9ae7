import { expect, test } from "vitest";
import { planPrune } from "../../../operations/backup/prune";
import type { Snapshot } from "../../../operations/backup/snapshot";

const [A, B, C] = ["a", "b", "c"].map((one) => `sha256:${one.repeat(64)}`) as [string, string, string];

function snapshots(...all: [name: string, blobs: string[], missing?: boolean][]): Map<string, Snapshot> {
  return new Map(
    all.map(([name, blobs, missing]) => [
      name,
      {
        ...{ version: 1, environment: "prod", taken: "2026-01-01T00:00:00Z", finished: "2026-01-01T00:00:00Z" },
        missing: missing ? [{ digest: A, reason: "is not in the storage", neededBy: [] }] : [],
        blobs: Object.fromEntries(blobs.map((digest) => [digest, 10])),
        repositories: {},
      } satisfies Snapshot,
    ]),
  );
}

const there = new Map([A, B, C].map((digest) => [digest, 10]));

test("old ones go, with the blobs that no kept one needs, whoever else needed them", () => {
  expect(planPrune(snapshots(["1", [A, B]], ["2", [B]], ["3", [B, C]]), there, 2)).toEqual({
    ...{ keep: ["2", "3"], remove: ["1"], blobs: [A], bytes: 10 },
  });
});

test("incomplete ones do not count, and newer ones than the oldest that is kept stay", () => {
  const { keep, remove } = planPrune(snapshots(["1", [A], true], ["2", [A]], ["3", [A], true]), there, 1);
  expect([keep, remove]).toEqual([["2", "3"], ["1"]]);
});

test("the last whole one is never removed, and without one nothing is", () => {
  expect(planPrune(snapshots(["1", [A]], ["2", [B], true]), there, 1).remove).toEqual([]);
  expect(planPrune(snapshots(["1", [A], true], ["2", [B], true]), there, 1).remove).toEqual([]);
});
