// Prints the part of CHANGELOG.md that a release is about; fails when tag, package and changelog do not name the same version.
import { readFileSync } from "node:fs";

const version = process.argv[2]?.replace(/^v/, "");
const { version: packaged } = JSON.parse(readFileSync("package.json", "utf8"));
const sections = readFileSync("CHANGELOG.md", "utf8").split(/^## /m).slice(1);
const section = sections.find((text) => text.startsWith(`[${version}]`));
if (version !== packaged) throw new Error(`the tag says ${version}, package.json says ${packaged}`);
if (!section) throw new Error(`CHANGELOG.md has no section [${version}]`);
console.log(section.split("\n").slice(1).join("\n").trim());
