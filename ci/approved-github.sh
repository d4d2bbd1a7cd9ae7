#!/usr/bin/env bash
# Prints the fingerprint that was reviewed in the pull request which a commit came from; nothing when there was none.
# Usage: ci/approved-github.sh ENV COMMIT      Needs gh, GH_TOKEN and GITHUB_REPOSITORY.
set -euo pipefail
environment=$1 commit=$2
number=$(gh api "repos/$GITHUB_REPOSITORY/commits/$commit/pulls" --jq '.[0].number // empty')
[ -n "$number" ] || exit 0
MARKER="<!-- private-registry review: $environment -->" gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" \
  --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .body' |
  sed -n 's/^<!-- fingerprint: \([0-9a-f]\{64\}\) -->$/\1/p' | tail -n 1
