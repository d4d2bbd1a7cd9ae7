import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { makeBundle } from "../../operations/secrets/bundle";
import { readSecrets, secretsPath } from "../../operations/secrets/file";
import { initSecrets } from "../../operations/secrets/secrets";
import { runProgramWith } from "../cli/fake-context";
import { inFolder } from "../operations/in-folder";
import { writeProgram } from "./scripts";

const PIPELINES = [
  ".github/workflows/registry.yml",
  ".github/workflows/registry-review.yml",
  "pipelines/gitlab-review.yml",
  "docs/guides/ci.md",
];

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

  /** The shell runs the line; what it hands to `npx private-registry` is run in this process. */
  const run = (line: string, variable: string, value: string) => {
    writeProgram(".", "npx", "#!/bin/sh\nprintf '%s\\n' \"$@\" >arguments\ncat >input\n");
    mkdirSync("environments", { recursive: true });
    writeFileSync("environments/production.yaml", "registry: { host: localhost }\n");
    const env = {
      PATH: `${resolve("bin")}:${process.env.PATH}`,
      CI: "true",
      ENVIRONMENT: "production",
      [variable]: value,
    };
    expect(spawnSync("/bin/sh", ["-ec", line], { env, encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    const [program, ...args] = readFileSync("arguments", "utf8").trimEnd().split("\n");
    expect(program).toBe("private-registry");
    const stdin = Readable.from([readFileSync("input")]);
    return runProgramWith({ process: Object.create(process, { stdin: { value: stdin } }) }, ...args);
  };

  test.each(LINES)("%s: %s", async (variable, line) => {
    const path = secretsPath("production");
    initSecrets(path, ["registry_htpasswd", "registry_http_secret"]);
    const [secrets, bundle] = [readSecrets(path), makeBundle("production")];
    expect(bundle).not.toMatch(/\s/);
    writeFileSync(path, "{}", { mode: 0o600 });
    const { out, err } = await run(line, variable, bundle);
    expect(err).toMatch(/2 taken/);
    expect(readSecrets(path)).toEqual(secrets);
    for (const value of Object.values(secrets)) expect(out + err).not.toContain(value.trim());
  });
});
