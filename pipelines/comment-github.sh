#!/usr/bin/env bash
# Writes a review as the pull request's one comment for that environment: updates it when there is one.
# Usage: pipelines/comment-github.sh FILE NUMBER      Needs gh, GH_TOKEN and GITHUB_REPOSITORY.
set -euo pipefail
file=$1 number=$2
marker=$(head -n 1 "$file")
comments="repos/$GITHUB_REPOSITORY/issues/$number/comments"
mine=$(MARKER=$marker gh api --paginate "$comments" \
  --jq '.[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .id' | head -n 1)
if [ -n "$mine" ]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$mine" --field "body=@$file"
else
  gh api --silent --method POST "$comments" --field "body=@$file"
fi
