// Adds up the results of the tiers: why something was skipped, then one line of counts.
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";

const totals = { passed: 0, failed: 0, pending: 0 };
const reasons = new Set();
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`${basename(file, ".json")}: failed before its tests`);
    totals.failed += 1;
    process.exitCode = 1;
    continue;
  }
  const { testResults, success, numTotalTests } = JSON.parse(readFileSync(file, "utf8"));
  if (!success || numTotalTests === 0) process.exitCode = 1;
  for (const { assertionResults, status, name, message } of testResults) {
    // A file that does not load has no results of its own.
    if (status === "failed" && assertionResults.length === 0) {
      totals.failed += 1;
      console.log(`${name}: ${message}`);
    }
    for (const result of assertionResults) {
      totals[result.status === "passed" || result.status === "failed" ? result.status : "pending"] += 1;
      const reason = result.ancestorTitles.find((title) => title.includes("skipped: "));
      if (result.status !== "passed" && result.status !== "failed") reasons.add(reason ?? result.fullName);
    }
  }
}
for (const reason of reasons) console.log(reason.includes("skipped: ") ? reason : `skipped: ${reason}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.pending} skipped`);
