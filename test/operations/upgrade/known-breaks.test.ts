import { describe, expect, test } from "vitest";
import { breaksBetween, isOlder, KNOWN_BREAKS } from "../../../operations/upgrade/known-breaks";
import { changeText, versionOf } from "../../../operations/upgrade/versions";

const change = (product: string, from: string | undefined, to: string | undefined) => ({
  ...{ product, key: "distribution" as const, imageId: "sha256:1", isSame: false },
  from: { image: "a:1", version: from },
  to: { image: "a:2", version: to },
});
const known = (...[product, from, to]: Parameters<typeof change>) =>
  breaksBetween(change(product, from, to)).map(({ version, when }) => `${version} ${when}`);

describe("what is known between two versions", () => {
  test.each([
    ["Distribution", "3.1.1", "3.1.2", []],
    ["Distribution", "3.1.2", "3.1.1", ["3.1.2 down"]],
    ["Distribution", "3.1.2", "3.1.0", ["3.1.1 down", "3.1.2 down"]],
    ["Distribution", "2.8.3", "3.1.2", ["3.0.0 both", "3.1.0 both"]],
    ["Distribution", "3.1.0", "3.0.0", ["3.1.0 both"]],
    ["RustFS", "1.0.0-alpha.77", "1.0.1", ["1.0.0-alpha.87 up", "1.0.1 up"]],
    ["RustFS", "1.0.0-rc.3", "1.0.1", ["1.0.1 up"]],
    ["RustFS", "1.0.1", "1.0.0", ["1.0.1 down"]],
    ["RustFS", "1.0.1", "1.0.1", []],
    // What may be, when one is not known.
    ["RustFS", "1.0.1", undefined, ["1.0.1 down"]],
    ["Distribution", undefined, "3.1.2", ["3.0.0 both", "3.1.0 both"]],
  ] as const)("%s %s → %s", (product, from, to, expected) => {
    expect(known(product, from, to)).toEqual(expected);
  });

  test("each has a source", () => {
    for (const { source, text } of KNOWN_BREAKS) expect([source.length > 10, text.length > 20]).toEqual([true, true]);
  });
});

test.each([
  ["registry:3.1.2@sha256:ddf7", "3.1.2"],
  ["mirror.example.com:5000/hub/library/registry:v3.1.1", "3.1.1"],
  ["rustfs/rustfs:1.0.0-rc.3", "1.0.0-rc.3"],
  ["registry:3", undefined],
  ["registry:latest", undefined],
  ["localhost:5000/registry@sha256:ddf7", undefined],
])("the version of %s is %s", (image, version) => expect(versionOf(image)).toBe(version));

test("older is only what is known to be", () => {
  expect(isOlder(change("RustFS", "1.0.1", "1.0.0-rc.3"))).toBe(true);
  expect(isOlder(change("RustFS", "1.0.0-rc.3", "1.0.1"))).toBe(false);
  expect(isOlder(change("RustFS", "1.0.1", undefined))).toBe(false);
});

test("a change in words", () => {
  const own = { image: "registry:custom@sha256:1", version: "3.1.1" };
  const other = { image: "registry:3.1.2@sha256:2", version: "3.1.2" };
  const one = { product: "Distribution" as const, key: "distribution" as const, imageId: "", from: own, to: other };
  expect(changeText({ ...one, isSame: false })).toBe("Distribution registry:custom (3.1.1) → registry:3.1.2");
  expect(changeText({ ...one, isSame: true })).toBe("Distribution registry:custom (3.1.1) stays");
});
