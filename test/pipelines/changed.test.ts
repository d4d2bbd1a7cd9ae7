import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

describe("pipelines/changed.sh", () => {
  const root = mkdtempSync(join(tmpdir(), "changed-"));
  afterAll(() => rmSync(root, { recursive: true }));
  const script = resolve("pipelines/changed.sh");
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: root, encoding: "utf8" }).trim();
  const git = (...args: string[]) => run("git", "-c", "user.name=a", "-c", "user.email=a@b", ...args);
  const change = (file: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), String(Math.random()));
    git("add", ".");
    git("commit", "-qm", file);
    return JSON.parse(run(script, "HEAD~1", '["staging", "production"]'));
  };
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");

  test.each([
    ["environments/production.yaml", ["production"]],
    ["environments/other.yaml", []],
    ["stacks/backend.ts", ["staging", "production"]],
    ["package-lock.json", ["staging", "production"]],
    ["docs/README.md", []],
  ])("after a change of %s: %j", (file, expected) => expect(change(file)).toEqual(expected));
});
