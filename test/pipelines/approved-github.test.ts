import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeUnless, onPath } from "../support/tools";
import { runScript, writeProgram } from "./scripts";

const [OLD, NEW] = ["a".repeat(64), "b".repeat(64)];
const MARKER = "<!-- private-registry review: prod -->";
const bot = (body: string) => ({ user: { login: "github-actions[bot]" }, body });
const review = (print: string) => bot(`${MARKER}\n<!-- fingerprint: ${print} -->\n\n### prod`);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "github-"));
  // `gh api … --jq FILTER` with jq instead of its own; a file for each answer, a line for each page.
  writeProgram(
    folder,
    "gh",
    `#!/bin/bash
while [ $# -gt 0 ]; do
  case $1 in
    --jq) filter=$2; shift ;;
    repos/*/pulls) file=pulls ;;
    repos/*/issues/7/comments) file=comments ;;
    repos/*) exit 22 ;;
  esac
  shift
done
jq -r "$filter" "$HOME/$file"
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

async function approved(comments: readonly (readonly object[])[], pulls: readonly object[] = MERGED) {
  writeFileSync(join(folder, "pulls"), JSON.stringify(pulls));
  writeFileSync(join(folder, "comments"), comments.map((page) => JSON.stringify(page)).join("\n"));
  const { code, out } = await runScript("approved-github.sh", ["prod", "c0ffee"], folder, { GITHUB_REPOSITORY: "a/b" });
  expect(code).toBe(0);
  return out.trim();
}

const MERGED = [{ number: 7, merged_at: "2026-11-24T00:00:00Z" }];

// Without jq nothing can stand in for what is built into gh.
describeUnless(onPath("jq") ? undefined : "no jq on PATH", "approved-github.sh", () => {
  test.each<[string, readonly (readonly object[])[], string]>([
    ["the review's", [[review(NEW)]], NEW],
    ["the review's on a later page", [[{ user: { login: "ann" }, body: "LGTM" }], [review(NEW)]], NEW],
    ["with line ends of another system", [[bot(`${MARKER}\r\n<!-- fingerprint: ${NEW} -->\r\n\r\n### prod`)]], NEW],
    ["none without a comment", [[]], ""],
    ["none of a review that failed", [[bot(`${MARKER}\n\n### prod: ✗ not reviewed`)]], ""],
    ["none when the newest review failed", [[review(OLD), bot(`${MARKER}\n\n### prod: ✗ not reviewed`)]], ""],
    ["the newest", [[review(OLD), review(NEW)]], NEW],
    ["none that a person wrote", [[{ ...review(NEW), user: { login: "mallory" } }]], ""],
    ["none of another environment", [[bot(review(NEW).body.replace("prod", "production"))]], ""],
    ["none in the text below", [[bot(`${MARKER}\n\n<!-- fingerprint: ${NEW} -->\n`)]], ""],
    ["the second line's, whatever stands below", [[bot(`${review(NEW).body}\n<!-- fingerprint: ${OLD} -->\n`)]], NEW],
    ["none that is no fingerprint", [[bot(`${MARKER}\n<!-- fingerprint: undefined -->\n`)]], ""],
  ])("%s", async (_, comments, expected) => expect(await approved(comments)).toBe(expected));

  test.each([
    ["no pull request", []],
    ["one that is not merged", [{ number: 7, merged_at: null }]],
  ])("none for %s", async (_, pulls) => expect(await approved([[review(NEW)]], pulls)).toBe(""));

  test("that of the merged pull request, where an open one holds the commit, too", async () => {
    expect(await approved([[review(NEW)]], [{ number: 9, merged_at: null }, ...MERGED])).toBe(NEW);
  });
});
