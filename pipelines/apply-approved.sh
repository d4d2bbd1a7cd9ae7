#!/usr/bin/env bash
# Applies an environment only if the plan made now does what was approved; `apply` itself compares, and refuses a plan that
# could not be reviewed.
# Usage: pipelines/apply-approved.sh ENV APPROVED-FINGERPRINT
set -euo pipefail
environment=$1 approved=${2:-}
code=0
npx private-registry plan "$environment" || code=$?
case $code in
  0) echo "$environment: nothing to apply" ;;
  2) npx private-registry apply "$environment" --approved "$approved" ;;
  *) exit "$code" ;;
esac
