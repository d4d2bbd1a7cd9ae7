import { describe, expect, test } from "vitest";
import { findClosure } from "../../../operations/closure/closure";
import { blobKey, type Digest } from "../../../operations/closure/inventory";
import { measureUsage } from "../../../operations/closure/usage";
import { digestOf, ROOT, StoredRegistry } from "../../support/stored-registry";

const closureOf = (stored: StoredRegistry, options: { untagged?: "keep" | "drop"; keep?: Digest[] } = {}) =>
  findClosure(stored.inventory(), stored.read, { root: ROOT, untagged: "drop", ...options });

const A = "team/app";

describe("what a tag reaches", () => {
  test("an image: manifest, configuration, layers", async () => {
    const stored = new StoredRegistry();
    const image = stored.image(A, ["one", "two"]);
    stored.tag(A, "v1", image, 5);
    stored.image(A, ["nobody's"]);
    const { blobs, repositories, tags, missing } = await closureOf(stored);
    const layers = ["config of one,two", "one", "two"].map(digestOf);
    expect(blobs).toEqual(new Set([image.digest, ...layers]));
    expect(repositories.get(A)).toEqual({ manifests: new Set([image.digest]), layers: new Set(layers) });
    const bytes = image.size + "config of one,two".length + "one".length + "two".length;
    expect(tags).toEqual([{ repository: A, name: "v1", digest: image.digest, pushed: 5, bytes }]);
    expect(missing).toEqual([]);
  });

  test("an index, its images and attestations, and indexes in it", async () => {
    const stored = new StoredRegistry();
    const images = ["amd64", "arm64", "attestation"].map((one) => stored.image(A, [one]));
    const inner = stored.index(A, images.slice(1));
    stored.tag(A, "v1", stored.index(A, [images[0] as never, inner]));
    const { blobs, missing } = await closureOf(stored);
    // Two indexes, three images of manifest, configuration and layer.
    expect([blobs.size, missing]).toEqual([2 + 3 * 3, []]);
  });

  test("an index of which some platforms were never pushed; one without any is not whole, nor one that lost content", async () => {
    const stored = new StoredRegistry();
    const never = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf("arm64"), size: 5 };
    const image = stored.image(A, ["amd64"]);
    stored.tag(A, "sparse", stored.index(A, [image, never]));
    expect(await closureOf(stored)).toMatchObject({ blobs: { size: 1 + 3 }, missing: [] });
    stored.tag(A, "empty", stored.index(A, [never]));
    const { missing } = await closureOf(stored);
    expect(missing.map(({ what, tags }) => [what, tags])).toEqual([
      ["link to a manifest", ["empty"]],
      ["blob", ["empty"]],
    ]);
  });

  test("Docker's schema 2 and schema 1, an artifact, and a kind that nobody knows", async () => {
    const stored = new StoredRegistry();
    const [layer, config, blob, odd] = ["layer", "config", "blob", "odd"].map((one) => stored.blob(A, one));
    const kinds = [
      { mediaType: "application/vnd.docker.distribution.manifest.v2+json", config, layers: [layer] },
      { schemaVersion: 1, fsLayers: [{ blobSum: layer?.digest }] },
      { mediaType: "application/vnd.oci.artifact.manifest.v1+json", blobs: [blob] },
      { mediaType: "application/vnd.example.v9", parts: { first: { digest: odd?.digest } } },
    ];
    for (const [n, kind] of kinds.entries()) stored.tag(A, `v${n}`, stored.manifest(A, kind));
    const { blobs, missing } = await closureOf(stored);
    expect([blobs.size, missing]).toEqual([4 + 4, []]);
  });

  test("a kind that nobody knows may hold manifests, too", async () => {
    const stored = new StoredRegistry();
    const image = stored.image(A, ["layer"]);
    stored.tag(A, "v1", stored.manifest(A, { mediaType: "application/vnd.example.v9", parts: [image] }));
    expect((await closureOf(stored)).blobs.size).toBe(4);
  });

  test("what belongs to it: with a fallback tag and without one, and what belongs to that", async () => {
    const stored = new StoredRegistry();
    const image = stored.image(A, ["layer"]);
    const signature = stored.image(A, ["signature"], { subject: image });
    const countersignature = stored.image(A, ["countersignature"], { subject: signature });
    const sbom = stored.image(A, ["sbom"], { subject: image });
    const stray = stored.image(A, ["stray"], { subject: { digest: digestOf("nobody") } });
    stored.tag(A, "v1", image);
    stored.tag(A, image.digest.replace(":", "-"), stored.index(A, [sbom]));
    const { repositories } = await closureOf(stored);
    const kept = repositories.get(A)?.manifests;
    for (const one of [image, signature, countersignature, sbom]) expect(kept).toContain(one.digest);
    expect(kept).not.toContain(stray.digest);
  });

  test("a cosign signature, by its own tag", async () => {
    const stored = new StoredRegistry();
    const image = stored.image(A, ["layer"]);
    stored.tag(A, "v1", image);
    const signature = stored.image(A, ["signature"]);
    stored.tag(A, `${image.digest.replace(":", "-")}.sig`, signature);
    expect((await closureOf(stored)).blobs).toContain(signature.digest);
  });

  test("untagged manifests count when they are kept, all or by digest", async () => {
    const stored = new StoredRegistry();
    const [one, two] = [stored.image(A, ["one"]), stored.image(A, ["two"])];
    expect((await closureOf(stored)).blobs.size).toBe(0);
    expect((await closureOf(stored, { untagged: "keep" })).blobs.size).toBe(6);
    const { blobs } = await closureOf(stored, { keep: [two.digest, digestOf("another repository's")] });
    expect([blobs.has(one.digest), blobs.has(two.digest), blobs.size]).toEqual([false, true, 3]);
  });
});

describe("what is missing", () => {
  function twoTags() {
    const stored = new StoredRegistry();
    const shared = stored.image(A, ["layer"]);
    stored.tag(A, "v1", shared);
    stored.tag(A, "latest", stored.index(A, [shared]));
    return { stored, digest: shared.digest };
  }
  const layer = digestOf("layer");

  test.each<[string, "layer" | "manifest", string, (stored: StoredRegistry, digest: Digest) => void]>([
    ["a layer", "layer", "blob", (stored) => stored.remove(blobKey(layer))],
    ["a layer's link", "layer", "link to a layer", (stored) => stored.remove(stored.layerLink(A, layer))],
    ["a layer's end", "layer", "size", (stored) => stored.set(blobKey(layer), "lay")],
    ["a manifest", "manifest", "blob", (stored, digest) => stored.remove(blobKey(digest))],
    ["a link", "manifest", "link to a manifest", (stored, digest) => stored.remove(stored.revisionLink(A, digest))],
    ["a manifest's bytes", "manifest", "damaged manifest", (stored, digest) => stored.set(blobKey(digest), "{}")],
  ])("%s, with every tag that it breaks", async (_name, whose, what, harm) => {
    const { stored, digest } = twoTags();
    harm(stored, digest);
    expect((await closureOf(stored)).missing).toEqual([
      { digest: whose === "layer" ? layer : digest, repository: A, what, tags: ["latest", "v1"] },
    ]);
  });

  test("a tag that says no digest; one that is deleted meanwhile is none", async () => {
    const { stored } = twoTags();
    stored.set(`repositories/${A}/_manifests/tags/v1/current/link`, "");
    expect((await closureOf(stored)).missing).toEqual([
      { digest: "", repository: A, what: "damaged tag", tags: ["v1"] },
    ]);
    const inventory = stored.inventory();
    stored.remove(`repositories/${A}/_manifests/tags/v1/current/link`);
    const { tags, missing } = await findClosure(inventory, stored.read, { root: ROOT, untagged: "drop" });
    expect([tags.map(({ name }) => name), missing]).toEqual([["latest"], []]);
  });

  test("layers from elsewhere are not missed", async () => {
    const stored = new StoredRegistry();
    const foreign = { mediaType: "x", digest: digestOf("windows"), size: 1, urls: ["https://example.com/layer"] };
    stored.tag(A, "v1", stored.manifest(A, { config: stored.blob(A, "config"), layers: [foreign] }));
    expect((await closureOf(stored)).missing).toEqual([]);
  });

  test("a storage that fails is no missing blob", async () => {
    const { stored } = twoTags();
    const read = async (key: string) => {
      if (key.includes("/data")) throw new Error("503");
      return stored.read(key);
    };
    await expect(findClosure(stored.inventory(), read, { root: ROOT, untagged: "drop" })).rejects.toThrow("503");
  });
});

test("usage: shared bytes count once, own ones and unused ones by repository", async () => {
  const stored = new StoredRegistry();
  const layers = { shared: "s".repeat(100), a: "a".repeat(1000), old: "o".repeat(5000) };
  const kept = stored.manifest(A, { layers: [layers.shared, layers.a].map((one) => stored.blob(A, one)) });
  const old = stored.manifest(A, { layers: [stored.blob(A, layers.old)] });
  const other = stored.manifest("b", { layers: [stored.blob("b", layers.shared)] });
  stored.tag(A, "v1", kept);
  stored.tag("b", "v1", other);
  stored.set(blobKey(digestOf("nobody's")), "nobody's");
  const usage = measureUsage(stored.inventory(), await closureOf(stored));
  const a = 100 + 1000 + 5000 + kept.size + old.size;
  expect(usage).toEqual({
    bytes: a + other.size + 8,
    unusedBytes: 5000 + old.size + 8,
    unlinkedBytes: 8,
    repositories: [
      { name: A, tags: 1, bytes: a, ownBytes: a - 100, unusedBytes: 5000 + old.size },
      { name: "b", tags: 1, bytes: 100 + other.size, ownBytes: other.size, unusedBytes: 0 },
    ],
  });
});
