import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

describe("runCompiled", () => {
  // A copy of the project, so that its cache is this test's own.
  const root = mkdtempSync(join(tmpdir(), "compiled-"));
  afterAll(() => rmSync(root, { recursive: true }));
  const SOURCES = ["bin", "cli", "config", "constructs", "operations", "plan", "review", "stacks"];
  for (const name of ["main.ts", "app.ts", "package.json", "environments", ...SOURCES]) {
    cpSync(name, join(root, name), { recursive: true });
  }
  cpSync("node_modules/.package-lock.json", join(root, "node_modules/.package-lock.json"));
  for (const name of readdirSync("node_modules").filter((name) => !name.startsWith("."))) {
    symlinkSync(resolve("node_modules", name), join(root, "node_modules", name));
  }

  const cache = () => readdirSync(join(root, "node_modules/.cache/private-registry/app-ts"));
  // Node 22 and later warn about what cdktf calls; `main.ts` hides that, and `app.ts` by itself cannot.
  const run = (file: string) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-deprecation", "--import", "tsx", file], {
      cwd: root,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  test("does what the sources do, the first time and with what it kept", () => {
    const expected = run("app.ts");
    expect(expected.status).toBe(0);
    expect(run("main.ts")).toEqual(expected);
    expect(
      cache()
        .map((name) => name.replace(/.*\./, ""))
        .sort(),
    ).toEqual(["bin", "js"]);
    expect(run("main.ts")).toEqual(expected);
  });

  test("compiles anew when a source changes, and keeps one result", () => {
    const before = cache();
    utimesSync(join(root, "stacks/summary.ts"), new Date(), new Date());
    expect(run("main.ts").status).toBe(0);
    expect(cache()).toHaveLength(2);
    expect(cache()).not.toEqual(before);
  });

  test("names the source when something in it fails", () => {
    writeFileSync(
      join(root, "stacks/summary.ts"),
      'export function summary(): string {\n  throw new Error("a bug");\n}\n',
    );
    const { status, stderr } = run("main.ts");
    expect(status).toBe(1);
    expect(stderr).toContain("a bug");
    expect(stderr).toMatch(/stacks\/summary\.ts:2/);
  });

  test("exits with 1 and every problem when an environment is broken", () => {
    cpSync("stacks/summary.ts", join(root, "stacks/summary.ts"));
    writeFileSync(join(root, "environments/broken.yaml"), "registry: { hots: localhost }\n");
    const { status, stderr, stdout } = run("main.ts");
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("environments/broken.yaml:1:13 registry.hots:");
    expect(stderr).not.toContain("    at ");
  });
});
