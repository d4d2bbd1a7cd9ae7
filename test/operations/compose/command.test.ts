import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { runProgramWith } from "../../cli/fake-context";
import { inFolder } from "../in-folder";

const RECIPE = resolve(__dirname, "recipe/docker-compose.yml");

inFolder();

function importRecipe(...options: string[]) {
  const process = { env: {} } as NodeJS.Process;
  return runProgramWith({ process }, "import", "compose", RECIPE, ...options);
}

test("explains on standard error, and prints a script on standard output", async () => {
  const { out, err } = await importRecipe();
  expect(err).toMatch(/^Kept\n {2}bucket docker-images\n.*\nChanged\n.*\nLook at\n/s);
  expect(err).toContain("written: environments/recipe.yaml, secrets/recipe.tfvars.json");
  expect(
    out
      .split("\n")
      .filter((line) => line !== "" && !/^(#|OLD=|STORAGE=|docker |private-registry |rm -r | {2}")/.test(line)),
  ).toEqual([]);
  expect(out + err).not.toContain("rustfsadmin");
});

test("writes nothing when it is only tried", async () => {
  const { out } = await importRecipe("--dry-run", "--name", "team");
  expect(out).toContain("# environments/team.yaml\n");
  expect(out).toContain("#     rustfs:");
  expect(readdirSync(".")).toEqual([]);
});

test("replaces no environment file that says something else, unless it is told to", async () => {
  mkdirSync("environments");
  writeFileSync("environments/recipe.yaml", "registry: { host: localhost }\n");
  expect((await importRecipe()).error).toMatchObject({ message: "environments/recipe.yaml exists already" });
  expect(existsSync("secrets")).toBe(false);
  expect((await importRecipe("--force")).error).toBeUndefined();
  expect(readFileSync("environments/recipe.yaml", "utf8")).toContain("docker-images");
  // The same again is no replacement.
  expect((await importRecipe()).error).toBeUndefined();
});

test("says when the new environment does not go with the others", async () => {
  mkdirSync("environments");
  writeFileSync(join("environments", "local.yaml"), "registry: { host: localhost }\n");
  const { err } = await importRecipe();
  expect(err).toContain("the environments must agree with each other");
  expect(err).toContain("registry.publish");
});
