import { describe, expect, test } from "vitest";
import { GRACE_MS, planTrim } from "../../../operations/cache/trim-plan";
import type { StoredObject } from "../../../operations/storage/answers";

const ROOT = "hub/docker/registry/v2/";
const NOW = Date.parse("2026-11-26T12:00:00Z");
const hoursAgo = (hours: number) => NOW - hours * 3_600_000;
const hex = (letter: string) => letter.repeat(64);

const blob = (letter: string, bytes: number, hours = 100): StoredObject => ({
  key: `${ROOT}blobs/sha256/${letter}${letter}/${hex(letter)}/data`,
  bytes,
  modified: hoursAgo(hours),
  etag: "",
});
const link = (repository: string, kind: string, hours = 100): StoredObject => ({
  key: `${ROOT}repositories/${repository}/${kind}/link`,
  bytes: 71,
  modified: hoursAgo(hours),
  etag: "",
});
const layer = (repository: string, letter: string, hours = 100) =>
  link(repository, `_layers/sha256/${hex(letter)}`, hours);
const tag = (repository: string, hours: number) => link(repository, "_manifests/tags/1/current", hours);

/** `old` and `new` share layer b; d belongs to nobody. */
const OBJECTS = [
  blob("a", 1000),
  blob("b", 500),
  blob("c", 300),
  blob("d", 50),
  layer("team/old", "a"),
  layer("team/old", "b"),
  tag("team/old", 48),
  layer("team/new", "b"),
  link("team/new", `_manifests/revisions/sha256/${hex("c")}`),
  tag("team/new", 2),
];
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);

describe("planTrim", () => {
  test("removes nothing that is used while everything fits; what nobody refers to goes", () => {
    const plan = planTrim(OBJECTS, ROOT, 1_000_000, NOW);
    expect(plan).toMatchObject({ bytesBefore: 1850, bytesAfter: 1800, remove: [] });
    expect(plan.keys).toEqual([blob("d", 50).key]);
  });

  test("removes what was not asked for the longest; a shared layer stays with the other", () => {
    const plan = planTrim(OBJECTS, ROOT, 1000, NOW);
    expect([names(plan.remove), names(plan.keep), plan.bytesAfter]).toEqual([["team/old"], ["team/new"], 800]);
    expect(plan.remove[0]).toEqual({ name: "team/old", bytes: 1500, lastUsed: hoursAgo(48) });
    expect(plan.keys).toEqual([
      layer("team/old", "a").key,
      layer("team/old", "b").key,
      tag("team/old", 48).key,
      blob("a", 1000).key,
      blob("d", 50).key,
    ]);
  });

  test("stops as soon as the rest fits, to the byte", () => {
    expect(names(planTrim(OBJECTS, ROOT, 1800, NOW).remove)).toEqual([]);
    expect(names(planTrim(OBJECTS, ROOT, 1799, NOW).remove)).toEqual(["team/old"]);
    expect(names(planTrim(OBJECTS, ROOT, 800, NOW).remove)).toEqual(["team/old"]);
    expect(names(planTrim(OBJECTS, ROOT, 799, NOW).remove)).toEqual(["team/old", "team/new"]);
  });

  test("a repository that was fetched long ago and asked for today is not old", () => {
    const objects = [
      blob("a", 1000, 9000),
      layer("long/ago", "a", 9000),
      tag("long/ago", 3),
      blob("b", 1000),
      layer("x", "b", 90),
    ];
    expect(names(planTrim(objects, ROOT, 1000, NOW).remove)).toEqual(["x"]);
  });

  test("leaves alone what is younger than an hour: links that a pull is writing, layers that nothing links to yet", () => {
    const young = GRACE_MS / 3_600_000 - 0.01;
    const objects = [blob("a", 1000, young), layer("busy", "a", young), blob("b", 1000, young)];
    expect(planTrim(objects, ROOT, 1, NOW)).toMatchObject({ remove: [], keys: [], bytesAfter: 2000 });
    const older = [blob("a", 1000, 1.01), layer("busy", "a", 1.01), blob("b", 1000, 1.01)];
    expect(planTrim(older, ROOT, 1, NOW).keys).toHaveLength(3);
  });

  test("touches nothing outside of the registry's own layout", () => {
    const foreign = [
      "other/file",
      "hub/docker/registry/v1/x",
      `${ROOT}repositories/a/_uploads/u/data`,
      `${ROOT}unknown`,
    ].map((key) => ({ key, bytes: 10_000, modified: hoursAgo(9000), etag: "" }));
    expect(planTrim(foreign, ROOT, 1, NOW)).toMatchObject({ keys: [], bytesBefore: 0 });
  });

  test("a repository whose names look like the layout's is one repository", () => {
    const odd = "team/_layers-not/blobs";
    const plan = planTrim([blob("a", 9), layer(odd, "a")], ROOT, 1, NOW);
    expect(names(plan.remove)).toEqual([odd]);
  });
});
