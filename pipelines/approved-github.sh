#!/usr/bin/env bash
# Prints the fingerprint that was reviewed in the pull request which a commit was merged with; nothing when there was none.
# Usage: pipelines/approved-github.sh ENV COMMIT      Needs gh, GH_TOKEN and GITHUB_REPOSITORY.
set -euo pipefail
environment=$1 commit=$2
number=$(gh api "repos/$GITHUB_REPOSITORY/commits/$commit/pulls" --jq '[.[] | select(.merged_at != null)][0].number // empty')
[ -n "$number" ] || exit 0
# Only our own comment, only its second line, only the newest: a plan's text, an old comment or a person may say anything.
MARKER="<!-- private-registry review: $environment -->" gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" \
  --jq '.[] | select(.user.login == "github-actions[bot]") | .body | split("\n") | map(rtrimstr("\r")) | select(.[0] == env.MARKER) | .[1] // ""' |
  tail -n 1 | sed -n 's/^<!-- fingerprint: \([0-9a-f]\{64\}\) -->$/\1/p'
