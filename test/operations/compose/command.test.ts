import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { importComposeFile } from "../../../cli/actions/import";
import type { ImportComposeOptions } from "../../../cli/commands/import";
import type { Context } from "../../../cli/context";
import { createStyle } from "../../../cli/render/style";
import { inFolder } from "../in-folder";

const RECIPE = resolve(__dirname, "recipe/docker-compose.yml");

inFolder();

function importRecipe(options: ImportComposeOptions = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (text: string) => out.push(text),
    err: (text: string) => err.push(text),
    style: createStyle(false),
    errStyle: createStyle(false),
  };
  importComposeFile({ io, process: { env: {} }, exit: () => {} } as unknown as Context, RECIPE, options);
  return { out: out.join("\n"), err: err.join("\n") };
}

test("explains on standard error, and prints a script on standard output", () => {
  const { out, err } = importRecipe();
  expect(err).toMatch(/^Kept\n {2}bucket docker-images\n.*\nChanged\n.*\nLook at\n/s);
  expect(err).toContain("written: environments/recipe.yaml, secrets/recipe.tfvars.json");
  expect(
    out.split("\n").filter((line) => line !== "" && !/^(#|docker |npx private-registry |rm -r | {2}")/.test(line)),
  ).toEqual([]);
  expect(out + err).not.toContain("rustfsadmin");
});

test("writes nothing when it is only tried", () => {
  const { out } = importRecipe({ dryRun: true, name: "team" });
  expect(out).toContain("# environments/team.yaml\n");
  expect(out).toContain("#     rustfs:");
  expect(readdirSync(".")).toEqual([]);
});

test("replaces no environment file that says something else, unless it is told to", () => {
  mkdirSync("environments");
  writeFileSync("environments/recipe.yaml", "registry: { host: localhost }\n");
  expect(() => importRecipe()).toThrow("environments/recipe.yaml exists already");
  expect(existsSync("secrets")).toBe(false);
  importRecipe({ force: true });
  expect(readFileSync("environments/recipe.yaml", "utf8")).toContain("docker-images");
  // The same again is no replacement.
  importRecipe();
});

test("says when the new environment does not go with the others", () => {
  mkdirSync("environments");
  writeFileSync(join("environments", "local.yaml"), "registry: { host: localhost }\n");
  const { err } = importRecipe();
  expect(err).toContain("the environments must agree with each other");
  expect(err).toContain("registry.publish");
});
