import { describe, expect, test } from "vitest";
import { ImageReference, InvalidOptionsError, RegistryImages } from "../../../constructs";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("ImageReference", () => {
  test.each([
    ["registry:3.1.2", { name: "registry", tag: "3.1.2", digest: undefined, isPinned: false }],
    [`registry@${DIGEST}`, { name: "registry", tag: undefined, digest: DIGEST, isPinned: true }],
    [`ghcr.io/a/b:1@${DIGEST}`, { name: "ghcr.io/a/b", tag: "1", digest: DIGEST, isPinned: true }],
    ["localhost:5000/a:x", { name: "localhost:5000/a", tag: "x", digest: undefined, isPinned: false }],
  ])("reads %s", (text, expected) => {
    const image = ImageReference.parse(text);
    expect(image).toMatchObject(expected);
    expect(image.toString()).toBe(text);
  });

  test.each(["", "registry", "Registry:3", "registry:", "a b:1", "registry:3@sha256:abc", "https://x/y:1", ":3"])(
    "refuses %j",
    (text) => expect(() => ImageReference.parse(text)).toThrow(InvalidOptionsError),
  );

  test.each([
    ["registry:3", "m.example/library/registry:3"],
    ["rustfs/rustfs:1.0.1", "m.example/rustfs/rustfs:1.0.1"],
    ["ghcr.io/rustfs/rustfs:1", "m.example/rustfs/rustfs:1"],
    ["localhost:5000/registry:3", "m.example/registry:3"],
    [`registry:3@${DIGEST}`, `m.example/library/registry:3@${DIGEST}`],
  ])("%s behind a mirror is %s", (text, expected) => {
    expect(ImageReference.parse(text).withMirror("m.example").toString()).toBe(expected);
  });
});

describe("RegistryImages", () => {
  test("are pinned by tag and digest", () => {
    const { distribution, rustfs } = new RegistryImages();
    for (const image of [distribution, rustfs])
      expect(image).toMatchObject({ isPinned: true, tag: expect.any(String) });
  });

  test("take a mirror and overrides together", () => {
    const images = new RegistryImages({ mirror: "m.example/hub", rustfs: "me/rustfs:9" });
    expect(images.rustfs.toString()).toBe("m.example/hub/me/rustfs:9");
    expect(images.distribution.toString()).toMatch(/^m\.example\/hub\/library\/registry:[\d.]+@sha256:/);
  });

  test("name the option that is wrong", () => {
    expect(() => new RegistryImages({ rustfs: "latest?" })).toThrow(
      "'images.rustfs' must be an image reference with a tag or a digest, got latest?",
    );
    expect(() => new RegistryImages({ rustfs: "latest" })).toThrow(/write rustfs\/rustfs:[\d.]+@sha256:DIGEST;/);
  });
});
