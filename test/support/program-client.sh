#!/usr/bin/env bash
# A program whose work is done by the tests' own process (program-server.ts), since starting Node each time took longer than all
# the rest: this only hands over arguments and variables, prints, and ends as it is told.
read -r port <"$0.port"
exec 3<>"/dev/tcp/127.0.0.1/$port" 4<>"/dev/tcp/127.0.0.1/$port"
trap 'printf "INT\0" >&4' INT
printf 'output\0%s\0' "$$" >&3
{
  printf '%s\0' call "$$" "$PWD" "$(umask)" "$#"
  printf '%s\0' "$@"
  env -0
  printf '\0'
} >&4
cat <&3 4>&- &
printed=$!
(
  while IFS= read -r line; do
    case $line in
      e*) printf '%s\n' "${line#e}" >&2 ;;
      x*) exit "${line#x}" ;;
    esac
  done
  exit 1
) <&4 3>&- &
# A signal that is trapped ends `wait` early.
until wait $!; code=$?; ! kill -0 $! 2>/dev/null; do :; done
wait "$printed"
exit "$code"
