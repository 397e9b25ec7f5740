import { type Command, sh } from '../../shell/index.ts'

/**
 * What lies in the folder of a job, `jobs/NAME`: `script`, `in` (its whole stdin), `said/out` and `said/err`; `about` (token of this
 * start, run, boot id); `state` (waiting, running PID BIRTH, exited CODE), written in place so that a full disk cannot
 * keep it from being told; `cancelled` (by which run). `lock` is held as long as the job's shell lives, however it ends:
 * who follows it takes it shared, and only who has it alone removes the folder. Whoever joined holds `joined`; `left` says
 * that the one who started it has gone. `in` has no name any more once the job reads it: nobody else shall.
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
# pin TOKEN: from here on $dir is this very folder, whatever its name comes to mean. Fails where it is another start's.
pin() { cd -- "$dir" 2>/dev/null && dir=. && about . && [ "$its_token" = "$1" ]; }
# discard FOLDER: unless somebody still reads it.
discard() { [ ! -e "$1" ] || ( flock -n 8 && rm -rf -- "$1" ) 2>/dev/null 8<>"$1/lock"; }
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
  for each in $(grep -lszxF "gachette_job=$jobs/$job" /proc/[0-9]*/environ); do
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
 * Needs `end`, which ends a session, and a folder that is pinned. `follow OUT ERR` prints what there is behind these bytes
 * of each stream, and what comes, until the job is over; no process waits in a loop. tail looks once more after the waiter
 * has ended, and is woken for that by a touch. It reads one event of inotify then, and has seen all of its file if that is
 * one of the file: so nothing else is ever made or removed in `said`, whose events it hears too. The lock stays with this shell: until it has read all, the folder stays.
 * What a login shell says stands before the lines that say `here`.
 */
export const FOLLOW: Command = sh`
# joining: another run's job is not ended by that one while we hold this.
joining() { [ "$its_run" = "$run" ] || { exec 6>>"$dir/joined"; flock -s 6; }; }
follow() {
  { command exec 8<>"$dir/lock"; } 2>/dev/null || { say end gone; exit 0; }
  flock -s 8 2>/dev/null &
  waiter=$!
  say here
  printf '%s job here\n' "$marker"
  tail -s 0.1 --follow=name --pid=$waiter -c "+$(($1 + 1))" -- "$dir/said/out" 2>/dev/null &
  tail -s 0.1 --follow=name --pid=$waiter -c "+$(($2 + 1))" -- "$dir/said/err" >&2 2>/dev/null &
  wait $waiter || exit 1
  [ -e "$dir/state" ] || { say end gone; exit 0; }
  touch -c -- "$dir/said/out" "$dir/said/err" 2>/dev/null
  wait
  how
  # Its shell was killed alone: what it left is of no use to anybody.
  [ "$how" != killed ] || end_job
  say end "$how"
  # Replaced meanwhile: the last one who read it removes it.
  exec 8>&-
  [ "$dir" -ef "$jobs/$job" ] || discard "$(pwd -P)"
  exit 0
}
# end_job: what of the job runs, by its state.
end_job() {
  [ "$state" = running ] && ours "$value" "$birth" || return 0
  kill -s TERM -- "-$value" 2>/dev/null
  setsid -w /bin/sh -c "$end" "$marker" "$value"
}
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
  end_job
}
`

/**
 * `begin`: puts the folder \$new, which is whole, in its place, and starts the job; or finds what there is of that name.
 * Descriptor 9 holds the job's lock. Only where there is something of that name is there need to be alone. Needs FOLLOW.
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
was_begun() { state; [ "$state" = running ] || [ "$state" = exited ]; }
replace() { mv -T -- "$dir" "$new.old$n" 2>/dev/null || cannot replace "$dir"; }
tidy() { exec 7>&-; for each in "$new".old*; do discard "$each"; done; }
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
    if busy "$dir"; then
      state
      if [ "$its_token" = "$token" ]; then found started; else found joined; fi
      joining
    elif ! was_begun; then
      # Whoever was about to start it was cut off: nothing of it ever ran.
      replace
      continue
    elif [ "$its_token" = "$token" ]; then
      found started
    elif [ "$its_run" = "$run" ] && [ "$its_token" != "$seen" ]; then
      found found
    else
      # Of one whose shell was killed, something may be left.
      end_job
      replace
      continue
    fi
    rm -rf -- "$new"
    tidy
    return
  done
  about "$dir"
  say started "$its_token" "$its_boot"
  spawn
  [ $n = 0 ] || tidy
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
  exec 9>&- <"$gachette_job/in" >>"$gachette_job/said/out" 2>>"$gachette_job/said/err"
  [ ! -s "$gachette_job/in" ] || rm -f -- "$gachette_job/in"
  . "$gachette_job/script"
)
printf '%-60s\n' "exited $?" 1<>"$gachette_job/state"
exec 9>&-
`

/**
 * Afterwards, in nobody's way: jobs that ended more than a day ago go, and all but the last forty, unless they ended within
 * the hour: who was cut off will come back for their output. Nobody's that is still read.
 */
export const SWEEP: Command = sh`
cd -- "\${gachette_job%/*}" || exit 0
set -- */state
old=$(find . -mindepth 2 -maxdepth 2 -name state -mmin +1440; [ $# -le 40 ] || ls -t -- */state | tail -n +41)
[ -z "$old" ] || (
  flock -n 7 || exit 0
  for each in $old; do
    # Whatever the clock says: its own end is still to be heard.
    case $each in */"\${gachette_job##*/}"/state | "\${gachette_job##*/}"/state) continue ;; esac
    [ -n "$(find "$each" -mmin +60 2>/dev/null)" ] || continue
    each=\${each%/state}
    ( flock -n 8 && rm -rf -- "$each" ) 8<>"$each/lock"
  done
) 7>>.lock
`
