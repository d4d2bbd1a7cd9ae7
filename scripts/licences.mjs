// Checks the licence of everything that is installed with this package: what is not known to be compatible with Apache-2.0 fails.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** SPDX names that may be used together with Apache-2.0 in a package that others install. */
const ALLOWED = new Set([
  "MIT",
  "MIT-0",
  "ISC",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "Unlicense",
]);
/** The framework and its providers: installed by the user as peers, under a licence that asks to keep their files as they are. */
const PEERS = { "MPL-2.0": /^(cdktf|@cdktf\/.*)$/ };

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const problems = [];
const counts = {};
for (const [path, entry] of Object.entries(packages)) {
  if (path === "" || entry.dev || entry.devOptional) continue;
  const name = path.replace(/^.*node_modules\//, "");
  const licence = entry.license ?? readLicence(path) ?? "none";
  counts[licence] = (counts[licence] ?? 0) + 1;
  if (!isAllowed(licence) && !PEERS[licence]?.test(name)) problems.push(`${name}@${entry.version}: ${licence}`);
}
for (const [licence, count] of Object.entries(counts).sort()) console.log(`${String(count).padStart(4)} ${licence}`);
if (problems.length > 0) {
  console.error(`Not known to be compatible with Apache-2.0:\n${problems.map((one) => `  ${one}`).join("\n")}`);
  process.exitCode = 1;
}

/** `(MIT OR GPL-3.0)` is fine when one of them is, `MIT AND ISC` when both are. */
function isAllowed(expression) {
  return expression
    .replace(/[()]/g, "")
    .split(/ OR /)
    .some((choice) => choice.split(/ AND /).every((licence) => ALLOWED.has(licence.trim())));
}

function readLicence(path) {
  try {
    const { license, licenses } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    return license?.type ?? license ?? licenses?.map((one) => one.type).join(" OR ");
  } catch {
    return undefined;
  }
}
