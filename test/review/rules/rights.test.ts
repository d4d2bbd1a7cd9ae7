import { expect, test } from "vitest";
import { found, plan } from "../builder";

const widened = (before: Record<string, string>, after: Record<string, string>) =>
  found(
    plan({ "null_resource.rights": { before: { id: "1", triggers: before }, after: { id: "1", triggers: after } } }),
    "rights-widened",
  ).map(({ message }) => message);

test("new rights are told by repository, who, and what; those without a login are named", () => {
  expect(
    widened({ "a for alice": "pull" }, { "a for alice": "pull, push", "public/** for anyone, bob": "pull" }),
  ).toEqual(["New rights: `a` for alice: push; `public/**` for anyone, bob, without a login: pull."]);
});

test("a group with more members, a robot that lasts longer and more who may list names are told", () => {
  const [before, after] = [
    { "a for g": "pull", "group g": "alice", "robot ci": "to 2027-01-01", catalog: "alice" },
    { "a for g": "pull", "group g": "alice, bob", "robot ci": "to 2028-01-01", catalog: "alice, users" },
  ];
  expect(widened(before, after)).toEqual(["New rights: group g: bob; robot ci: to 2028-01-01; catalog: users."]);
  expect(widened(after, { ...after, "group g": "alice" })).toEqual([]);
});

test.each([
  ["ends earlier", { "robot ci": "to 2027-03-01" }, { "robot ci": "to 2027-02-01" }, []],
  ["gets an end", { "robot ci": "no end" }, { "robot ci": "to 2027-02-01" }, []],
  ["is new", {}, { "robot ci": "to 2027-02-01" }, []],
  ["loses its end", { "robot ci": "to 2027-03-01" }, { "robot ci": "no end" }, ["New rights: robot ci: no end."]],
  ["is a user from now on", { "robot ci": "to 2027-03-01" }, {}, ["New rights: robot ci: no end."]],
  ["was one of a group", { "robot bob": "to 2027-03-01" }, {}, ["New rights: robot bob: no end."]],
  ["goes with its rights", { "robot old": "to 2027-03-01" }, {}, []],
])("a robot that %s", (_, before, after, says) => {
  const rest = { "a for ci, g": "pull", "group g": "alice, bob" };
  expect(widened({ ...rest, ...before }, { ...rest, ...after })).toEqual(says);
});
