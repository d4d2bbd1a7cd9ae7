#!/bin/sh
# Copies a registry's objects from another S3 server, or from a directory, and proves that all of them arrived. Deletes nothing.
# Needs sh, curl 7.88 or newer, sed, awk, find, stat and sha256sum. Layers go first and tags last, so that nothing points to what is
# not there yet.
set -eu
here=$(dirname "$0")
SOURCE_DIRECTORY=
. "$here/settings"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
empty=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
workers='1 2 3 4'
# S3 takes no more in one request.
largest=5368709120

say() { printf 'import: %s\n' "$1"; }
fail() {
  printf 'import: failed: %s\n' "$1" >&2
  exit 1
}

# One signed request; the keys reach curl in a file, never in arguments.
source_s3() { curl -sS -K "$here/source.curl" --aws-sigv4 "aws:amz:$SOURCE_REGION:s3" "$@"; }
target_s3() { curl -sS -K "$here/target.curl" --aws-sigv4 "aws:amz:$TARGET_REGION:s3" "$@"; }

encode() { printf '%s' "$1" | sed 's,/,%2F,g'; }

# "size sum key" of every object under the prefix, a page at a time; the sum is S3's ETag, which for a small object is its MD5. curl signs the query as it stands: sorted, encoded.
list() {
  after=
  while :; do
    query="list-type=2&max-keys=$PAGE&prefix=$(encode "$PREFIX")"
    [ -z "$after" ] || query="$query&start-after=$(encode "$after")"
    status=$("$1" -H "x-amz-content-sha256: $empty" -o "$work/page" -w '%{http_code}' "$2?$query") || status=000
    [ "$status" = 200 ] || fail "list $2: HTTP $status $(sed -n 's/.*<Code>\([A-Za-z]*\)<.*/\1/p' "$work/page" 2>/dev/null)"
    tr -d '\r\n' <"$work/page" | sed 's/<Contents>/\
&/g' | awk '
      function field(name) {
        if (!match($0, "<" name ">[^<]*<")) return "-"
        return substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3)
      }
      /^<Contents>/ { sum = field("ETag"); gsub(/&quot;|&#34;|"/, "", sum); print field("Size"), sum, field("Key") }' >"$work/keys"
    grep -v '/_uploads/' "$work/keys" || :
    grep -q '<IsTruncated>true<' "$work/page" || return 0
    after=$(tail -n 1 "$work/keys")
    after=${after##* }
    [ -n "$after" ] || fail "list $2: a page without keys"
  done
}

# The same of the source, whichever kind it is. A directory has the keys of S3 as paths.
list_source() {
  if [ -z "$SOURCE_DIRECTORY" ]; then
    list source_s3 "$SOURCE_URL"
    return
  fi
  cd "$SOURCE_DIRECTORY" || fail "there is no directory $SOURCE_DIRECTORY"
  [ -d "$PREFIX" ] || fail "$SOURCE_DIRECTORY has no $PREFIX: no registry kept its images there"
  { find "${PREFIX%/}" -type f ! -path '*/_uploads/*' -exec stat -c '%s %n' {} + >"$work/sizes"; } 2>"$work/errors" || :
  { find "${PREFIX%/}" -type f ! -path '*/_uploads/*' ! -path '*/blobs/*' -exec md5sum {} + >"$work/sums"; } 2>>"$work/errors" || :
  # What is removed meanwhile, such as an upload, is no error.
  if grep -v 'No such file' "$work/errors" >"$work/error"; then fail "$(head -n 1 "$work/error")"; fi
  awk 'FILENAME == ARGV[1] { sum[$2] = $1; next } { print $1, ($2 in sum ? sum[$2] : "-"), $2 }' "$work/sums" "$work/sizes"
  cd "$here"
}

# A file with the object's bytes: $1 is the key, $2 where a copy may be put.
fetch() {
  if [ -n "$SOURCE_DIRECTORY" ]; then
    file=$SOURCE_DIRECTORY/$1
    return
  fi
  file=$2
  status=$(source_s3 -H "x-amz-content-sha256: $empty" -o "$file" -w '%{http_code}' "$SOURCE_URL/$1") || status=000
  [ "$status" = 200 ] || fail "read $1: HTTP $status"
}

copy() {
  fetch "$1" "$work/object.$2"
  sum=$(sha256sum <"$file")
  sum=${sum%% *}
  case $1 in
    */blobs/sha256/*/data)
      digest=${1%/data}
      [ "$sum" = "${digest##*/}" ] || fail "$1 does not hold what its digest says: the old registry lost data, remove the image there"
      ;;
  esac
  status=$(target_s3 -H "x-amz-content-sha256: $sum" -H 'Content-Type: application/octet-stream' -o "$work/answer.$2" \
    -w '%{http_code}' -T "$file" "$TARGET_URL/$1") || status=000
  [ "$status" = 200 ] || fail "write $1: HTTP $status $(sed -n 's/.*<Code>\([A-Za-z]*\)<.*/\1/p' "$work/answer.$2" 2>/dev/null)"
}

# Copies what a worker's list names.
work_through() {
  done=0
  while read -r _ _ key; do
    copy "$key" "$1" </dev/null
    done=$((done + 1))
    [ $((done % 100)) -ne 0 ] || say "$done of $(wc -l <"$work/part.$1" | tr -d ' ') $2, worker $1 of 4"
  done <"$work/part.$1"
}

# Copies all keys of a list at once by several workers; what comes after it finds all of it there.
copy_all() {
  for worker in $workers; do awk -v w="$worker" 'NR % 4 == w % 4' "$work/$1" >"$work/part.$worker"; done
  running=
  for worker in $workers; do
    work_through "$worker" "$1" &
    running="$running $!"
  done
  failed=
  for process in $running; do wait "$process" || failed=1; done
  [ -z "$failed" ] || fail "not everything was copied; see above, and run this again"
}

list_source >"$work/source"
total=$(wc -l <"$work/source")
total=$((total))
[ "$total" -gt 0 ] || fail "there is nothing under $PREFIX in the old storage; look at the bucket or directory in $here/settings"
if awk 'NF != 3 || $3 ~ /[^A-Za-z0-9\/._-]/ { bad = 1 } END { exit !bad }' "$work/source"; then fail "an object's name is none that a registry makes"; fi
large=$(awk -v most="$largest" '$1 > most { print $3; exit }' "$work/source")
[ -z "$large" ] || fail "$large has more than 5 GiB, which S3 takes in parts only: copy it with an S3 tool, then run this again"
list target_s3 "$TARGET_URL" >"$work/target"

# Not NR == FNR: the first file may be empty. A layer is what its name says; of everything else the sums must be equal.
awk 'FILENAME == ARGV[1] { size[$3] = $1; sum[$3] = $2; next }
  !($3 in size) || size[$3] != $1 || ($3 !~ /\/blobs\/.*\/data$/ && ($2 == "-" || sum[$3] != $2))' "$work/target" "$work/source" >"$work/todo"
grep '/v2/blobs/' "$work/todo" >"$work/layers" || :
grep -v '/v2/blobs/' "$work/todo" | grep -v '/_manifests/tags/' >"$work/links" || :
grep '/_manifests/tags/' "$work/todo" >"$work/tags" || :
say "$total objects, $(wc -l <"$work/todo" | tr -d ' ') to copy, $(awk '{ n += $1 } END { printf "%.1f MB", n / 1000000 }' "$work/todo")"
for kind in layers links tags; do copy_all "$kind"; done

list target_s3 "$TARGET_URL" >"$work/target"
missing=$(awk 'FILENAME == ARGV[1] { have[$3 " " $1] = 1; next } !(($3 " " $1) in have)' "$work/target" "$work/source" | wc -l)
[ "$((missing))" -eq 0 ] || fail "$((missing)) objects did not arrive; run this again"
gone=$(awk 'FILENAME == ARGV[1] { have[$3] = 1; next } !($3 in have) && /\/tags\/[^/]*\/current\/link$/' "$work/source" "$work/target" | wc -l)
[ "$((gone))" -eq 0 ] || say "$((gone)) tags are in the new registry only: the old one lost them since, or somebody pushed here"
say "$(awk '{ n += $1 } END { printf "%d objects, %.1f MB", NR, n / 1000000 }' "$work/source"), all of them there"
