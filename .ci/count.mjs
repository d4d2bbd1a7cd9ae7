// Adds up the results of the tiers: what was skipped and why, then one line of counts. Fails for failures, for a tier without
// tests, and for a test that was skipped although this machine has what it says is missing.
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { objection } from "./reasons.mjs";

const totals = { passed: 0, failed: 0, skipped: 0 };
const fail = (text) => {
  console.log(text);
  process.exitCode = 1;
};
for (const file of process.argv.slice(2)) {
  const tier = basename(file, ".json");
  if (!existsSync(file)) {
    totals.failed += 1;
    fail(`${tier}: failed before its tests`);
    continue;
  }
  const { testResults, success, numTotalTests } = JSON.parse(readFileSync(file, "utf8"));
  if (numTotalTests === 0) fail(`${tier}: there are no tests`);
  if (!success) process.exitCode = 1;
  const reasons = new Map();
  for (const { assertionResults, status, name, message } of testResults) {
    // A file that does not load has no results of its own.
    if (status === "failed" && assertionResults.length === 0) {
      totals.failed += 1;
      fail(`${name}: ${message}`);
    }
    for (const result of assertionResults) {
      const outcome = result.status === "passed" || result.status === "failed" ? result.status : "skipped";
      totals[outcome] += 1;
      if (outcome !== "skipped") continue;
      const reason = reasonOf(result) ?? `no reason given by "${result.fullName}"`;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  for (const [reason, count] of reasons) {
    console.log(`${tier}: ${count} skipped: ${reason}`);
    const wrong = objection(reason);
    if (wrong) fail(`${tier}: must not be skipped: ${wrong}`);
  }
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);

/** What the title of a group or a test says: `skipped: …`, or `TITLE (skipped: …)`. */
function reasonOf({ ancestorTitles, title = "" }) {
  const titles = [...ancestorTitles, title];
  const [, reason] = /skipped: (.*)$/.exec(titles.find((one) => one.includes("skipped: ")) ?? "") ?? [];
  return reason?.replace(/\)$/, "");
}
