#!/usr/bin/env bash
# Runs a command for as long as somebody holds this script's standard input open: with-parent.sh COMMAND [ARGUMENT...]
#
# When the input ends (the parent closed it, exited, or was killed, even with SIGKILL) the command gets SIGTERM, and
# SIGKILL where it has not ended 15 s later. A signal to the parent's terminal does not reach a command that was started
# in a session of its own. Exits with the command's exit code.
set -uo pipefail
"$@" < /dev/null &
command=$!
exec 3<&0 < /dev/null
(
  while read -r -u 3 _; do :; done
  kill -TERM "$command" 2> /dev/null || exit 0
  for _ in {1..150}; do
    sleep 0.1 3<&-
    kill -0 "$command" 2> /dev/null || exit 0
  done
  kill -KILL "$command" 2> /dev/null
) > /dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$command"
code=$?
kill "$watch" 2> /dev/null
exit "$code"
