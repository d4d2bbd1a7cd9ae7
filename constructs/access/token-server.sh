#!/bin/sh
# Makes docker_auth's configuration of its settings, of the users' file and of the rights, and makes it again when one of them
# changes or a robot's last day is over: docker_auth reads a changed file by itself. Needs BusyBox's sh, awk, cmp, date.
set -u
umask 077
settings=/etc/token-server/settings
users=/auth/htpasswd
rights=/auth/rights
made=/tmp/token-server.yml

# All of it is JSON, which YAML is too; settings are lines of an object. The rights begin with comments: `# robot NAME LAST-DAY`, `# anyone`,
# `# local NAME`. A name that is local, or a robot that has ended, has a password that nobody has: LDAP is not asked for it.
make() {
  [ -s $users ] && [ -s $rights ] || return
  today=$(date -u +%Y-%m-%d)
  {
    printf '{\n"users": {\n'
    awk -v today="$today" '
      FNR == NR {
        if ($1 == "#" && $2 == "robot" && today > $4) ended[$3] = 1
        if ($1 == "#" && $2 == "local") locked[$3] = 1
        if ($1 == "#" && $2 == "anyone") print "\"\": {},"
        next
      }
      /^[ \t\r\v\f]*(#|$)/ { next }
      {
        sub(/^[ \t\r\v\f]+/, ""); sub(/[ \t\r\v\f]+$/, "")
        at = index($0, ":"); name = substr($0, 1, at - 1)
        if (name in ended) { locked[name] = 1; next }
        delete locked[name]
        gsub(/\\/, "\\\\", name); gsub(/"/, "\\\"", name)
        print "\"" name "\": {\"password\": \"" substr($0, at + 1) "\"},"
      }
      END { for (name in locked) print "\"" name "\": {\"password\": \"!\"}," }' $rights $users
    printf '},\n'
    cat $settings
    printf '"acl":\n'
    grep -v '^#' $rights
    printf '}\n'
  } >$made.new || return
  if cmp -s $made.new $made; then rm -f $made.new; else mv -f $made.new $made; fi
}

# Both files are replaced by other ones, never written into.
state() {
  stat -c '%i %Y' $users $rights
  date -u +%d
}

seen=$(state)
make
(
  while sleep 1; do
    now=$(state)
    [ "$now" = "$seen" ] && continue
    make && seen=$now
  done
) &
exec /docker_auth/auth_server -logtostderr $made
