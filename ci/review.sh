#!/usr/bin/env bash
# Plans and reviews one environment without changing anything. Leaves in the folder RESULT (default: review-result):
#   ENV.md           the comment; its first line finds it again
#   ENV.fingerprint  equal for plans that do the same
# Nothing else may be kept: a plan and its JSON hold every secret in clear text.
# Usage: ci/review.sh ENV      Secrets: TF_VAR_…, or `private-registry secrets import`
set -euo pipefail
environment=$1
result=${RESULT:-review-result}
mkdir -p "$result"

# Nobody waits for a pull request's lock. REFRESH=false plans against the state alone, where no Docker host can be reached.
options=(--no-lock)
[ "${REFRESH:-true}" = true ] || options+=(--no-refresh)
code=0
npx private-registry plan "$environment" "${options[@]}" >/dev/null || code=$?
[ "$code" = 0 ] || [ "$code" = 2 ] || exit "$code"

code=0
npx private-registry review "$environment" --format json >"$result/$environment.json" || code=$?
node -p 'JSON.parse(require("node:fs").readFileSync(process.argv[1])).fingerprint' "$result/$environment.json" \
  >"$result/$environment.fingerprint"
rm "$result/$environment.json"
npx private-registry review "$environment" --format markdown >"$result/$environment.md" || true
printf '\n<!-- fingerprint: %s -->\n' "$(cat "$result/$environment.fingerprint")" >>"$result/$environment.md"
exit "$code"
