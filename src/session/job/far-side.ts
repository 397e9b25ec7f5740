import { type Command, sh } from '../../shell/index.ts'

/**
 * What lies in the folder of a job, `jobs/NAME`: `script`, `in` (its whole stdin), `out`, `err`; `about` (token of this
 * start, run, boot id); `state` (waiting, running PID BIRTH, exited CODE), written in place so that a full disk cannot
 * keep it from being told; `cancelled` (by which run). `lock` is held as long as the job's shell lives, however it ends:
 * everybody else takes it shared. Whoever joined holds `joined`; `left` says that the one who started it has gone.
 *
 * These functions need `job`, `token`, `run` and `marker`. What they find out is said on stderr, behind the marker.
 */
export const JOBS: Command = sh`
case \${XDG_STATE_HOME:-} in /*) jobs=$XDG_STATE_HOME ;; *) jobs=\${HOME:-/nonexistent}/.local/state ;; esac
jobs=$jobs/gachette/jobs
# Users of services may have no home: then a folder of their own, where all may make one.
if [ ! -d "$jobs" ]; then
  homeless=/var/tmp/gachette-$(id -u)
  [ ! -d "$homeless/jobs" ] || [ -L "$homeless" ] || [ ! -O "$homeless" ] || jobs=$homeless/jobs
fi
dir=$jobs/$job
say() { printf '%s job %s\n' "$marker" "$*" >&2; }
# cannot WHAT PATH: with what is free there, in KiB.
cannot() { set -- "$1" "$2" $(df -Pk -- "\${2%/*}" 2>/dev/null | tail -n 1); say cannot "$1" "\${6:--}" "$2"; exit 0; }
about() { { read -r its_token && read -r its_run && read -r its_boot; } 2>/dev/null <"$1/about"; }
busy() { [ -e "$1/lock" ] && ! flock -ns 8 8<>"$1/lock"; }
state() { state= value= birth=; { read -r state value birth; } 2>/dev/null <"$dir/state"; }
# ours PID BIRTH: whether the session of this number is still that of the job.
ours() {
  if { read -r s <"/proc/$1/stat"; } 2>/dev/null; then
    set -- "$1" "$2" \${s##*) }
    [ "\${22}" = "$2" ]
    return
  fi
  for each in $(grep -lsaF "gachette_job=$dir" /proc/[0-9]*/environ); do
    { read -r s <"\${each%/*}/stat"; } 2>/dev/null || continue
    set -- "$1" "$2" \${s##*) }
    [ "$6" != "$1" ] || return 0
  done
  return 1
}
# how: in $how, what became of a job whose lock is free.
how() {
  state
  read -r boot </proc/sys/kernel/random/boot_id
  if [ "$state" = exited ] && { [ "$value" = 0 ] || [ ! -e "$dir/cancelled" ]; }; then
    how="exited $value"
  elif [ -e "$dir/cancelled" ]; then
    by=; read -r by <"$dir/cancelled"; how="cancelled $by"
  elif [ "$its_boot" != "$boot" ]; then
    how=rebooted
  elif [ "$state" = running ]; then
    how=killed
  else
    how=unstarted
  fi
}
`

/**
 * Needs `end`, which ends a session. `follow OUT ERR` prints what there is behind these bytes of each stream, and what
 * comes, until the job is over; no process waits in a loop. tail looks once more after the waiter has ended, and is woken
 * for that by a touch.
 */
export const FOLLOW: Command = sh`
follow() {
  flock -s 8 8<>"$dir/lock" &
  waiter=$!
  tail -s 0.5 --follow=name --pid=$waiter -c "+$(($1 + 1))" -- "$dir/out" 2>/dev/null &
  tail -s 0.5 --follow=name --pid=$waiter -c "+$(($2 + 1))" -- "$dir/err" >&2 2>/dev/null &
  wait $waiter || cannot lock "$dir/lock"
  touch -c -- "$dir/out" "$dir/err"
  wait
  how
  # Its shell was killed alone: what it left is of no use to anybody.
  [ "$how" != killed ] || ! ours "$value" "$birth" || end_session "$value"
  say end "$how"
  exit 0
}
end_session() { kill -s TERM -- "-$1" 2>/dev/null; setsid -w /bin/sh -c "$end" "$marker" "$1"; }
`

/** `finish`: ends the job, unless it is another run's, or other runs have joined it. */
export const FINISH: Command = sh`
finish() {
  busy "$dir" || return 0
  state
  if [ "$its_run" != "$run" ] && [ ! -e "$dir/left" ]; then say end left "$value"; exit 0; fi
  if ! flock -n 6 6>>"$dir/joined"; then : >"$dir/left"; say end left "$value"; exit 0; fi
  printf '%s\n' "$run" >"$dir/cancelled"
  n=0
  while [ "$state" = waiting ] && [ $n -lt 100 ]; do sleep 0.05; state; n=$((n + 1)); done
  [ "$state" != running ] || ! ours "$value" "$birth" || end_session "$value"
}
`

/**
 * `begin`: puts the folder \$new, which is whole, in its place, and starts the job; or finds what there is of that name.
 * Descriptor 9 holds the job's lock. Only where there is something of that name is there need to be alone.
 */
export const BEGIN: Command = sh`
make_jobs() {
  [ ! -d "$jobs" ] || return 0
  case $jobs in /nonexistent/*) ;; *) ! mkdir -p -m 0700 -- "$jobs" 2>/dev/null || return 0 ;; esac
  mkdir -m 0700 -- "$homeless" 2>/dev/null
  [ ! -L "$homeless" ] && [ -O "$homeless" ] && mkdir -m 0700 -- "$homeless/jobs" 2>/dev/null || cannot make "$jobs"
  jobs=$homeless/jobs
  dir=$jobs/$job
}
publish() { [ ! -e "$dir" ] && mv -T -- "$new" "$dir" 2>/dev/null; }
found() { say "$1" "$its_token" "$its_boot" "$its_run" "$value" "$(date -u -r "$dir/about" +%Y-%m-%dT%H:%M:%SZ)"; }
begin() {
  flock -n 9 || cannot lock "$new/lock"
  n=0
  until publish; do
    n=$((n + 1))
    [ $n -lt 10 ] || cannot make "$dir"
    if [ $n = 1 ]; then exec 7>>"$jobs/.lock"; flock 7; continue; fi
    [ -e "$dir" ] || continue
    its_token= its_run=
    about "$dir"
    state
    if [ "$its_token" = "$token" ]; then
      found started
    elif busy "$dir"; then
      found joined
      [ "$its_run" = "$run" ] || { exec 6>>"$dir/joined"; flock -s 6; }
    elif [ "$its_run" = "$run" ] && [ "$its_token" != "$seen" ]; then
      found found
    else
      mv -T -- "$dir" "$new.old" || cannot replace "$dir"
      continue
    fi
    rm -rf -- "$new" "$new.old"
    exec 7>&-
    return
  done
  about "$dir"
  say started "$its_token" "$its_boot"
  spawn
  [ $n = 0 ] || { exec 7>&-; rm -rf -- "$new.old"; }
}
`

/** The shell that leads the job's session: \$1 is the folder; secrets, if any, are read from stdin before this. */
export const LEAD: Command = sh`
exec </dev/null
read -r gachette_s <"/proc/$$/stat"
set -- \${gachette_s##*) }
printf '%-60s\n' "running $$ \${20}" 1<>"$gachette_job/state"
set --
export gachette_job
trap : HUP INT TERM
(
  exec 9>&- <"$gachette_job/in" >>"$gachette_job/out" 2>>"$gachette_job/err"
  . "$gachette_job/script"
)
printf '%-60s\n' "exited $?" 1<>"$gachette_job/state"
exec 9>&-
`

/** Afterwards, in nobody's way: jobs that ended more than a day ago go, and all but the last forty. */
export const SWEEP: Command = sh`
cd -- "\${gachette_job%/*}" || exit 0
set -- */state
old=$(find . -mindepth 2 -maxdepth 2 -name state -mmin +1440; [ $# -le 40 ] || ls -t -- */state | tail -n +41)
[ -z "$old" ] || (
  flock -n 7 || exit 0
  for each in $old; do
    each=\${each%/state} each=\${each#./}
    # Whatever the clock says: its own end is still to be heard.
    [ "$each" != "\${gachette_job##*/}" ] || continue
    flock -ns 8 8<>"$each/lock" && rm -rf -- "$each"
  done
) 7>>.lock
`
