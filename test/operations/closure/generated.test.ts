import { expect, test } from "vitest";
import { findClosure } from "../../../operations/closure/closure";
import { blobKey, type Digest, takeInventory } from "../../../operations/closure/inventory";
import { Random } from "../../review/random";
import { ROOT, StoredRegistry } from "../../support/stored-registry";

/** A registry of a few repositories that share layers, with indexes, referrers, untagged images and tags of all kinds. */
function generate(random: Random): StoredRegistry {
  const stored = new StoredRegistry();
  const next = () => random.next();
  const pick = <T>(items: readonly T[]) => random.pick(items);
  const contents = Array.from({ length: 8 }, (_, n) => `layer ${n}`);
  for (const repository of ["a", "team/b", "team/b/c"]) {
    const made: { digest: Digest; mediaType: string; size: number }[] = [];
    for (let n = 0; n < 2 + next() * 10; n++) {
      const kind = next();
      const subject = made.length > 0 && next() < 0.3 ? { subject: pick(made) } : {};
      const layers = Array.from({ length: 1 + Math.floor(next() * 3) }, () => pick(contents));
      if (kind < 0.7 || made.length === 0) made.push(stored.image(repository, layers, { ...subject, n: next() }));
      else made.push(stored.index(repository, [pick(made), pick(made)], { ...subject, n: next() }));
    }
    for (let n = 0; n < next() * 5; n++) stored.tag(repository, `v${n}`, pick(made));
    for (const one of made)
      if (next() < 0.15) stored.tag(repository, `${one.digest.replace(":", "-")}.sig`, pick(made));
  }
  return stored;
}

/** What a client does: everything behind every tag, with what belongs to it. @returns what it could not have */
function pullAll(stored: StoredRegistry): string[] {
  const failed: string[] = [];
  const get = (repository: string, digest: Digest, link: string) => {
    if (!stored.has(link) || !stored.has(blobKey(digest))) failed.push(`${repository}@${digest}`);
    return stored.text(blobKey(digest)) ?? "{}";
  };
  for (const [repository, { tags, revisions }] of stored.inventory().repositories) {
    const pulled = new Set<Digest>();
    const pull = (digest: Digest) => {
      if (pulled.has(digest)) return;
      pulled.add(digest);
      const {
        config,
        layers = [],
        manifests = [],
      } = JSON.parse(get(repository, digest, stored.revisionLink(repository, digest)));
      for (const one of [config, ...layers].filter(Boolean))
        get(repository, one.digest, stored.layerLink(repository, one.digest));
      for (const one of manifests) pull(one.digest);
      for (const other of revisions.keys())
        if (JSON.parse(stored.text(blobKey(other)) ?? "{}").subject?.digest === digest) pull(other);
    };
    for (const { key } of tags.values()) pull(stored.objects.get(key)?.content as Digest);
  }
  return failed;
}

const SEEDS = Array.from({ length: process.env.CI ? 60 : 15 }, (_, seed) => seed + 1);

test.each(SEEDS)("what is outside of the closure can go, nothing inside can (registry %d)", async (seed) => {
  const stored = generate(new Random(seed));
  expect(pullAll(stored)).toEqual([]);
  const inventory = stored.inventory();
  const closure = await findClosure(inventory, stored.read, { root: ROOT, untagged: "drop" });
  expect(closure.missing).toEqual([]);
  // Without everything else, every pull succeeds.
  for (const digest of inventory.blobs.keys()) if (!closure.blobs.has(digest)) stored.remove(blobKey(digest));
  for (const [name, { layers, revisions }] of inventory.repositories) {
    const reached = closure.repositories.get(name);
    for (const digest of layers.keys()) if (!reached?.layers.has(digest)) stored.remove(stored.layerLink(name, digest));
    for (const digest of revisions.keys())
      if (!reached?.manifests.has(digest)) stored.remove(stored.revisionLink(name, digest));
  }
  expect(pullAll(stored)).toEqual([]);
  // Without any single blob or link of the rest, some pull fails, and the closure says so.
  const left = [...stored.objects].filter(([key]) => !key.includes("/tags/"));
  for (const [key, { content }] of left) {
    // What belongs to another and has no tag leaves no trace when it is gone itself.
    const manifest = stored.text(blobKey(content)) ?? content;
    if (manifest.includes('"subject"')) continue;
    stored.remove(key.slice(ROOT.length));
    expect(pullAll(stored).length, key).toBeGreaterThan(0);
    const again = await findClosure(stored.inventory(), stored.read, { root: ROOT, untagged: "drop" });
    expect(again.missing.length, key).toBeGreaterThan(0);
    stored.set(key.slice(ROOT.length), content);
  }
});

test("keys that are nobody's are told apart", () => {
  const object = (key: string) => ({ key, bytes: 1, modified: 0, etag: "" });
  const keys = [
    "x",
    `${ROOT}blobs/sha256/aa/odd`,
    `${ROOT}repositories/a/_manifests/odd`,
    `${ROOT}repositories/_layers`,
  ];
  const { unknown, blobs, repositories } = takeInventory(keys.map(object), ROOT);
  expect([unknown.map(({ key }) => key), blobs.size, [...repositories.keys()]]).toEqual([keys.slice(1), 0, ["a"]]);
});
