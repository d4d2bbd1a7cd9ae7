#!/usr/bin/env bash
# Prints the fingerprint that was reviewed in the merge request which a commit was merged with; nothing when there was none.
# Usage: pipelines/approved-gitlab.sh ENV COMMIT      Needs REVIEW_TOKEN and GitLab's own CI variables.
set -euo pipefail
exec node --input-type=module - "$1" "$2" <<'SCRIPT'
const [environment, commit] = process.argv.slice(2);
const { CI_API_V4_URL, CI_PROJECT_ID, REVIEW_TOKEN } = process.env;
const project = `projects/${CI_PROJECT_ID}`;

async function get(path) {
  const answer = await fetch(`${CI_API_V4_URL}/${path}`, { headers: { "PRIVATE-TOKEN": REVIEW_TOKEN } });
  if (!answer.ok) throw new Error(`GET ${path.split("?")[0]} answered HTTP ${answer.status}`);
  return { value: await answer.json(), next: answer.headers.get("x-next-page") };
}

const { value: requests } = await get(`${project}/repository/commits/${commit}/merge_requests`);
const merged = requests.find(({ state }) => state === "merged");
if (merged) {
  const { value: own } = await get("user");
  const bodies = [];
  for (let page = "1"; page; ) {
    const query = `sort=asc&order_by=created_at&per_page=100&page=${page}`;
    const { value: notes, next } = await get(`${project}/merge_requests/${merged.iid}/notes?${query}`);
    bodies.push(...notes.filter(({ author, system }) => author.id === own.id && !system).map(({ body }) => body));
    page = next;
  }
  // Only our own note, only its second line, only the newest: a plan's text, an old note or a person may say anything.
  const marker = `<!-- private-registry review: ${environment} -->`;
  const lines = bodies.map((body) => body.split(/\r?\n/)).filter(([first]) => first === marker).at(-1);
  const [, fingerprint] = /^<!-- fingerprint: ([0-9a-f]{64}) -->$/.exec(lines?.[1] ?? "") ?? [];
  if (fingerprint) console.log(fingerprint);
}
SCRIPT
