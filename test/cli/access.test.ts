import { mkdirSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { inFolder } from "../operations/in-folder";
import { runProgram } from "./fake-context";

inFolder();

async function check(...args: string[]) {
  mkdirSync("environments", { recursive: true });
  const access =
    "access: { groups: { dev: [bob] }, rules: [{ repository: team/app, who: [alice, dev], may: [pull] }] }";
  writeFileSync("environments/lab.yaml", `registry: { host: localhost }\n${access}\n`);
  return runProgram("access", "check", "lab", ...args);
}

test("access check answers, and says no by its exit code, too", async () => {
  const yes = await check("alice", "team/app", "pull");
  expect([yes.code, yes.out]).toEqual([undefined, expect.stringContaining("yes: alice may pull team/app\n")]);
  const no = await check("alice", "team/app", "push");
  expect([no.code, no.out]).toEqual([2, expect.stringContaining("no: alice may not push team/app\n")]);
});

test.each([
  [["alice", "team/app", "write"], "No such action: write"],
  [["dev", "team/app", "pull"], "dev is a group"],
  [["users", "team/app", "pull"], "users is everybody who logs in"],
  [["alice", "localhost:5000/team/app:1", "pull"], "without host and tag, got localhost:5000/team/app:1"],
])("access check %j is refused", async (args, message) => {
  const { error, out } = await check(...args);
  expect(String(error)).toContain(message);
  expect(out).toBe("");
});
