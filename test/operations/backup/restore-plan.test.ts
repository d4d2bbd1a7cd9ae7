import { expect, test } from "vitest";
import { planRestore } from "../../../operations/backup/restore-plan";
import { digestOfBlob, parseSnapshot, type Snapshot, snapshotName } from "../../../operations/backup/snapshot";
import { digestOf, ROOT, StoredRegistry } from "../../support/stored-registry";

const A = "team/app";
const [ONE, TWO, LAYER] = ["one", "two", "layer"].map(digestOf) as [string, string, string];

const snapshot: Snapshot = {
  ...{ version: 1, environment: "prod", taken: "2026-01-01T00:00:00Z", finished: "2026-01-01T00:00:00Z", missing: [] },
  blobs: { [ONE]: 3, [TWO]: 3, [LAYER]: 5 },
  repositories: {
    [A]: {
      revisions: [ONE, TWO],
      layers: [LAYER],
      tags: [{ name: "v1", digest: ONE, pushed: "2026-01-01T00:00:00Z", history: [ONE, TWO] }],
    },
    other: { revisions: [], layers: [], tags: [] },
  },
};

function now(stored: StoredRegistry) {
  const inventory = stored.inventory();
  const keys = [...inventory.repositories.values()].flatMap(({ tags }) => [...tags.values()].map(({ key }) => key));
  return { inventory, held: new Map(keys.map((key) => [key, Buffer.from(stored.objects.get(key)?.content ?? "")])) };
}

test("an empty registry gets everything, tags apart from the rest", () => {
  const plan = planRestore(snapshot, now(new StoredRegistry()));
  expect(plan).toMatchObject({ absent: [LAYER, ONE, TWO], bytes: 11, moved: [] });
  expect(plan.links.map(([path]) => path)).toEqual([
    `${A}/_layers/sha256/${LAYER.slice(7)}/link`,
    `${A}/_manifests/revisions/sha256/${ONE.slice(7)}/link`,
    `${A}/_manifests/revisions/sha256/${TWO.slice(7)}/link`,
    `${A}/_manifests/tags/v1/index/sha256/${ONE.slice(7)}/link`,
    `${A}/_manifests/tags/v1/index/sha256/${TWO.slice(7)}/link`,
  ]);
  expect(plan.tagLinks).toEqual([[`${A}/_manifests/tags/v1/current/link`, ONE]]);
  expect(plan.added).toMatchObject([{ repository: A, tag: "v1", digest: ONE }]);
});

test("a tag that moved since is set back, though its link has the same size", () => {
  const stored = new StoredRegistry();
  for (const content of ["one", "two", "layer"]) stored.blob(A, content);
  stored.tag(A, "v1", { digest: TWO });
  const plan = planRestore(snapshot, now(stored));
  expect(plan).toMatchObject({ absent: [], added: [], moved: [{ tag: "v1", digest: ONE, now: TWO }] });
});

test("a blob of another size is copied again", () => {
  const stored = new StoredRegistry();
  stored.set(`blobs/sha256/${LAYER.slice(7, 9)}/${LAYER.slice(7)}/data`, "cut");
  expect(planRestore(snapshot, now(stored)).absent).toContain(LAYER);
});

test("what the backup lost: no link to it, and no tag on it", () => {
  const plan = planRestore(snapshot, now(new StoredRegistry()), undefined, new Set([ONE]));
  expect(plan.tagLinks).toEqual([]);
  expect(plan.links.filter(([, digest]) => digest === ONE)).toEqual([]);
});

test("what was missing at the registry when the snapshot was made is not linked either", () => {
  const { [LAYER]: _, ...blobs } = snapshot.blobs;
  const plan = planRestore({ ...snapshot, blobs }, now(new StoredRegistry()));
  expect(plan.links.filter(([path]) => path?.includes("_layers"))).toEqual([]);
});

test("one repository only; one that is not there is named with those that are", () => {
  expect(planRestore(snapshot, now(new StoredRegistry()), "other")).toMatchObject({
    repositories: ["other"],
    links: [],
  });
  expect(() => planRestore(snapshot, now(new StoredRegistry()), "app")).toThrowError(
    expect.objectContaining({ remedy: `close to it: ${A}` }),
  );
});

test("snapshots: names that sort by time, and a text that is none is refused", () => {
  expect(snapshotName(new Date("2026-11-26T18:05:01.234Z"))).toBe("2026-11-26T18-05-01Z");
  expect(parseSnapshot(JSON.stringify(snapshot), "x")).toEqual(snapshot);
  expect(() => parseSnapshot('{"version":2}', "x")).toThrow(/snapshot x cannot be read/);
});

test("only what lies where its digest says is a blob of the pool", () => {
  const path = `sha256/${ONE.slice(7, 9)}/${ONE.slice(7)}/data`;
  expect(digestOfBlob(path)).toBe(ONE);
  expect(digestOfBlob(`${path}.8f3a.partial`)).toBeUndefined();
  expect(
    digestOfBlob(path.replace(/^sha256\/../, ONE.slice(7, 9) === "00" ? "sha256/01" : "sha256/00")),
  ).toBeUndefined();
  expect(ROOT).toContain("docker");
});

test("a registry that had no images when it was backed up has nothing to restore", () => {
  const plan = planRestore({ ...snapshot, blobs: {}, repositories: {} }, now(new StoredRegistry()));
  expect(plan).toMatchObject({ absent: [], links: [], tagLinks: [], bytes: 0 });
});
