import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";

// The program as people start it.
const PROGRAM = resolve(__dirname, "../../bin/private-registry.js");

test("help of the program loads no command, so neither cdktf, nor Docker's client, nor the schema", () => {
  const folder = mkdtempSync(join(tmpdir(), "loaded-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const loadedBy = (...args: string[]): string[] => {
    const coverage = mkdtempSync(join(folder, "run-"));
    // What V8 counts is what was loaded, however it was.
    spawnSync(process.execPath, [PROGRAM, ...args], { env: { ...process.env, NODE_V8_COVERAGE: coverage } });
    return readdirSync(coverage).flatMap((file) => {
      const { result } = JSON.parse(readFileSync(join(coverage, file), "utf8")) as { result: { url: string }[] };
      return result.map(({ url }) => url);
    });
  };
  const heavy = /node_modules\/(cdktf|@cdktf|dockerode|@inquirer|zod|yaml)\/|\/cli\/commands\/(?!index)/;
  const loaded = loadedBy("--help");
  expect(loaded.some((url) => url.includes("/cli/program."))).toBe(true);
  expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  // Whoever counts sees what a command loads.
  expect(loadedBy("users", "list", "nobody").some((url) => heavy.test(url))).toBe(true);
});

test("a command that is started as people start it loads what it needs", () => {
  const { stderr, status } = spawnSync(process.execPath, [PROGRAM, "users", "list", "nobody"], { encoding: "utf8" });
  expect(stderr).toMatch(/^there is no environment nobody/);
  expect(status).toBe(1);
});
