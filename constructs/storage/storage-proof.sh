#!/bin/sh
# Proves that a registry's storage takes, gives and deletes, by a registry of its own that nobody else reaches.
# Needs the registry's image: `registry`, and BusyBox's sh, nc, mkfifo, sed, sha256sum, timeout.
#
#   JOB_DIR        config.yml
#   PROVE          write, or read for a registry that is read-only
#   WAIT_SECONDS   how long the storage may take to answer one request
#
# What stays is what `verify` leaves too: the repository's name, and one blob of 14 bytes until the next garbage collection.
set -eu
umask 077
work=$(mktemp -d)
registry serve "$JOB_DIR/config.yml" >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
  printf 'storage-proof: failed: %s\n' "$1" >&2
  exit 1
}

address=$(sed -n 's/^ *addr: *"\{0,1\}\([^"]*\)"\{0,1\} *$/\1/p' "$JOB_DIR/config.yml")

# ask METHOD PATH [BODY]: sets $status and $location, and leaves the answer in $work/answer. The pipe stays open until the
# answer is there: Go ends a request whose client has closed its side.
ask() {
  rm -f "$work/request"
  mkfifo "$work/request"
  : >"$work/answer"
  timeout "$WAIT_SECONDS" nc "${address%:*}" "${address##*:}" <"$work/request" >"$work/answer" 2>/dev/null &
  client=$!
  exec 3>"$work/request"
  printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: %s\r\n\r\n%s' \
    "$1" "$2" "$address" "${#3}" "$3" >&3
  # Cut off at the end of its time, it has answered nothing: `must` says so. BusyBox would say "Terminated" besides.
  if wait "$client" 2>/dev/null; then cut=no; else cut=yes; fi
  exec 3>&-
  status=$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$work/answer")
  location=$(sed -n 's/^Location: http:\/\/[^/]*\(.*\)\r$/\1/p' "$work/answer")
}

# must STATUS WHAT: fails with what the storage said unless the last request was answered with that status.
must() {
  [ "$status" = "$1" ] && return 0
  kill -0 "$server" 2>/dev/null || fail "the registry does not start: $(tail -n 1 "$work/log")"
  # Distribution panics over an upload that was begun without a number: a website answers 200 to everything.
  [ -n "$status" ] || [ "$cut" = yes ] || fail "$2: the registry broke off, as it does over an answer that is not S3's"
  [ -n "$status" ] || fail "$2: the storage did not answer within $WAIT_SECONDS s"
  # Of Distribution's answer, what the driver says; the storage's identifiers of the request help nobody here.
  said=$(sed -n 's/.*"detail":"\(.*\)"}\]}.*/\1/p' "$work/answer" |
    sed -e 's/\\n\\tstatus code: \([0-9]*\).*/ (HTTP \1)/' -e 's/\\n\|\\t/ /g' -e 's/\\"/"/g' -e 's/\/docker\/registry\/v2\/[^"]*//')
  fail "$2: ${said:-HTTP $status}"
}

tries=0
until grep -qs "listening on" "$work/log" || [ "$tries" -ge 100 ]; do
  kill -0 "$server" 2>/dev/null || break
  tries=$((tries + 1))
  sleep 0.1
done

if [ "$PROVE" = read ]; then
  ask GET "/v2/_catalog?n=1" ""
  [ "$status" = 404 ] || must 200 "the storage is read"
  printf 'storage-proof: the storage gives what is in it; nothing was written, since the registry is read-only\n'
  exit 0
fi

content='storage proof'
digest=$(printf '%s\n' "$content" | sha256sum)
digest=sha256:${digest%% *}
ask POST "/v2/private-registry/verify/blobs/uploads/" ""
must 202 "an upload is begun"
case $location in *\?*) location="$location&digest=$digest" ;; *) location="$location?digest=$digest" ;; esac
ask PUT "$location" "$content
"
must 201 "a blob is written"
ask GET "/v2/private-registry/verify/blobs/$digest" ""
must 200 "the blob is read"
[ "$(tail -n 1 "$work/answer")" = "$content" ] || fail "the blob is read: what came back is not what was written"
ask DELETE "/v2/private-registry/verify/blobs/$digest" ""
must 202 "the blob is deleted"
printf 'storage-proof: the storage took, gave and deleted a blob, with the key of the registry\n'
