import { expect, test } from "vitest";
import { retention } from "../../../config/schema/retention";
import { planRetention } from "../../../operations/retention/plan";
import { ROOT, StoredRegistry } from "../../support/stored-registry";

const A = "team/app";
const rules = (keep: object) => retention.parse([{ repositories: ["**"], keep }]);
const companion = (digest: string, end = "") => digest.replace(":", "-") + end;

async function goingOf(stored: StoredRegistry, keep: object): Promise<string[]> {
  const { going } = await planRetention(stored.inventory(), stored.read, ROOT, rules(keep), 100);
  return going.map(({ tag }) => tag.name);
}

test("what belongs to an image goes with it, and what belongs to that; a digest that another tag has stays with all of it", async () => {
  const stored = new StoredRegistry();
  const [kept, gone] = [stored.image(A, ["kept"]), stored.image(A, ["gone"])];
  stored.tag(A, "v2", kept, 2);
  stored.tag(A, "v2-again", kept, 1);
  stored.tag(A, "v1", gone, 1);
  for (const image of [kept, gone]) {
    const signature = stored.image(A, [`signature of ${image.digest}`]);
    stored.tag(A, companion(image.digest, ".sig"), signature);
    stored.tag(A, companion(signature.digest, ".att"), stored.image(A, [`attestation of ${signature.digest}`]));
    stored.tag(A, companion(image.digest), stored.index(A, [stored.image(A, ["sbom"], { subject: image })]));
  }
  const names = await goingOf(stored, { newest: 1 });
  expect(names).toHaveLength(5);
  expect(names).toEqual(
    expect.arrayContaining(["v1", "v2-again", companion(gone.digest), companion(gone.digest, ".sig")]),
  );
});

test("what belongs to a child of a kept index stays", async () => {
  const stored = new StoredRegistry();
  const child = stored.image(A, ["amd64"]);
  stored.tag(A, "v2", stored.index(A, [child]), 2);
  stored.tag(A, "amd64", child, 1);
  stored.tag(A, companion(child.digest, ".sig"), stored.image(A, ["signature"]));
  expect(await goingOf(stored, { newest: 1 })).toEqual(["amd64"]);
});

test("a signature whose image is gone already goes", async () => {
  const stored = new StoredRegistry();
  stored.tag(A, "v1", stored.image(A, ["v1"]), 1);
  stored.tag(A, `sha256-${"a".repeat(64)}.sig`, stored.image(A, ["signature"]));
  expect(await goingOf(stored, { newest: 1 })).toEqual([`sha256-${"a".repeat(64)}.sig`]);
});

test("bytes that a collection frees afterwards: what is shared with kept images is not among them", async () => {
  const stored = new StoredRegistry();
  const shared = "s".repeat(1000);
  stored.tag(A, "v2", stored.manifest(A, { layers: [stored.blob(A, shared)] }), 2);
  const old = stored.manifest(A, { layers: [stored.blob(A, shared), stored.blob(A, "o".repeat(500))] });
  stored.tag(A, "v1", old, 1);
  const { freedBytes } = await planRetention(stored.inventory(), stored.read, ROOT, rules({ newest: 1 }), 100);
  expect(freedBytes).toBe(500 + old.size);
});

test("the size of a tag is that of all it needs, each once, whoever else does", async () => {
  const stored = new StoredRegistry();
  const shared = stored.blob(A, "s".repeat(1000));
  const [one, two] = [stored.manifest(A, { layers: [shared, shared] }), stored.manifest(A, { layers: [shared] })];
  const index = stored.index(A, [one, two]);
  stored.tag(A, "v1", two, 1);
  stored.tag(A, "v2", index, 2);
  const { going, staying } = await planRetention(stored.inventory(), stored.read, ROOT, rules({ newest: 1 }), 100);
  expect(going.map(({ tag }) => [tag.name, tag.bytes])).toEqual([["v1", 1000 + two.size]]);
  expect(staying.map(({ tag }) => [tag.name, tag.bytes])).toEqual([["v2", 1000 + one.size + two.size + index.size]]);
});
