import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runScript, writeProgram } from "./scripts";

const PRINT = "a".repeat(64);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pipeline-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A command line that only ends with what it is told to, whatever it printed before. */
function pretend(plan: number, review: number, comment: string): void {
  writeProgram(
    folder,
    "npx",
    `#!/bin/sh
echo "$2" >>calls
case $2 in
  plan) exit ${plan} ;;
  review) printf '${comment}'; exit ${review} ;;
esac
`,
  );
}

const COMMENT = `<!-- private-registry review: lab -->\\n<!-- fingerprint: ${PRINT} -->\\n\\n### lab\\n`;
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const calls = () => (existsSync(join(folder, "calls")) ? read("calls").trim().split("\n") : []);

describe("review.sh", () => {
  test.each([
    [0, 0],
    [2, 0],
    [2, 2],
  ])("keeps a review that ended with %i, %i", async (plan, review) => {
    pretend(plan, review, COMMENT);
    expect((await runScript("review.sh", ["lab"], folder)).code).toBe(review);
    expect(read("review-result/lab.fingerprint")).toBe(`${PRINT}\n`);
    expect(read("review-result/lab.md")).toContain("### lab\n");
  });

  test.each([
    ["the plan", 1, 0, 1],
    ["the plan", 64, 0, 64],
    ["the plan", 130, 0, 130],
    ["the review", 2, 1, 1],
    ["the review", 2, 64, 64],
    ["the review", 2, 130, 130],
    ["the review", 2, 137, 137],
  ])("keeps nothing when %s fails: %i, %i, even with a fingerprint printed", async (_, plan, review, code) => {
    pretend(plan, review, COMMENT);
    expect((await runScript("review.sh", ["lab"], folder)).code).toBe(code);
    expect(existsSync(join(folder, "review-result/lab.fingerprint"))).toBe(false);
    expect(read("review-result/lab.md")).toMatch(/^<!-- private-registry review: lab -->\n\n### lab: ✗ not reviewed\n/);
    expect(read("review-result/lab.md")).not.toContain(PRINT);
  });

  test.each([
    ["none", "<!-- private-registry review: lab -->\\n\\n### lab\\n"],
    ["one further down", `<!-- private-registry review: lab -->\\n\\n<!-- fingerprint: ${PRINT} -->\\n`],
    ["one that is too short", "<!-- private-registry review: lab -->\\n<!-- fingerprint: aaaa -->\\n"],
    ["nothing at all", ""],
  ])("fails when the comment holds %s", async (_, comment) => {
    pretend(2, 0, comment);
    expect((await runScript("review.sh", ["lab"], folder)).code).toBe(1);
    expect(existsSync(join(folder, "review-result/lab.fingerprint"))).toBe(false);
  });
});

describe("apply-approved.sh", () => {
  test.each([1, 64, 130])("applies nothing when the plan ends with %i", async (plan) => {
    pretend(plan, 0, COMMENT);
    expect((await runScript("apply-approved.sh", ["lab", PRINT], folder)).code).toBe(plan);
    expect(calls()).toEqual(["plan"]);
  });

  test("asks for nothing when the plan changes nothing", async () => {
    pretend(0, 0, COMMENT);
    expect((await runScript("apply-approved.sh", ["lab", PRINT], folder)).code).toBe(0);
    expect(calls()).toEqual(["plan"]);
  });
});
