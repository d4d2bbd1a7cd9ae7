// Writes the snapshots and generated pages that tests compare with, and says what changed in them.
// Usage: npm run snapshots [-- FILE…]      FILE: a test file, or the start of its path. Default: all unit tests.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const files = () =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { encoding: "utf8" })
    .split("\0")
    .filter(Boolean);

function content(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

const before = new Map(files().map((file) => [file, content(file)]));
const { status, error } = spawnSync(
  "vitest",
  ["run", "--project", "unit", "--update=all", "--reporter=dot", ...process.argv.slice(2)],
  { stdio: "inherit" },
);
if (error) throw error;

const changed = files().filter((file) => content(file) !== (before.get(file) ?? ""));
const folder = mkdtempSync(join(tmpdir(), "snapshots-"));
for (const file of changed) {
  const old = join(folder, "before");
  writeFileSync(old, before.get(file) ?? "");
  const { stdout } = spawnSync("git", ["diff", "--no-index", "--unified=1", "--", old, file], { encoding: "utf8" });
  console.log(`\n${file}\n${stdout.split("\n").slice(4).join("\n").trimEnd()}`);
}
rmSync(folder, { recursive: true });
console.log(changed.length === 0 ? "\nNothing changed." : `\nChanged, read above: ${changed.join(", ")}`);
process.exitCode = status ?? 1;
