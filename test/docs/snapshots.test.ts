import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import manifest from "../../package.json";

const SCRIPT = resolve("scripts/snapshots.mjs");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "snapshots-"));
  execFileSync("git", ["init", "-q"], { cwd: folder });
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "page.md"), "one\ntwo\n");
  writeFileSync(join(folder, ".gitignore"), "bin\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** @param vitest what runs instead of the tests */
function snapshots(vitest: string, ...args: string[]) {
  const file = join(folder, "bin/vitest");
  writeFileSync(file, `#!/bin/sh\n${vitest}\n`);
  chmodSync(file, 0o755);
  const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env.PATH}` };
  return spawnSync("node", [SCRIPT, ...args], { cwd: folder, env, encoding: "utf8" });
}

describe("npm run snapshots", () => {
  test("says what it changed, new files too", () => {
    const { stdout, status } = snapshots("printf 'one\\nthree\\n' >page.md; echo new >other.md");
    expect(stdout).toContain("-two\n+three");
    expect(stdout).toContain("+new");
    expect(stdout).toMatch(/Changed, read above: (page\.md, other\.md|other\.md, page\.md)/);
    expect(status).toBe(0);
  });

  test("says that nothing changed, and ends as the tests do", () => {
    const { stdout, status } = snapshots("exit 3");
    expect(stdout).toContain("Nothing changed.");
    expect(status).toBe(3);
  });

  test("writes only what the named tests compare with", () => {
    snapshots('echo "$@" >page.md', "test/a.test.ts");
    const { stdout } = snapshots("cat page.md");
    expect(stdout).toContain("--update=all --reporter=dot test/a.test.ts");
  });
});

test("no other command writes snapshots", () => {
  const writing = Object.entries(manifest.scripts).filter(([, command]) =>
    /--update(?!=none)|(^| )-u( |$)/.test(command),
  );
  expect(writing).toEqual([]);
  expect(manifest.scripts.fix).toBe("biome check --write .");
});
