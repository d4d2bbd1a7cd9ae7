#!/usr/bin/env bash
# Prints, as a JSON list, which of the given environments a change touches: those whose file changed, or all of them when
# anything changed that they are made from.
# Usage: pipelines/changed.sh BASE '["staging", "production"]'
set -euo pipefail
base=$1 environments=$2
changed=$(git diff --name-only "$base" --)
CHANGED=$changed node -p '
  const changed = process.env.CHANGED.split("\n");
  const shared = changed.some((file) => /^(config|constructs|stacks)\/|^package-lock\.json$|\.lock\.hcl$/.test(file));
  const own = (name) => changed.some((file) => file === `environments/${name}.yaml` || file === `environments/${name}.yml`);
  JSON.stringify(JSON.parse(process.argv[1]).filter((name) => shared || own(name)));
' "$environments"
