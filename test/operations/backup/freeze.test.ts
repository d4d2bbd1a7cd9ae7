import { expect, test } from "vitest";
import { closureOf, describe as describeRepositories, freeze, missingOf } from "../../../operations/backup/freeze";
import { ROOT, StoredRegistry } from "../../support/stored-registry";

const A = "team/app";

/** A storage in which something happens before each read of an object, or each list. */
function sourceOf(
  stored: StoredRegistry,
  before: { list?: (prefix: string) => void; read?: (key: string) => void } = {},
) {
  return {
    async *list(prefix: string) {
      before.list?.(prefix);
      const found = [...stored.objects].filter(([key]) => key.startsWith(prefix));
      for (const [key, { content, modified }] of found) yield { key, modified, bytes: content.length, etag: "" };
    },
    read: (key: string) => {
      before.read?.(key);
      return stored.read(key);
    },
  };
}

async function snapshotOf(source: ReturnType<typeof sourceOf>) {
  const frozen = await freeze(source, ROOT, () => {});
  const closure = await closureOf(frozen);
  return {
    closure,
    repositories: describeRepositories(frozen, closure),
    missing: missingOf(closure.missing, new Map()),
  };
}

test("a tag with when it was pushed, its manifest and layers; a manifest without a tag; nothing that nobody needs", async () => {
  const stored = new StoredRegistry();
  const old = stored.image(A, ["old"]);
  const image = stored.image(A, ["one"]);
  stored.tag(A, "v1", old, 1000);
  stored.tag(A, "v1", image, 2000);
  stored.blob(A, "of a push that was given up");
  const { repositories, missing } = await snapshotOf(sourceOf(stored));
  expect(missing).toEqual([]);
  const { revisions = [], layers = [], tags = [] } = repositories[A] ?? {};
  expect(revisions).toEqual([image.digest, old.digest].sort());
  expect(layers).toHaveLength(4);
  expect(tags).toEqual([
    {
      name: "v1",
      digest: image.digest,
      pushed: "1970-01-01T00:00:02.000Z",
      history: [image.digest, old.digest].sort(),
    },
  ]);
});

test("a tag that is moved after the links were listed: its new image is whole", async () => {
  const stored = new StoredRegistry();
  stored.tag(A, "v1", stored.image(A, ["old"]));
  let moved: { digest: string } | undefined;
  const source = sourceOf(stored, {
    read: () => {
      if (moved) return;
      moved = stored.image(A, ["new"]);
      stored.tag(A, "v1", moved);
    },
  });
  const { repositories, missing } = await snapshotOf(source);
  expect(missing).toEqual([]);
  expect(repositories[A]?.tags[0]?.digest).toBe(moved?.digest);
  expect(repositories[A]?.revisions).toContain(moved?.digest);
});

test("a tag that is moved while the blobs are listed stays what it was", async () => {
  const stored = new StoredRegistry();
  const first = stored.image(A, ["old"]);
  stored.tag(A, "v1", first);
  const source = sourceOf(stored, {
    list: (prefix) => {
      if (prefix === `${ROOT}blobs/`) stored.tag(A, "v1", stored.image(A, ["new"]));
    },
  });
  const { repositories, missing } = await snapshotOf(source);
  expect([missing, repositories[A]?.tags[0]?.digest]).toEqual([[], first.digest]);
});

test("a tag that is deleted meanwhile is in no snapshot", async () => {
  const stored = new StoredRegistry();
  stored.tag(A, "v1", stored.image(A, ["one"]));
  const source = sourceOf(stored, { read: (key) => void stored.objects.delete(key) });
  expect((await snapshotOf(source)).repositories[A]?.tags).toEqual([]);
});

test("what the registry has lost is named, with the tags that need it", async () => {
  const stored = new StoredRegistry();
  const image = stored.image(A, ["one"]);
  stored.tag(A, "v1", image);
  stored.tag(A, "latest", image);
  const lost = stored.inventory().repositories.get(A)?.layers.keys().next().value as string;
  stored.objects.delete(`${ROOT}blobs/sha256/${lost.slice(7, 9)}/${lost.slice(7)}/data`);
  const { missing } = await snapshotOf(sourceOf(stored));
  expect(missing).toEqual([
    {
      digest: lost,
      reason: "is not in the storage",
      neededBy: [`${A}:latest`, `${A}:v1`, `${A}@${image.digest}`].sort(),
    },
  ]);
});

test("a tag called __proto__ is one like any other", async () => {
  const stored = new StoredRegistry();
  const image = stored.image(A, ["one"]);
  stored.tag(A, "__proto__", image);
  const { repositories } = await snapshotOf(sourceOf(stored));
  expect(JSON.parse(JSON.stringify(repositories))[A].tags).toMatchObject([{ name: "__proto__", digest: image.digest }]);
});
