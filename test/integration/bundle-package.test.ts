import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packPackage } from "../../operations/bundle/package";
import { inFolder } from "../operations/in-folder";

inFolder();

interface Written {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}

/** A package that tells its version and those of what it needs. */
function write(folder: string, manifest: Written): void {
  mkdirSync(join(folder, "dist"), { recursive: true });
  mkdirSync(join(folder, "bin"), { recursive: true });
  const wanted = { ...manifest.dependencies, ...manifest.peerDependencies };
  const own = JSON.stringify(`${manifest.name} ${manifest.version}`);
  const needs = Object.keys(wanted)
    .filter((name) => name !== "late")
    .map((name) => `require(${JSON.stringify(name)})`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, main: "dist/index.js" }));
  writeFileSync(join(folder, "dist/index.js"), `module.exports = [${own}, ${needs.join(", ")}];`);
  writeFileSync(join(folder, "bin/private-registry.js"), "#!/usr/bin/env node\n");
}

test("npm installs it without a network and with an empty cache, each package with the version that it needs", () => {
  const any = { version: "1.0.0" };
  write("home", {
    ...{ name: "own", ...any, dependencies: { a: "1", b: "1" }, peerDependencies: { "@p/peer": "1" } },
    devDependencies: { absent: "1" },
  });
  write("home/node_modules/a", {
    name: "a",
    ...any,
    dependencies: { c: "1", late: "1" },
    optionalDependencies: { late: "1" },
  });
  write("home/node_modules/b", { name: "b", ...any, dependencies: { c: "2" } });
  write("home/node_modules/c", { name: "c", ...any });
  write("home/node_modules/b/node_modules/c", { name: "c", version: "2.0.0", dependencies: { d: "2" } });
  write("home/node_modules/d", { name: "d", ...any });
  write("home/node_modules/b/node_modules/d", { name: "d", version: "2.0.0" });
  write("home/node_modules/@p/peer", { name: "@p/peer", ...any, dependencies: { d: "1" } });
  writeFileSync("home/node_modules/a/dist/built.node", "");
  const { name, content, packages } = packPackage(join(process.cwd(), "home"));
  expect(packPackage(join(process.cwd(), "home")).content.equals(content)).toBe(true);
  expect(packages.map(({ manifest }) => `${manifest.name} ${manifest.version}`).sort()).toEqual(
    ["@p/peer 1.0.0", "a 1.0.0", "b 1.0.0", "c 1.0.0", "c 2.0.0", "d 1.0.0", "d 2.0.0", "own 1.0.0"].sort(),
  );
  mkdirSync("other");
  writeFileSync("other/package.json", "{}");
  writeFileSync(join("other", name), content);
  const unreachable = ["--registry", "http://127.0.0.1:1", "--cache", join(process.cwd(), "cache")];
  execFileSync(
    "npm",
    ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", ...unreachable, `./${name}`],
    {
      cwd: "other",
      stdio: "pipe",
    },
  );
  const told = execFileSync("node", ["-p", "JSON.stringify(require('own'))"], { cwd: "other", encoding: "utf8" });
  expect(JSON.parse(told)).toEqual([
    "own 1.0.0",
    ["a 1.0.0", ["c 1.0.0"]],
    ["b 1.0.0", ["c 2.0.0", ["d 2.0.0"]]],
    ["@p/peer 1.0.0", ["d 1.0.0"]],
  ]);
  expect(readFileSync("other/node_modules/own/package.json", "utf8")).not.toContain("devDependencies");
}, 60_000);
