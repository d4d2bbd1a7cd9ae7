import { describe, expect, test } from "vitest";
import type { AccessOptions, Right } from "../../../constructs/access/options";
import { covers, holds, narrowestFirst, REPOSITORY_PATTERN } from "../../../constructs/access/pattern";
import { accessProblems } from "../../../constructs/access/problems";
import { aclEntries, decide } from "../../../constructs/access/rights";
import { rightsFile, shownRights } from "../../../constructs/access/rights-file";

const ACCESS: AccessOptions = {
  groups: { developers: ["alice", "bob"] },
  robots: { ci: { expires: "2027-03-01" }, mirror: {} },
  catalog: ["admin"],
  rules: [
    { repository: "public/**", who: ["anyone"], may: ["pull"] },
    { repository: "public/tools/*", who: ["users"], may: ["pull", "push"] },
    { repository: "team/**", who: ["developers", "ci"], may: ["pull", "push"] },
    { repository: "team/app", who: ["carol"], may: ["pull"] },
    { repository: "team/app", who: ["bob"], may: ["pull", "delete"] },
    { repository: "**", who: ["admin", "a*c"], may: ["pull", "push", "delete"] },
  ],
};

/** What docker_auth makes of the entries: the first one that fits decides (authz/acl.go). */
function first(access: AccessOptions, user: string, repository: string): string[] {
  const fits = (pattern: string | undefined, text: string) =>
    pattern === undefined || new RegExp(pattern.replace(/^\/|\/$/g, "")).test(text);
  const entry = aclEntries(access).find(
    ({ match }) => match.type === "repository" && fits(match.account, user) && fits(match.name, repository),
  );
  const asked: Right[] = ["pull", "push", "delete"];
  return asked.filter((right) => entry?.actions.includes("*") || entry?.actions.includes(right));
}

describe("a pattern", () => {
  test.each([
    ["team/app", "team/app", true],
    ["team/app", "team/app2", false],
    ["team/*", "team/app", true],
    ["team/*", "team/a/b", false],
    ["team/**", "team/a/b", true],
    ["team/**", "team", false],
    ["**", "team/a/b", true],
    ["*", "app", true],
    ["*", "team/app", false],
    ["te.m/app", "team/app", false],
  ])("%s stands for %s: %s", (pattern, repository, expected) => {
    expect(covers(pattern, repository)).toBe(expected);
  });

  test.each(["", "Team/app", "/team", "team/", "team/**/app", "*/app", "team/a*", "***", "team//app"])(
    "%j is none",
    (text) => expect(REPOSITORY_PATTERN.accepts(text)).toBe(false),
  );

  test("is apart from another, or one holds the other, which comes later", () => {
    const all = ["**", "*", "team/**", "team/*", "team/app", "team/app/**", "team/app/x", "te/**"];
    const names = ["a", "te/a", "team", "team/a", "team/app", "team/app/x", "team/app/x/y"];
    for (const a of all)
      for (const b of all) {
        const both = names.filter((name) => covers(a, name) && covers(b, name));
        if (both.length > 0) expect([a, b, holds(a, b) || holds(b, a)]).toEqual([a, b, true]);
        if (a !== b && holds(a, b)) expect([a, b, narrowestFirst(b, a) < 0]).toEqual([a, b, true]);
      }
  });
});

test.each([
  ["a", "*"],
  ["a/b", "**"],
  ["team/a", "team/*"],
  ["team/a/b", "team/**"],
  ["team/a/*", "team/**"],
])("a right on %s is none on %s, whatever the repository is called", (narrow, wide) => {
  expect(holds(narrow, wide)).toBe(false);
  const access: AccessOptions = {
    rules: [
      { repository: narrow, who: ["eve"], may: ["pull", "push", "delete"] },
      { repository: wide, who: ["admin"], may: ["pull"] },
    ],
  };
  for (const repository of ["other", "x/y", "team/x", "team/x/y"])
    expect([repository, first(access, "eve", repository)]).toEqual([repository, []]);
});

test("what docker_auth decides by its first entry is what the rules add up to, in any order", () => {
  const users = ["", "alice", "bob", "carol", "ci", "admin", "abc", "a*c", "nobody", "private-registry", "bobby"];
  const repositories = ["public/x", "public/tools/x", "public/tools/x/y", "team/app", "team/app/x", "team", "other"];
  for (const rules of [ACCESS.rules, [...ACCESS.rules].reverse()]) {
    for (const user of users)
      for (const repository of repositories) {
        const access = { ...ACCESS, rules };
        const asked = ["pull", "push", "delete"] as const;
        const expected = asked.filter((right) => decide(access, user || undefined, repository, right).allowed);
        expect([user, repository, first(access, user, repository)]).toEqual([user, repository, expected]);
      }
  }
});

test("a decision names the rules that make it", () => {
  expect(decide(ACCESS, "bob", "team/app", "push")).toEqual({ allowed: true, rules: [3] });
  expect(decide(ACCESS, "bob", "team/app", "delete")).toEqual({ allowed: true, rules: [5] });
  expect(decide(ACCESS, "carol", "team/app", "push")).toEqual({ allowed: false, rules: [4] });
  expect(decide(ACCESS, undefined, "team/app", "pull")).toEqual({ allowed: false, rules: [] });
  expect(decide(ACCESS, undefined, undefined, "catalog").allowed).toBe(false);
  expect(decide(ACCESS, "admin", undefined, "catalog").allowed).toBe(true);
  expect(decide(ACCESS, "private-registry", "x", "delete").because).toBe("own-user");
});

test("the file begins with what the token server's script reads, and the rest is JSON", () => {
  const lines = rightsFile(ACCESS).split("\n");
  expect(lines.slice(0, 2)).toEqual(["# robot ci 2027-03-01", "# anyone"]);
  expect(JSON.parse(lines.slice(2).join("\n"))).toEqual(JSON.parse(JSON.stringify(aclEntries(ACCESS))));
});

test("whom an LDAP server calls so is neither our own user nor a robot", () => {
  const ldap = { url: "ldaps://ldap.example.com", base: "dc=example", filter: "(uid=${account})" };
  expect(
    rightsFile({ ...ACCESS, ldap })
      .split("\n")
      .slice(0, 4),
  ).toEqual(["# robot ci 2027-03-01", "# local ci", "# local mirror", "# local private-registry"]);
  expect(shownRights({ ...ACCESS, ldap }).ldap).toBe("ldaps://ldap.example.com dc=example (uid=$${account})");
});

test("a name that looks like a template is none in a plan", () => {
  const rules: AccessOptions["rules"] = [{ repository: "a", who: ["${var.x}"], may: ["pull"] }];
  const groups = { g: ["%{x}"] };
  expect(shownRights({ rules, groups })).toEqual({ "a for $${var.x}": "pull", "group g": "%%{x}" });
});

test("a plan shows a right a line, and a moved rule is no change", () => {
  expect(shownRights(ACCESS)).toMatchObject({
    "public/** for anyone": "pull",
    "group developers": "alice, bob",
    "robot ci": "to 2027-03-01",
    catalog: "admin",
  });
  expect(shownRights({ ...ACCESS, rules: [...ACCESS.rules].reverse() })).toEqual(shownRights(ACCESS));
});

test.each<[string, Partial<AccessOptions>, string]>([
  ["push alone", { rules: [{ repository: "a", who: ["x"], may: ["push"] }] }, "rules[0].may"],
  ["a group in a group", { groups: { a: ["b"], b: ["x"] } }, "groups.a[0]"],
  ["users in a group", { groups: { a: ["users"] } }, "groups.a[0]"],
  ["a robot called as a group", { groups: { a: ["x"] }, robots: { a: {} } }, "robots.a"],
  ["a day that is none", { robots: { a: { expires: "2027-02-30" } } }, "robots.a.expires"],
  ["a catalogue for anyone", { catalog: ["anyone"] }, "catalog[0]"],
  ["no rule", { rules: [] }, "rules"],
  ["a group called users", { groups: { users: ["x"] } }, "groups.users"],
])("%s is refused at its key", (_, access, option) => {
  const problems = accessProblems({ rules: [{ repository: "a", who: ["x"], may: ["pull"] }], ...access });
  expect(problems.filter(Boolean).map((problem) => problem?.option)).toContain(option);
});
