#!/bin/sh
# scan.sh REGISTRY REPORTS                     every tag, by digest
# scan.sh REGISTRY REPORTS NAME DIGEST [TAG]   this image only, as a push makes it known
# Writes REPORTS/NAME@DIGEST.json for each. Ends with 1 when one has findings, with 2 when one could not be scanned.
# Needs crane and trivy; both log in by DOCKER_CONFIG. What counts: trivy's variables, e.g. TRIVY_SEVERITY=CRITICAL,HIGH.
set -eu
registry=$1 reports=$2

worst=0
mkdir -p "$reports"

scan() {
  file=$reports/$(printf %s "$1" | tr / _).json
  ended=0
  trivy image --quiet --image-src remote ${INSECURE:+--insecure} --exit-code 10 --format json --output "$file.part" "$registry/$1" || ended=$?
  case $ended in
    0) echo "clean    $1" ;;
    10)
      echo "findings $1 in $file"
      [ $worst = 2 ] || worst=1
      ;;
    *)
      echo "unknown  $1: trivy ended with $ended"
      worst=2
      return
      ;;
  esac
  mv "$file.part" "$file"
}

if [ $# -gt 2 ]; then
  # An event is text that somebody sent.
  printf '%s@%s\n' "$3" "$4" | grep -Eqx '[a-z0-9]+([._/-]+[a-z0-9]+)*@sha256:[0-9a-f]{64}' || {
    echo "scan.sh: no image by digest: $3@$4" >&2
    exit 2
  }
  # Signatures and attestations are no images.
  case ${5:-} in sha256-*) exit 0 ;; esac
  scan "$3@$4"
else
  for name in $(crane catalog ${INSECURE:+--insecure} "$registry"); do
    for tag in $(crane ls ${INSECURE:+--insecure} "$registry/$name"); do
      case $tag in sha256-*) continue ;; esac
      scan "$name@$(crane digest ${INSECURE:+--insecure} "$registry/$name:$tag")"
    done
  done
fi
exit $worst
