import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeUnless, onPath } from "../support/tools";
import { runScript, writeProgram } from "./scripts";

const MARKER = "<!-- private-registry review: prod -->";
const bot = (id: number, body: string) => ({ id, user: { login: "github-actions[bot]" }, body });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "github-"));
  // `gh api … --jq FILTER` with jq instead of its own; what changes something is written down, a word a line.
  writeProgram(
    folder,
    "gh",
    `#!/bin/bash
[ "$1" = api ] || exit 22
case " $* " in *" --method "*) printf '%s\\n' "$@" >"$HOME/sent"; exit ;; esac
while [ $# -gt 1 ]; do
  [ "$1" = --jq ] && jq -r "$2" "$HOME/comments"
  shift
done
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the script sends to GitHub. @param pages of the comments that are there */
async function sent(...pages: readonly object[][]) {
  writeFileSync(join(folder, "comments"), pages.map((page) => JSON.stringify(page)).join("\n"));
  const file = join(folder, "prod.md");
  writeFileSync(file, `${MARKER}\n<!-- fingerprint: none -->\n\n### prod\n`);
  const { code, err } = await runScript("comment-github.sh", [file, "7"], folder, { GITHUB_REPOSITORY: "a/b" });
  expect(code, err).toBe(0);
  const words = readFileSync(join(folder, "sent"), "utf8").trim().split("\n");
  expect(words.slice(-2)).toEqual(["--field", `body=@${file}`]);
  return words.slice(words.indexOf("--method") + 1, -2).join(" ");
}

const NEW = "POST repos/a/b/issues/7/comments";

// Without jq nothing can stand in for what is built into gh.
describeUnless(onPath("jq") ? undefined : "no jq on PATH", "comment-github.sh", () => {
  test.each<[string, object[][], string]>([
    ["a first comment", [[]], NEW],
    ["its own again", [[bot(1, "LGTM"), bot(42, `${MARKER}\n\nold`)]], "PATCH repos/a/b/issues/comments/42"],
    [
      "its own on a later page",
      [[bot(1, "LGTM")], [bot(42, `${MARKER}\r\nold`)]],
      "PATCH repos/a/b/issues/comments/42",
    ],
    ["the first of several", [[bot(41, MARKER), bot(42, MARKER)]], "PATCH repos/a/b/issues/comments/41"],
    ["never a person's, whatever it says", [[{ ...bot(1, MARKER), user: { login: "mallory" } }]], NEW],
    ["never that of another environment", [[bot(1, MARKER.replace("prod", "production"))]], NEW],
    ["never one that quotes it", [[bot(1, `> ${MARKER}`)]], NEW],
  ])("%s", async (_, pages, expected) => expect(await sent(...pages)).toBe(expected));
});
