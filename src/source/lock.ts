import { type Command, sh } from '../shell/index.ts'
import { EXIT } from './exits.ts'

/**
 * Shell functions for locks. A lock file's one line says `idle PID JOB` or `busy PID JOB`, where JOB may be empty: whoever takes the lock and does not
 * find `idle` knows that somebody died at work. The lock is the flock, not the line.
 */
export const lockFunctions: Command = sh`
# lock FD FILE WHAT: waits for other runs, and says so.
lock() {
  flock -n "$1" && return
  read -r _ pid job <"$2"
  echo "waiting for process \${pid:-?}\${job:+ (job $job)}, which uses the $3" >&2
  flock -w "$lock_wait" "$1" || exit ${EXIT.lockedTooLong}
}
# was_idle FILE: whether nobody died while holding it.
was_idle() { state= && read -r state _ <"$1"; [ "$state" = idle ]; }
# In a durable job its name is in the environment, as the end of its folder.
mark() { printf '%s %s %s\n' "$2" $$ "\${gachette_job##*/}" >"$1"; }
# holding COMMAND…: the subshell keeps our locks while the command lives, even when the shell above it is killed;
# what the command leaves behind in the background keeps none.
holding() { ( "$@" 8>&- 9>&-; exit $? ); }
`
