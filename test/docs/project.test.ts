import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import manifest from "../../package.json";

const script = (name: string, ...args: string[]) =>
  execFileSync("node", [`scripts/${name}.mjs`, ...args], { encoding: "utf8", stdio: "pipe" });

test("everything installed with the package has a licence that goes with Apache-2.0", () => {
  expect(script("licences")).toContain("MIT");
});

test("release notes come from the changelog, for the version that is released only", () => {
  expect(() => script("release-notes", "v99.0.0")).toThrow(
    `the tag says 99.0.0, package.json says ${manifest.version}`,
  );
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  expect(changelog).toMatch(/^## \[(Unreleased|\d+\.\d+\.\d+)\]/m);
});

test.each(readdirSync(".github/workflows"))("%s grants no more than it says", (file) => {
  const workflow = parse(readFileSync(join(".github/workflows", file), "utf8"));
  expect(Object.keys(workflow.jobs).length).toBeGreaterThan(0);
  expect(workflow.permissions).toBeDefined();
});

test("CI runs what a developer runs", () => {
  const { jobs } = parse(readFileSync(".github/workflows/ci.yml", "utf8"));
  expect(jobs.all.steps.map((step: { run?: string }) => step.run)).toContain(".ci/run");
  const scripts = Object.values(jobs as Record<string, { steps: { run?: string }[] }>)
    .flatMap(({ steps }) => steps.map(({ run }) => /^npm run (\S+)/.exec(run ?? "")?.[1]))
    .filter((name) => name !== undefined);
  for (const name of scripts) expect(manifest.scripts).toHaveProperty(name);
});

test("the README stays short, in both languages", () => {
  for (const file of ["README.md", "README.zh-CN.md"]) {
    expect(readFileSync(file, "utf8").split("\n").length).toBeLessThan(200);
  }
});
