#!/usr/bin/env bash
# Writes a review as the merge request's one note for that environment: updates it when there is one.
# Usage: pipelines/comment-gitlab.sh FILE      Needs REVIEW_TOKEN and GitLab's own CI variables.
set -euo pipefail
exec node --input-type=module - "$1" <<'SCRIPT'
import { readFileSync } from "node:fs";

const body = readFileSync(process.argv[2], "utf8");
const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, REVIEW_TOKEN } = process.env;
const notes = `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/merge_requests/${CI_MERGE_REQUEST_IID}/notes`;
const headers = { "PRIVATE-TOKEN": REVIEW_TOKEN, "Content-Type": "application/json" };

async function call(method, url, content) {
  const answer = await fetch(url, { method, headers, body: content && JSON.stringify(content) });
  if (!answer.ok) throw new Error(`${method} ${new URL(url).pathname} answered HTTP ${answer.status}`);
  return answer;
}

const [marker] = body.split("\n");
let mine;
for (let page = "1"; page && !mine; ) {
  const answer = await call("GET", `${notes}?per_page=100&page=${page}`);
  mine = (await answer.json()).find((note) => note.body.startsWith(marker));
  page = answer.headers.get("x-next-page");
}
await (mine ? call("PUT", `${notes}/${mine.id}`, { body }) : call("POST", notes, { body }));
SCRIPT
