#!/bin/sh
# Makes a bucket ready for a registry: creates what is missing, deletes nothing but its own proof, and proves the result.
# Needs sh, curl 7.88 or newer, sha256sum and coreutils or BusyBox. Safe to run again and again.
#
#   S3_ENDPOINT S3_REGION S3_BUCKET   which bucket
#   READY_PATH WAIT_SECONDS           what answers 200 once a server is ready, and how long to wait for it
#   SERVERS STEADY_SECONDS            addresses of all servers behind the endpoint; how long all must have been ready
#   POLICY_NAME                       name of the scoped user's policy; empty: no scoped user (a server that is not RustFS)
#   LIFECYCLE_MD5                     Content-MD5 of lifecycle.xml; empty: no lifecycle rule
#   PROVE                             write: an object of its own is written, read and deleted with the registry's key
#   JOB_DIR                           policy.json and lifecycle.xml
#   SECRETS_DIR                       root-access-key, root-secret-key, registry-access-key, registry-secret-key
#
# curl signs the query as it stands, so parameters are sorted and each has its `=`; curl 7.88 sends no
# x-amz-content-sha256 by itself, which strict servers demand. Keys reach curl on standard input, never in arguments.
set -eu
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf 'bucket-init: %s\n' "$1"; }
fail() {
  printf 'bucket-init: failed: %s\n' "$1" >&2
  exit 1
}

read_key() { tr -d '\r\n' <"$SECRETS_DIR/$1"; }
root=$(read_key root-access-key):$(read_key root-secret-key)
registry=
if [ -n "$POLICY_NAME" ]; then
  registry_key=$(read_key registry-access-key)
  registry_secret=$(read_key registry-secret-key)
  registry=$registry_key:$registry_secret
  [ "$registry_key" != "${root%%:*}" ] ||
    fail "registry_s3_access_key must not be RustFS's root key: the registry gets a key of its own"
fi

# call AS METHOD PATH [BODY-FILE [HEADER]]: asks $server, sets $status (000: no answer) and leaves the body in $work/answer.
# AS is KEY:SECRET, or empty for an anonymous request.
server=$S3_ENDPOINT
call() {
  as=$1 request="$2 $3" body=${4:-/dev/null} header=${5:-X-Requested-By: bucket-init}
  hash=$(sha256sum <"$body")
  url=$server$3
  : >"$work/answer"
  case $2 in
    HEAD) set -- --head ;;
    GET) set -- --get ;;
    *) set -- --request "$2" --data-binary "@$body" --header 'Content-Type: application/octet-stream' ;;
  esac
  [ -z "$as" ] || set -- "$@" --config - --aws-sigv4 "aws:amz:$S3_REGION:s3"
  status=$(printf 'user = "%s"\n' "$as" | curl --silent --show-error --max-time 20 --output "$work/answer" --write-out '%{http_code}' \
    --header "x-amz-content-sha256: ${hash%% *}" --header "$header" "$@" "$url" 2>"$work/error") || status=${status:-000}
}

# must STATUSES WHAT: fails unless the last call was answered with one of them.
must() {
  case " $1 " in *" $status "*) return 0 ;; esac
  [ "$status" != 000 ] || fail "$2: $request got no answer: $(sed 's/^curl: ([0-9]*) //' "$work/error" | head -n 1)"
  code=$(sed -n 's/.*<Code>\([A-Za-z0-9]*\)<.*/ \1/p' "$work/answer" | head -n 1)
  fail "$2: $request answered HTTP $status$code, expected $(printf '%s' "$1" | sed 's/ / or /g')"
}

# until_heard CALL…: RustFS on several machines tells all of them what was made on one, but not at once, and the next call may reach
# another; and one of them may just be replaced.
until_heard() {
  deadline=$(($(date +%s) + 10))
  call "$@"
  while is_unheard && [ "$(date +%s)" -lt "$deadline" ]; do
    sleep 0.2
    call "$@"
  done
}
is_unheard() { case $status in 403 | 404 | 5??) ;; *) return 1 ;; esac }

# all_ready: false with $server at the first that is not.
all_ready() {
  for server in $SERVERS; do
    call "" GET "$READY_PATH"
    [ "$status" = 200 ] || return 1
  done
}

# RustFS 1.0.1 restores objects on a disk that is new or was away, but no policies and no users: only writing them anew does. So every
# server has to be there, and to stay: a rolling update takes the next one away when the last is back.
now=$(date +%s)
give_up=$((now + WAIT_SECONDS)) since=$now missed=
until all_ready && [ $((now - since)) -ge "$STEADY_SECONDS" ]; do
  if [ "$status" != 200 ]; then
    [ "$now" -lt "$give_up" ] || must 200 "storage was not ready within $WAIT_SECONDS s ($server), its own log says why"
    [ "$server" = "$missed" ] || say "waiting for $server"
    missed=$server since=$now
  fi
  sleep 0.2
  now=$(date +%s)
done
server=$S3_ENDPOINT

call "$root" HEAD "/$S3_BUCKET"
case $status in
  200) say "bucket $S3_BUCKET exists" ;;
  404)
    call "$root" PUT "/$S3_BUCKET"
    must "200 409" "create bucket $S3_BUCKET"
    until_heard "$root" HEAD "/$S3_BUCKET"
    must 200 "look at new bucket $S3_BUCKET"
    say "bucket $S3_BUCKET created"
    ;;
  # The answer to HEAD has no body, so it does not say why.
  *)
    call "$root" GET "/$S3_BUCKET?list-type=2&max-keys=1"
    must 200 "look at bucket $S3_BUCKET with the root key"
    ;;
esac

if [ -n "$LIFECYCLE_MD5" ]; then
  call "$root" GET "/$S3_BUCKET?lifecycle="
  must "200 404" "read lifecycle rules"
  # Rules that somebody else made stay as they are; a PUT would replace them.
  if [ "$status" = 200 ] && [ "$(grep -o '<Rule>' "$work/answer" | wc -l)" -gt "$(grep -c '<ID>abort-incomplete-uploads</ID>' "$work/answer")" ]; then
    say "bucket has lifecycle rules of its own: left alone; make sure that one aborts incomplete uploads"
  else
    until_heard "$root" PUT "/$S3_BUCKET?lifecycle=" "$JOB_DIR/lifecycle.xml" "Content-MD5: $LIFECYCLE_MD5"
    must "200 204" "set the lifecycle rule that aborts incomplete uploads"
    say "incomplete uploads are aborted by a lifecycle rule"
  fi
fi

if [ -n "$registry" ]; then
  call "$root" PUT "/rustfs/admin/v3/add-canned-policy?name=$POLICY_NAME" "$JOB_DIR/policy.json"
  must 200 "write policy $POLICY_NAME"
  printf '{"secretKey":"%s","status":"enabled"}' "$registry_secret" >"$work/user.json"
  call "$root" PUT "/rustfs/admin/v3/add-user?accessKey=$registry_key" "$work/user.json"
  rm -f "$work/user.json"
  must 200 "write the registry's user"
  until_heard "$root" PUT "/rustfs/admin/v3/set-user-or-group-policy?isGroup=false&policyName=$POLICY_NAME&userOrGroup=$registry_key"
  must 200 "attach policy $POLICY_NAME to the registry's user"

  until_heard "$registry" GET "/$S3_BUCKET?list-type=2&max-keys=1"
  must 200 "proof: the registry's key lists its bucket"
  call "$registry" GET "/$S3_BUCKET-of-somebody-else?list-type=2&max-keys=1"
  must 403 "proof: the registry's key is refused another bucket"
  say "the registry's key reaches bucket $S3_BUCKET and no other"

  if [ "$PROVE" = write ]; then
    printf 'written by bucket-init at %s\n' "$(date +%s)" >"$work/proof"
    written=$(sha256sum <"$work/proof")
    until_heard "$registry" PUT "/$S3_BUCKET/private-registry-proof" "$work/proof"
    must 200 "proof: the registry's key writes an object"
    until_heard "$registry" GET "/$S3_BUCKET/private-registry-proof"
    must 200 "proof: the registry's key reads the object"
    [ "$(sha256sum <"$work/answer")" = "$written" ] || fail "proof: what was read is not what was written"
    until_heard "$registry" DELETE "/$S3_BUCKET/private-registry-proof"
    must "200 204" "proof: the registry's key deletes the object"
    say "the storage took, gave and deleted an object, with the key of the registry"
  fi
fi

call "" GET "/$S3_BUCKET?list-type=2&max-keys=1"
must "401 403" "proof: an anonymous request is refused"
say "anonymous requests are refused"
