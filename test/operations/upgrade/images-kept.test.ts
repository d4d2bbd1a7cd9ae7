import { expect, test } from "vitest";
import { type KeptImages, lostSince } from "../../../operations/upgrade/images-kept";

const before: KeptImages = { tags: { "a:1": "sha256:1", "a:2": "sha256:2" }, missing: ["a sha256:9 blob"], blobs: 4 };

test.each([
  ["everything is there", before, []],
  ["a tag was pushed again meanwhile", { ...before, tags: { ...before.tags, "a:1": "sha256:3" } }, []],
  ["a tag is gone", { ...before, tags: { "a:1": "sha256:1" } }, ["a:2"]],
  ["a layer is gone", { ...before, missing: [...before.missing, "a sha256:5 blob"] }, ["a sha256:5 blob"]],
  ["what was missing before was brought back", { ...before, missing: [] }, []],
])("what was lost when %s", (_, after, lost) => expect(lostSince(before, after)).toEqual(lost));
