/**
 * A POSIX shell program that stands between the launcher and the postmaster, so that PostgreSQL ends when its launcher
 * does, however that dies. Its arguments are the postmaster's command line; it ends with the postmaster's exit code.
 *
 * - Descriptor 0 is a pipe whose other end only the launcher has: its end means that the launcher is gone or wants
 *   PostgreSQL stopped. No process that can be killed with the launcher is needed to notice.
 * - Descriptor 3 is the folder's lock. The guardian keeps it until the postmaster has ended; the postmaster does not
 *   get it, so an orphan whose guardian was killed does not hold the folder.
 * - The shell starts its background jobs with SIGINT ignored, and the postmaster takes a moment to install its own
 *   handler: a single SIGINT could be lost, so it is repeated. To a postmaster that stops already it means nothing.
 * - After 30 s of fast shutdown comes the immediate one (crash recovery follows at the next start, nothing is lost),
 *   and then SIGKILL.
 * - The guardian itself ignores what a system sends to everybody at its shutdown: its work is to outlast PostgreSQL.
 */
export const guardianScript = `
exec 4<&0 </dev/null
"$@" 3>&- 4<&- &
postmaster=$!
(
  exec 3>&-
  nap=
  trap '[ -z "$nap" ] || kill "$nap"; exit 0' TERM
  while read -r ignored; do :; done <&4
  round=0
  while :; do
    if [ "$round" -lt 30 ]; then signal=INT; elif [ "$round" -lt 40 ]; then signal=QUIT; else signal=KILL; fi
    kill -"$signal" "$postmaster" || exit 0
    round=$((round + 1))
    sleep 1 &
    nap=$!
    wait "$nap"
  done
) 2>/dev/null &
watcher=$!
exec 4<&-
trap '' HUP INT TERM
wait "$postmaster"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;
