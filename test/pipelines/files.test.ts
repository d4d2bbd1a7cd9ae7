import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { createProgram } from "../../cli/program";
import manifest from "../../package.json";
import { fakeContext } from "../cli/fake-context";

const WORKFLOWS = readdirSync(".github/workflows").map((name) => `.github/workflows/${name}`);
const SCRIPTS = readdirSync("pipelines")
  .filter((name) => name.endsWith(".sh"))
  .map((name) => `pipelines/${name}`);

describe.each([...WORKFLOWS, "pipelines/gitlab-review.yml"])("%s", (file) => {
  const content = readFileSync(file, "utf8");

  test("is YAML without a doubtful word", () => {
    const document = parseDocument(content);
    expect([...document.errors, ...document.warnings]).toEqual([]);
  });

  test("pins every action by commit", () => {
    const uses = [...content.matchAll(/uses: (\S+)/g)].map((match) => match[1]);
    expect(uses.filter((action) => !/^\.\/|@[0-9a-f]{40}$/.test(action ?? ""))).toEqual([]);
  });

  test("calls only what exists", () => {
    for (const [, script = ""] of content.matchAll(/(?<![\w/.])((?:\.ci|pipelines)\/[\w-]+(?:\.sh)?)\b/g)) {
      expect(existsSync(script), script).toBe(true);
    }
    for (const [, script = ""] of content.matchAll(/npm run ([\w:-]+)/g))
      expect(manifest.scripts).toHaveProperty([script]);
  });

  test("keeps no plan", () => {
    expect(content).not.toMatch(/path: .*(plan|\.private-registry|tfstate)/);
  });
});

describe.each(SCRIPTS)("%s", (file) => {
  const content = readFileSync(file, "utf8");

  test("can be run, stops at the first failure, and calls only commands there are", () => {
    expect(statSync(file).mode & 0o111).not.toBe(0);
    expect(content).toContain("set -euo pipefail");
    const known = createProgram(fakeContext().context).commands.map((command) => command.name());
    for (const [, command] of content.matchAll(/^[^#\n]*npx private-registry ([\w-]+)/gm))
      expect(known).toContain(command);
  });
});

test("each GitLab job that needs an environment's variables has that environment", () => {
  const jobs: Record<string, { extends?: string; environment?: string | { name: string } }> = parse(
    readFileSync("pipelines/gitlab-review.yml", "utf8"),
  );
  const names = Object.values(jobs)
    .filter((job) => job.extends === ".registry")
    .map(({ environment }) => (typeof environment === "object" ? environment.name : environment));
  expect(names).toEqual(["$ENVIRONMENT", "$ENVIRONMENT"]);
});

describe("only the caller of a reusable workflow may write", () => {
  test.each(WORKFLOWS)("%s", (file) => {
    const { permissions } = parse(readFileSync(file, "utf8"));
    expect(Object.values(permissions ?? { contents: "write" })).not.toContain("write");
  });
});
