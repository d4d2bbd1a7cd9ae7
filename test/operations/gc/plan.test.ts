import { expect, test } from "vitest";
import { findClosure } from "../../../operations/closure/closure";
import { blobKey, type Digest } from "../../../operations/closure/inventory";
import { conflicts, planSweep, unneededManifests } from "../../../operations/gc/plan";
import { digestOf, ROOT, StoredRegistry } from "../../support/stored-registry";

const A = "team/app";

async function example() {
  const stored = new StoredRegistry();
  const kept = stored.image(A, ["kept"]);
  const former = stored.image(A, ["former"]);
  stored.tag(A, "v1", former);
  stored.tag(A, "v1", kept);
  const closure = await findClosure(stored.inventory(), stored.read, { root: ROOT, untagged: "drop" });
  return { stored, kept, former, closure };
}

const eligible = (blobs: Digest[], layers: Digest[] = []) => ({
  ...{ marked: 0, blobs: new Set(blobs), layers: layers.map((digest) => ({ repository: A, digest })) },
});

test("a manifest without a tag goes with its link and what the tag remembers of it", async () => {
  const { stored, former, closure } = await example();
  const path = former.digest.replace(":", "/");
  expect(unneededManifests(stored.inventory(), closure)).toEqual([
    {
      ...{ repository: A, digest: former.digest, bytes: former.size },
      keys: [
        `${ROOT}repositories/${A}/_manifests/tags/v1/index/${path}/link`,
        `${ROOT}repositories/${A}/_manifests/revisions/${path}/link`,
      ],
    },
  ]);
});

test("what a tag needs is a conflict: a blob, a link of the same repository", async () => {
  const { kept, former, closure } = await example();
  expect(conflicts(eligible([former.digest, digestOf("former")], [digestOf("former")]), closure)).toEqual([]);
  expect(conflicts(eligible([kept.digest, digestOf("kept")], [digestOf("kept")]), closure)).toEqual([
    kept.digest,
    digestOf("kept"),
    `${A}: link to ${digestOf("kept")}`,
  ]);
});

test("links go before blobs; what is not there is not asked for", async () => {
  const { stored } = await example();
  const digest = digestOf("former");
  const sweep = planSweep(stored.inventory(), eligible([digest, digestOf("nowhere")], [digest]), 1);
  expect(sweep).toEqual({
    ...{ blobs: 1, bytes: 6, young: 0 },
    keys: [ROOT + stored.layerLink(A, digest), ROOT + blobKey(digest)],
  });
});

test.each<[string, (stored: StoredRegistry, digest: Digest) => void, number]>([
  ["a blob of that age", (stored, digest) => stored.set(blobKey(digest), "former", 1000), 1],
  ["a blob a moment older", (stored, digest) => stored.set(blobKey(digest), "former", 999), 0],
  ["an old blob with a young link", (stored, digest) => stored.set(stored.layerLink(A, digest), digest, 1000), 1],
  [
    "one that another repository linked lately",
    (stored, digest) => stored.set(stored.layerLink("b", digest), digest, 1000),
    1,
  ],
])("young ones stay: %s", async (_name, change, young) => {
  const { stored } = await example();
  const digest = digestOf("former");
  change(stored, digest);
  const sweep = planSweep(stored.inventory(), eligible([digest], [digest]), 1000);
  expect([sweep.young, sweep.blobs, sweep.keys.length]).toEqual([young, 1 - young, 2 - 2 * young]);
});
