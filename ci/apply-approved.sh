#!/usr/bin/env bash
# Applies an environment only if the plan made now does what was approved.
# Usage: ci/apply-approved.sh ENV APPROVED-FINGERPRINT
set -euo pipefail
environment=$1 approved=${2:-}
code=0
npx private-registry plan "$environment" || code=$?
case $code in
  0) echo "$environment: nothing to apply"; exit 0 ;;
  2) ;;
  *) exit "$code" ;;
esac
now=$(npx private-registry review "$environment" --format json | node -p 'JSON.parse(require("node:fs").readFileSync(0)).fingerprint' || true)
if [ -z "$approved" ] || [ "$now" != "$approved" ]; then
  echo "$environment: not applied: the plan is not the one that was approved (approved ${approved:-nothing}, now $now)." >&2
  echo "  → open a pull request that shows it, or apply by hand: private-registry apply $environment" >&2
  exit 1
fi
npx private-registry apply "$environment" --yes
