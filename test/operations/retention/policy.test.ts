import { describe, expect, test } from "vitest";
import { retention } from "../../../config/schema/retention";
import { companionOf, glob, judgeTags, type RuledTag } from "../../../operations/retention/policy";

const DAY = 86_400_000;
const NOW = 1000 * DAY;

/** `repository:tag@days`: pushed so many days ago. */
function tag(text: string): RuledTag {
  const [, repository = "", name = "", days = "0"] = /^(.+):(.+)@([\d.]+)$/.exec(text) ?? [];
  return { repository, name, digest: `sha256:${name}`, pushed: NOW - Number(days) * DAY, bytes: 1 };
}

/** The names that stay. */
function staying(tags: readonly string[], ...rules: object[]): string[] {
  const verdicts = judgeTags(tags.map(tag), retention.parse(rules), NOW);
  return verdicts.filter(({ stays }) => stays).map(({ tag: { repository, name } }) => `${repository}:${name}`);
}

const ALL = { repositories: ["**"] };
const TAGS = ["a:1@1", "a:2@2", "a:3@3", "b:1@40"];

test.each<[string, object, string[]]>([
  ["newest, in each repository", { newest: 2 }, ["a:1", "a:2", "b:1"]],
  ["newest 0", { newest: 0 }, []],
  ["newest, more than there are", { newest: 9 }, ["a:1", "a:2", "a:3", "b:1"]],
  ["pushed within days, both edges", { pushedWithinDays: 2 }, ["a:1", "a:2"]],
  ["pushed within 0 days", { pushedWithinDays: 0 }, []],
  ["patterns", { tags: ["2", "x*"] }, ["a:2"]],
  ["any reason is enough", { newest: 1, pushedWithinDays: 2, tags: ["3"] }, ["a:1", "a:2", "a:3", "b:1"]],
])("keep: %s", (_name, keep, stay) => {
  expect(staying(TAGS, { ...ALL, keep })).toEqual(stay);
});

test.each([
  [">=2.0.0", ["v2.0.0", "2.1.0", "3.0.0"]],
  ["^1", ["1.9.9"]],
  ["<2.0.0-0", ["1.9.9"]],
  [">=2.1.0-0", ["2.1.0", "2.1.0-rc.1", "3.0.0"]],
])("keep: versions %s; what is no version is none", (versions, stay) => {
  const tags = ["v2.0.0", "2.1.0", "2.1.0-rc.1", "1.9.9", "3.0.0", "latest", "2", "2.1", "build-2.1.0"];
  const all = staying(
    tags.map((one) => `a:${one}@1`),
    { ...ALL, keep: { versions } },
  );
  expect(all.sort()).toEqual(stay.map((one) => `a:${one}`).sort());
});

test("the first rule that matches decides, what matches none stays", () => {
  const rules = [
    { repositories: ["team/*"], tags: ["pr-*"], keep: { pushedWithinDays: 7 } },
    { repositories: ["team/*"], keep: { newest: 1 } },
  ];
  const tags = ["team/a:pr-1@6", "team/a:pr-2@8", "team/a:v1@20", "team/a:v2@10", "team/a/b:v1@999", "other:x@999"];
  expect(staying(tags, ...rules)).toEqual(["team/a:pr-1", "team/a:v2", "team/a/b:v1", "other:x"]);
  expect(staying(tags)).toEqual(tags.map((one) => one.replace(/@.*/, "")));
  const verdicts = judgeTags(tags.map(tag), retention.parse(rules), NOW);
  expect(verdicts.map(({ rule, reason }) => `${rule ?? "-"} ${reason}`)).toEqual([
    "1 pushed within 7 days",
    "1 no reason to keep it",
    "2 no reason to keep it",
    "2 of the newest 1",
    "- no rule matches",
    "- no rule matches",
  ]);
});

test("only a rule's own tags count for its newest", () => {
  const rules = [
    { ...ALL, tags: ["pr-*"], keep: { newest: 1 } },
    { ...ALL, keep: { newest: 1 } },
  ];
  expect(staying(["a:pr-1@1", "a:pr-2@2", "a:v1@3", "a:v2@4"], ...rules)).toEqual(["a:pr-1", "a:v1"]);
});

test("of tags that were pushed at once, exactly so many stay", () => {
  expect(staying(["a:1@1", "a:2@1", "a:3@1"], { ...ALL, keep: { newest: 2 } })).toEqual(["a:2", "a:3"]);
});

test("tags that belong to a digest are not ruled", () => {
  const hex = "a".repeat(64);
  expect([`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`, `sha256-${hex}.sbom`].map(companionOf)).toEqual(
    Array(4).fill(`sha256:${hex}`),
  );
  expect(["sha256-abc", `sha256-${hex.slice(1)}`, `x-sha256-${hex}`, "latest"].map(companionOf)).toEqual(
    Array(4).fill(undefined),
  );
  expect(judgeTags([tag(`a:sha256-${hex}.sig@999`)], retention.parse([{ ...ALL, keep: { newest: 0 } }]), NOW)).toEqual(
    [],
  );
});

test.each([
  ["**", "a/b/c", true],
  ["*", "a", true],
  ["*", "a/b", false],
  ["team/*", "team/a", true],
  ["team/*", "team/a/b", false],
  ["team/**", "team/a/b", true],
  ["team/**", "teams/a", false],
  ["v*", "v1.2", true],
  ["v1.2", "v1x2", false],
  ["a", "aa", false],
])("pattern %s, %s: %s", (pattern, text, is) => {
  expect(glob(pattern, text)).toBe(is);
});

describe("rules that are refused", () => {
  test.each<[string, object, RegExp]>([
    ["no reason to stay: every tag would go", { ...ALL, keep: {} }, /at least one reason/],
    ["no repositories", { repositories: [], keep: { newest: 1 } }, /list of 1–100/],
    [
      "a pattern with a question mark",
      { repositories: ["a?"], keep: { newest: 1 } },
      /must be a pattern of repositories/,
    ],
    ["a range that is none", { ...ALL, keep: { versions: "newest" } }, /must be a range of versions/],
    ["a negative number", { ...ALL, keep: { newest: -1 } }, /0/],
    ["an unknown key", { ...ALL, keep: { newest: 1, latest: 2 } }, /latest/],
  ])("%s", (_name, rule, message) => {
    const { error } = retention.safeParse([rule]);
    expect(JSON.stringify(error?.issues)).toMatch(message);
  });
});
