#!/bin/sh
# Copies a registry's objects to an S3 server, from another one or from a folder, and proves that all of them arrived. Deletes nothing.
# Needs sh, curl 7.88 or newer, sed, awk and sha256sum. Layers go first and tags last, so that nothing points to what is not there yet.
set -eu
here=$(dirname "$0")
. "$here/settings"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

say() { printf 'import: %s\n' "$1"; }
fail() {
  printf 'import: failed: %s\n' "$1" >&2
  exit 1
}

# One signed request; the keys reach curl in a file, never in arguments.
source_s3() { curl -sS -K "$here/source.curl" --aws-sigv4 "aws:amz:$SOURCE_REGION:s3" "$@"; }
target_s3() { curl -sS -K "$here/target.curl" --aws-sigv4 "aws:amz:$TARGET_REGION:s3" "$@"; }

encode() { printf '%s' "$1" | sed 's,/,%2F,g'; }

# "size key" of every object under the prefix, a page at a time. curl signs the query as it stands: sorted, encoded.
list() {
  after=
  while :; do
    query="list-type=2&max-keys=$PAGE&prefix=$(encode "$PREFIX")"
    [ -z "$after" ] || query="$query&start-after=$(encode "$after")"
    status=$("$1" -H "x-amz-content-sha256: $empty" -o "$work/page" -w '%{http_code}' "$2?$query") || status=000
    [ "$status" = 200 ] || fail "list $2: HTTP $status $(sed -n 's/.*<Code>\([A-Za-z]*\)<.*/\1/p' "$work/page" 2>/dev/null)"
    tr -d '\r\n' <"$work/page" | sed 's/<Contents>/\
&/g' | sed -n -e 's/^<Contents>.*<Key>\([^<]*\)<.*<Size>\([0-9]*\)<.*/\2 \1/p' -e t \
      -e 's/^<Contents>.*<Size>\([0-9]*\)<.*<Key>\([^<]*\)<.*/\1 \2/p' >"$work/keys"
    grep -v '/_uploads/' "$work/keys" || :
    grep -q '<IsTruncated>true<' "$work/page" || return 0
    after=$(tail -n 1 "$work/keys")
    after=${after#* }
    [ -n "$after" ] || fail "list $2: a page without keys"
  done
}

# The same of the old registry. A folder has the same names below it.
list_source() {
  if [ -z "${SOURCE_DIR:-}" ]; then
    list source_s3 "$SOURCE_URL"
    return
  fi
  [ -d "$SOURCE_DIR/$PREFIX" ] || return 0
  (cd "$SOURCE_DIR" && find "$PREFIX" -type f -printf '%s %p\n') >"$work/files" || fail "list $SOURCE_DIR"
  grep -v '/_uploads/' "$work/files" || :
}

copy() {
  object="$work/object"
  if [ -n "${SOURCE_DIR:-}" ]; then
    object="$SOURCE_DIR/$2"
  else
    status=$(source_s3 -H "x-amz-content-sha256: $empty" -o "$object" -w '%{http_code}' "$SOURCE_URL/$2") || status=000
    [ "$status" = 200 ] || fail "read $2: HTTP $status"
  fi
  sum=$(sha256sum <"$object") || fail "read $2"
  sum=${sum%% *}
  case $2 in
    */blobs/sha256/*/data)
      digest=${2%/data}
      [ "$sum" = "${digest##*/}" ] || fail "$2 does not hold what its digest says: the old storage lost data, remove the image there"
      ;;
  esac
  status=$(target_s3 -H "x-amz-content-sha256: $sum" -H 'Content-Type: application/octet-stream' -o "$work/answer" \
    -w '%{http_code}' -T "$object" "$TARGET_URL/$2") || status=000
  [ "$status" = 200 ] || fail "write $2: HTTP $status $(sed -n 's/.*<Code>\([A-Za-z]*\)<.*/\1/p' "$work/answer" 2>/dev/null)"
}

list_source >"$work/source"
total=$(wc -l <"$work/source")
total=$((total))
[ "$total" -gt 0 ] || fail "${SOURCE_DIR:-${SOURCE_URL:-}} has nothing under $PREFIX; look at the bucket and the root directory in $here/settings"
if grep -q ' .*[^A-Za-z0-9/._-]' "$work/source"; then fail "an object's name is none that a registry makes"; fi
list target_s3 "$TARGET_URL" >"$work/target"

# Not NR == FNR: the first file may be empty. A layer is what its name says; everything else may have changed since, and is small.
awk 'FILENAME == ARGV[1] { have[$0] = 1; next } !($2 ~ /\/blobs\/.*\/data$/ && ($0 in have))' "$work/target" "$work/source" >"$work/todo"
{
  grep '/v2/blobs/' "$work/todo" || :
  grep -v '/v2/blobs/' "$work/todo" | grep -v '/_manifests/tags/' || :
  grep '/_manifests/tags/' "$work/todo" || :
} >"$work/order"
say "$total objects, $(wc -l <"$work/order" | tr -d ' ') to copy"
done=0
while read -r size key; do
  copy "$size" "$key" </dev/null
  done=$((done + 1))
  [ $((done % 100)) -ne 0 ] || say "$done copied"
done <"$work/order"

list target_s3 "$TARGET_URL" >"$work/target"
missing=$(awk 'FILENAME == ARGV[1] { have[$0] = 1; next } !($0 in have)' "$work/target" "$work/source" | wc -l)
[ "$((missing))" -eq 0 ] || fail "$((missing)) objects did not arrive; run this again"
say "$(awk '{ n += $1 } END { printf "%d objects, %.1f MB", NR, n / 1000000 }' "$work/source"), all of them there"
