#!/usr/bin/env bash
# Plans and reviews one environment without changing anything. Leaves in the folder RESULT (default: review-result):
#   ENV.md           the comment; its first line finds it again, whatever happened
#   ENV.fingerprint  what somebody approves with it; only where the plan was reviewed
# Nothing else may be kept: a plan holds every secret in clear text.
# Exits 0, or 2 for findings; anything else means that nothing was reviewed.
# Usage: pipelines/review.sh ENV      Secrets: TF_VAR_…, or `npx private-registry secrets import`
set -euo pipefail
environment=$1
result=${RESULT:-review-result}
comment=$result/$environment.md fingerprint=$result/$environment.fingerprint
mkdir -p "$result"
rm -f "$comment" "$fingerprint"

# Takes the place of an earlier review in the pull request, and so of what could be approved with it.
not_reviewed() {
  printf '<!-- private-registry review: %s -->\n\n### %s: ✗ not reviewed\n\n**%s** The log of this job says why.\n' \
    "$environment" "$environment" "$1" >"$comment"
  exit "$2"
}

# A lock that could not tell a changed provider is worth knowing; a plan with it is not, so it is made all the same.
npx private-registry lock --check >&2 || echo "The provider is not locked as it should be: npx private-registry lock, and commit the file." >&2

# Nobody waits for a pull request's lock. REFRESH=false plans against the state alone, where no Docker host can be reached.
options=(--no-lock)
[ "${REFRESH:-true}" = true ] || options+=(--no-refresh)
code=0
npx private-registry plan "$environment" "${options[@]}" >/dev/null || code=$?
case $code in
  0 | 2) ;;
  *) not_reviewed "The plan failed." "$code" ;;
esac

code=0
npx private-registry review "$environment" --format markdown >"$comment" || code=$?
case $code in
  0 | 2) ;;
  *) not_reviewed "The review failed." "$code" ;;
esac
sed -n '2s/^<!-- fingerprint: \([0-9a-f]\{64\}\) -->$/\1/p' "$comment" >"$fingerprint"
if [ ! -s "$fingerprint" ]; then
  rm "$fingerprint"
  not_reviewed "The review has no fingerprint." 1
fi
exit "$code"
