import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../support/process";

const path = temporaryDirectory();
const COUNT = join(__dirname, "../../.ci/count.mjs");

interface Result {
  readonly status: "passed" | "failed" | "skipped" | "pending";
  readonly group?: string;
}

/** Counts one tier, with nothing on PATH but what is given. */
function count(
  results: readonly Result[],
  { programs = [] as string[], success = true, file = "e2e.json", variables = {} } = {},
) {
  const bin = path(`bin-${programs.join("-")}`);
  mkdirSync(bin, { recursive: true });
  for (const name of programs) writeFileSync(join(bin, name), "#!/bin/sh\n", { mode: 0o755 });
  const assertionResults = results.map(({ status, group = "a group" }) => ({
    status,
    ancestorTitles: [group],
    fullName: `${group} a test`,
  }));
  const testResults = [{ name: "a.test.ts", status: success ? "passed" : "failed", message: "", assertionResults }];
  writeFileSync(path("e2e.json"), JSON.stringify({ success, numTotalTests: results.length, testResults }));
  const { status, stdout } = spawnSync(process.execPath, [COUNT, path(file)], {
    encoding: "utf8",
    env: { PATH: bin, ...variables },
  });
  return { code: status, lines: stdout.trim().split("\n") };
}

describe(".ci/count.mjs", () => {
  test("ends with one line of counts", () => {
    expect(count([{ status: "passed" }, { status: "passed" }])).toEqual({
      code: 0,
      lines: ["2 passed, 0 failed, 0 skipped"],
    });
  });

  test("says why something was skipped, and that it may be", () => {
    const { code, lines } = count([
      { status: "skipped", group: "Caddy (skipped: no caddy on PATH)" },
      { status: "pending", group: "Caddy (skipped: no caddy on PATH)" },
      { status: "pending", group: "skipped: no versitygw v1.8.0 on PATH and no go to build it" },
      { status: "passed" },
    ]);
    expect(lines).toEqual([
      "e2e: 2 skipped: no caddy on PATH",
      "e2e: 1 skipped: no versitygw v1.8.0 on PATH and no go to build it",
      "1 passed, 0 failed, 3 skipped",
    ]);
    expect(code).toBe(0);
  });

  test.each([
    ["no caddy on PATH", ["caddy"]],
    ["no terraform or tofu on PATH", ["tofu"]],
    ["no versitygw v1.8.0 on PATH and no go to build it", ["go"]],
    ["no Docker Engine that answers `docker info`", ["docker"]],
    ["no caddy on PATH; no nginx on PATH", ["nginx"]],
    ["no image registry:3.1.2, neither here nor to be pulled", ["docker"]],
    ["no /proc", []],
    [process.getuid?.() === 0 ? "not root, to mount" : "root may read every file", []],
    ["the weather is bad", []],
  ])("fails when it is not so: %s", (reason, programs) => {
    const { code, lines } = count([{ status: "skipped", group: `skipped: ${reason}` }], { programs });
    expect(lines.at(-2)).toMatch(/^e2e: must not be skipped: /);
    expect(code).toBe(1);
  });

  test.each([
    ["current-context: fake\n", true],
    ['current-context: ""\n', false],
    ["contexts: []\n", false],
  ])("knows whether KUBECONFIG names a cluster: %j", (kubeconfig, names) => {
    const file = path("kubeconfig");
    writeFileSync(file, kubeconfig);
    const group = "skipped: no cluster that KUBECONFIG names by a current context";
    const { lines } = count([{ status: "skipped", group }], { variables: { KUBECONFIG: file } });
    expect(lines.some((line) => line.includes("must not be skipped"))).toBe(names);
  });

  test.each(reasonsOfTests())("can check what tests say: %s", (reason) => {
    const { lines } = count([{ status: "skipped", group: `skipped: ${reason}` }]);
    expect(lines.join("\n")).not.toContain("nobody can check");
  });

  test("fails when something is skipped without a reason", () => {
    const { code, lines } = count([{ status: "skipped", group: "a group" }, { status: "passed" }]);
    expect(lines[0]).toContain('no reason given by "a group a test"');
    expect(code).toBe(1);
  });

  test("fails for a failure, for a tier without tests, and for one that did not come to its tests", () => {
    expect(count([{ status: "failed" }], { success: false })).toEqual({
      code: 1,
      lines: ["0 passed, 1 failed, 0 skipped"],
    });
    expect(count([])).toMatchObject({ code: 1, lines: ["e2e: there are no tests", expect.anything()] });
    expect(count([], { success: false })).toMatchObject({ code: 1 });
    expect(count([], { file: "nowhere.json" })).toEqual({
      code: 1,
      lines: ["nowhere: failed before its tests", "0 passed, 1 failed, 0 skipped"],
    });
  });
});

/** The reasons to skip in the sources of the tests, with a word for each of their placeholders. */
function reasonsOfTests(): string[] {
  const folder = join(__dirname, "..");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const reasons = sources.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(/(["`])((?:no|not root,|root may) [^"\n]+?)\1(?=[,;)\s])/g)]
      .filter(({ input, index }) =>
        /(undefined :|missing\.push\(|missing: |const what =|\(name\) =>)\s*$/.test(input.slice(0, index)),
      )
      .map(([, , reason = ""]) =>
        reason.replaceAll(/\$\{[^}]*\}/g, "x").replace(/^(no \S+ \S+ on PATH)$/, "$1 and no go to build it"),
      ),
  );
  return [...new Set(reasons)];
}
