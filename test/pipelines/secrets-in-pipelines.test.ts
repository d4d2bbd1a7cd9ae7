import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { makeBundle } from "../../operations/secrets/bundle";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { initSecrets } from "../../operations/secrets/secrets";
import { inFolder } from "../operations/in-folder";

const PIPELINES = [
  ".github/workflows/registry.yml",
  ".github/workflows/registry-review.yml",
  "pipelines/gitlab-review.yml",
  "docs/guides/ci.md",
];
const PROGRAM = resolve("bin/private-registry.js");

/** The lines of pipelines that hand the secrets over, each once. */
const LINES = [
  ...new Set(
    PIPELINES.flatMap((file) => [
      ...readFileSync(file, "utf8").matchAll(/(printf %s "\$(\w+)" \| npx private-registry secrets import .*)$/gm),
    ]).map(([, line = "", variable = ""]) => `${variable} ${line}`),
  ),
].map((both) => [both.slice(0, both.indexOf(" ")), both.slice(both.indexOf(" ") + 1)] as const);

describe("what pipelines hand over survives a variable of one line", () => {
  inFolder();

  test("every pipeline has such a line", () => {
    for (const file of PIPELINES)
      expect(readFileSync(resolve(__dirname, "../..", file), "utf8")).toContain("secrets import");
    expect(LINES.length).toBeGreaterThan(1);
  });

  const run = (line: string, variable: string, value: string) => {
    mkdirSync("bin", { recursive: true });
    writeFileSync("bin/npx", `#!/bin/sh\nshift\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    chmodSync("bin/npx", 0o755);
    mkdirSync("environments", { recursive: true });
    writeFileSync("environments/production.yaml", "registry: { host: localhost }\n");
    const env = {
      PATH: `${resolve("bin")}:${process.env.PATH}`,
      CI: "true",
      ENVIRONMENT: "production",
      [variable]: value,
    };
    return spawnSync("/bin/sh", ["-ec", line], { env, encoding: "utf8" });
  };

  test.each(LINES)("%s: %s", { timeout: 60_000 }, (variable, line) => {
    const path = secretsPath("production");
    initSecrets(path, ["registry_htpasswd", "registry_http_secret"]);
    const [secrets, bundle] = [readSecrets(path), makeBundle("production")];
    expect(bundle).not.toMatch(/\s/);
    writeFileSync(path, "{}", { mode: 0o600 });
    const ended = run(line, variable, bundle);
    expect(ended.stderr).toMatch(/2 taken/);
    expect(readSecrets(path)).toEqual(secrets);
    for (const value of Object.values(secrets)) expect(ended.stdout + ended.stderr).not.toContain(value.trim());
  });
});
