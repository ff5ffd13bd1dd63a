# Runs a server and stops it when the reader's end of standard input says that the parent is gone.
# A line that is written to the pipe is answered with an empty file $GUARD_ANSWERS/LINE.
# Usage: sh -c THIS sh PROGRAM ARGS…   standard input: a pipe that the parent holds open
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{
  while read -r line <&3; do
    [ -z "$GUARD_ANSWERS" ] || : >"$GUARD_ANSWERS/$line"
  done
  exec 3<&-
  kill -INT "$server"
  sleep 5
  kill -QUIT "$server"
  sleep 5
  kill -KILL "$server"
} 2>/dev/null &
exec 3<&-
wait "$server"
status=$?
trap '' TERM
kill -TERM 0
exit "$status"
