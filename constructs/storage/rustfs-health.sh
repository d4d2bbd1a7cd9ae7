#!/bin/sh
# RustFS's health check, which also asks RustFS to stop in order when it has kept too much memory; the engine then starts it
# again at once. RustFS 1.0.1 keeps memory after writes and scans, and only a new process gives it back. The kernel's kill would
# come in the middle of pushes, and cost a heal of every object.
#
#   rustfs-health.sh QUIET BUSY   percent of the limit at which RustFS is stopped: when nothing has moved for half a minute, and
#                                 whatever moves; none: never
#   HEALTH_ROOT HEALTH_STOP       for tests: where /sys, /proc and /tmp are, and what stops RustFS
#
# Needs sh, curl, sed, awk and date, BusyBox's or others.
set -u
root=${HEALTH_ROOT:-}

curl --noproxy '*' -fsS -o /dev/null "http://127.0.0.1:9000/health/ready" || exit 1
[ $# = 2 ] || exit 0

# What the kernel cannot take back, and the limit: cgroup v2, then v1.
cgroup=$root/sys/fs/cgroup
if [ -r "$cgroup/memory.max" ]; then
  limit=$(cat "$cgroup/memory.max") kept=$(awk '$1 == "anon" { print $2 }' "$cgroup/memory.stat")
elif [ -r "$cgroup/memory/memory.limit_in_bytes" ]; then
  limit=$(cat "$cgroup/memory/memory.limit_in_bytes") kept=$(awk '$1 == "total_rss" { print $2 }' "$cgroup/memory/memory.stat")
else
  exit 0
fi
case $limit$kept in '' | *[!0-9]*) exit 0 ;; esac
kept=$((kept / 1048576)) limit=$((limit / 1048576))
percent=$((kept * 100 / limit))

# Bytes that came and went over every network but loopback, where this check is. They are noted every 25 s or so, and it is quiet
# when less than 1 MiB has come since: the registry asks for its own health every 10 s.
moved=$(sed 's/:/ /' "$root/proc/net/dev" | awk 'NR > 2 && $1 != "lo" { sum += $2 + $10 } END { printf "%.0f", sum }')
now=$(date +%s) noted=$root/tmp/private-registry-moved quiet=no age=999
if [ -r "$noted" ] && read -r at before <"$noted"; then
  age=$((now - at))
  [ "$age" -lt 25 ] || [ "$age" -gt 120 ] || [ "$moved" -lt "$before" ] || [ $((moved - before)) -ge 1048576 ] || quiet=yes
fi
[ "$age" -lt 25 ] || printf '%s %s\n' "$now" "$moved" >"$noted"

# Seconds since RustFS started; the kernel counts them in hundredths.
started=$(sed 's/.*) //' "$root/proc/1/stat" | awk '{ print $20 }')
up=$(awk -v started="$started" '{ printf "%d", $1 - started / 100 }' "$root/proc/uptime")

stop() {
  printf '{"timestamp":"%s","level":"WARN","target":"private-registry","message":"orderly restart: memory %s of %s MiB kept, %s"}\n' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$kept" "$limit" "$1" >"$root/proc/1/fd/1"
  ${HEALTH_STOP:-kill -TERM 1}
  exit 0
}

[ "$percent" -lt "$2" ] || [ "$up" -lt 60 ] || stop "before the kernel kills"
[ "$percent" -lt "$1" ] || [ "$up" -lt 900 ] || [ $quiet = no ] || stop "nothing moves"
exit 0
