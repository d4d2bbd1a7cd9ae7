#!/bin/sh
# Serves, and lets what runs come to its end before it stops. Distribution closes its port as soon as it is told to stop, and
# only then waits for requests that run: until the last one has ended, everybody else is refused, and so is the next request of a
# push that it waits for. So the word to stop is kept back while the port stays open, until nothing runs.
#
#   serve.sh PORT SECONDS FILE   where the debug server listens, how long what runs may take (0: stop at once), the configuration
#
# Needs sh, wget, awk, date, timeout and a sleep that takes parts of a second: BusyBox's.
# Functions are called by the trap.
# shellcheck disable=SC2317
set -u
registry serve "$3" &
registry=$!

# Requests that run, and connections of clients. The debug server lists what each goroutine does; the one that answers
# this question is not counted. Nothing where it does not answer.
running() {
  timeout 3 wget -Y off -q -O - "http://127.0.0.1:$1/debug/pprof/goroutine?debug=1" 2>/dev/null | awk '
    /^[0-9]+ @/ { many = $1 }
    /\/registry\/handlers\.\(\*App\)\.ServeHTTP\+/ { requests += many }
    /net\/http\.\(\*conn\)\.serve\+/ { connections += many }
    END { if (NR) print requests + 0, connections - 1 }'
}

say() {
  printf '{"time":"%s","level":"%s","msg":"%s"}\n' "$(date -u +%FT%TZ)" "$1" "$2"
}

# A push is many requests, one soon after the other: it is over when nothing runs for a second, or nobody is connected.
settle() {
  end=$(($(date +%s) + $2)) quiet=0 said=no
  while [ "$quiet" -lt 4 ] && kill -0 "$registry" 2>/dev/null; do
    now=$(running "$1")
    case $now in '' | '0 0') return ;; esac
    requests=${now% *}
    if [ "$requests" = 0 ]; then quiet=$((quiet + 1)); else quiet=0; fi
    if [ "$(date +%s)" -ge "$end" ]; then
      [ "$requests" = 0 ] || say warning "stopping, and $requests requests have not ended within $2 s"
      return
    fi
    if [ "$requests" != 0 ] && [ "$said" = no ]; then
      say info "asked to stop: until $requests requests have ended, for $2 s at most, the port stays open"
      said=yes
    fi
    sleep 0.3
  done
}

told=0
stop() {
  told=$((told + 1))
  # Who insists is obeyed at once.
  [ "$told" -gt 1 ] || [ "$2" = 0 ] || settle "$1" "$2"
  kill -TERM "$registry" 2>/dev/null
}
trap 'stop "$1" "$2"' TERM INT

# A trap ends the waiting; what counts is how the registry ended. The shell tells that once, then 127.
code=127 seen=-1
while [ $seen != $told ]; do
  seen=$told
  wait "$registry"
  now=$?
  [ $now = 127 ] || code=$now
done
exit $code
