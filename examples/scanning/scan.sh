#!/bin/sh
# scan.sh REGISTRY REPORTS                     every tag, by digest
# scan.sh REGISTRY REPORTS NAME DIGEST [TAG]   this image only, as a push makes it known
# Writes REPORTS/NAME@DIGEST.json for each. Ends with 1 when one has findings, with 2 when something could not be scanned.
# Needs crane, trivy and flock; the first two log in by DOCKER_CONFIG. What counts: trivy's variables, e.g. TRIVY_SEVERITY=CRITICAL,HIGH.
set -eu
registry=$1 reports=$2

worst=0
mkdir -p "$reports" || exit 2

unknown() {
  echo "unknown  $1: $2"
  worst=2
}

scan() {
  file=$reports/$(printf %s "$1" | tr / _).json
  part=$file.$$
  ended=0
  # trivy gives up when another one uses its cache for more than some seconds.
  flock "$reports/.lock" trivy image --quiet --image-src remote ${INSECURE:+--insecure} --exit-code 10 --format json --output "$part" "$registry/$1" || ended=$?
  case $ended in
    0) echo "clean    $1" ;;
    10)
      echo "findings $1 in $file"
      [ $worst = 2 ] || worst=1
      ;;
    *)
      rm -f "$part"
      unknown "$1" "trivy ended with $ended"
      return
      ;;
  esac
  mv "$part" "$file" || unknown "$1" "$file cannot be written"
}

is_image() {
  # grep looks at each line by itself.
  case $1 in *[!a-z0-9@:._/-]*) return 1 ;; esac
  printf '%s\n' "$1" | grep -Eqx '[a-z0-9]+([._/-]+[a-z0-9]+)*@sha256:[0-9a-f]{64}'
}

scan_all() {
  names=$(crane catalog ${INSECURE:+--insecure} "$registry") || {
    unknown "$registry" "crane cannot list its repositories"
    return
  }
  for name in $names; do
    tags=$(crane ls ${INSECURE:+--insecure} "$registry/$name" 2>"$reports/.error") || {
      # A repository without tags is one that the registry does not know.
      grep -q NAME_UNKNOWN "$reports/.error" || unknown "$name" "$(cat "$reports/.error")"
      continue
    }
    for tag in $tags; do
      case $tag in sha256-*) continue ;; esac
      digest=$(crane digest ${INSECURE:+--insecure} "$registry/$name:$tag") || {
        unknown "$name:$tag" "crane finds no digest"
        continue
      }
      scan "$name@$digest"
    done
  done
}

if [ $# -gt 2 ]; then
  # An event is text that somebody sent.
  is_image "$3@$4" || {
    echo "scan.sh: no image by digest: $3@$4" >&2
    exit 2
  }
  # Signatures and attestations are no images.
  case ${5:-} in sha256-*) exit 0 ;; esac
  scan "$3@$4"
else
  scan_all
fi
exit $worst
