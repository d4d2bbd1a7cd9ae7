import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { run } from "./support/process";
import { onPath } from "./support/tools";

const missing = onPath("shellcheck") ? "" : " (skipped: no shellcheck on PATH)";
const scripts = execFileSync("git", ["ls-files", "*.sh"], { encoding: "utf8" }).trim().split("\n");

test.skipIf(missing)(`shellcheck finds nothing in the shell scripts${missing}`, async () => {
  expect(scripts).toContain("constructs/storage/bucket-init.sh");
  expect(scripts).toContain("operations/compose/copy.sh");
  // SC1091: sourced files are made when the script runs. SC2016: programs in single quotes are meant to be.
  const { stdout } = await run("shellcheck", ["--exclude=SC1091,SC2016", ...scripts]);
  expect(stdout).toBe("");
});
