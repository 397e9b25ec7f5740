import { type Command, sh } from '../../shell/index.ts'
import { base } from './base.ts'
import { APT } from './prepare.ts'
import { UNITS } from './units.ts'

/**
 * The program that changes a host, and that lies there as `jobs/ID/script`: nobody needs to be connected while it runs.
 * Whoever starts it holds the lock on descriptor 9. It ends with the host wholly as wanted, and written down so; or wholly
 * as it was. Killed, it is run once more as `recover`, by the next who comes or when the machine starts again.
 *
 * In its folder: `want`, `back` (lists), `options`, `check`, `generation/`; `state` (in place: a full disk cannot keep it
 * from being told), `said` (facts for whoever waits), `log` (what apt and dpkg printed).
 */
export const engine = (domain: string, id: string): Command => sh`#!/bin/sh
${base(domain)}
id=${id}
job=$home/jobs/$id
ignore_holds= patience=60 check_seconds=30 keep=5 channel= channel_number= makes=
. "$job/options"
${APT}
${STEPS}
${UNITS}
${MAIN}`

/** Stands in a job's log where it begins to go back: what went wrong stands before it. */
export const BACK_LINE = '== going back =='

const STEPS = sh`state() { printf '%-200s\n' "$*" 1<>"$job/state"; }
tell() { { fact "$@" >>"$job/said"; } 2>/dev/null; }
# switch LIST: ONE call of apt makes it so.
switch() {
  changed=$(differing "$1")
  goes=$(going "$1")
  [ -n "$goes_back" ] || changed="$changed
$(again)"
  # Nobody has the .debs of some: then they stay as they are.
  changed=$(printf '%s\n' "$changed" | awk -F'\t' 'NF && $4 != "-"')
  [ -n "$changed$goes" ] || return 0
  rows=$changed
  starts_before "$(exact "$rows")"
  held=$(dpkg-query -W -f '\${db:Status-Want} \${Package}\n' $(printf '%s\n' "$rows" | cut -f 1) 2>/dev/null | sed -n 's/^hold //p')
  call
  code=$?
  # apt forgets that they are on hold.
  [ -z "$held" ] || printf '%s hold\n' $held | dpkg --set-selections 2>/dev/null 9>&- 8>&- || :
  return $code
}
# apt keeps our locks, and hands them to nobody: where it outlives a job that was killed, that one is not over.
call() {
  if [ -z "$goes" ]; then
    apt --no-remove install $(paths "$changed")
    return
  fi
  unplanned=$(apt -s $(leaving "$goes") install $(paths "$changed") $(gone "$goes") | awk -v goes="$goes" -v native=":$(dpkg --print-architecture)" '
    BEGIN { n = split(goes, all, "\n"); for (i = 1; i <= n; i++) { ours[all[i]] = 1; sub(native "$", "", all[i]); ours[all[i]] = 1 } }
    ($1 == "Remv" || $1 == "Purg") && !($2 in ours) { printf "%s ", $2 }')
  [ -z "$unplanned" ] || { why="apt would remove $unplanned"; return 1; }
  apt $(leaving "$goes") install $(paths "$changed") $(gone "$goes")
}
# stands LIST: whether it is exactly so; else why not.
stands() {
  left=$(differing "$1" | awk -F'\t' '$4 != "-"')
  if [ -n "$left" ]; then
    name=\${left%%"$tab"*}
    found=$(installed | awk -F'\t' -v name="$name" '$1 == name { print $2 " (" $4 ")"; exit }')
    why="$name is \${found:-not installed}"
    return 1
  fi
  left=$(going "$1")
  [ -z "$left" ] || { why="$(echo $left) should be gone"; return 1; }
  now_broken=$(broken)
  for each in $now_broken; do
    case " $(echo $was_broken) " in *" $each "*) ;; *) why="dpkg has not finished $each"; return 1 ;; esac
  done
  names=$(exact "$rows")
}
# whole: whether the files of what was installed are those of the packages; local edits of configuration are told.
whole() {
  [ -n "$names" ] || return 0
  excluding=$(grep -ls '^[[:space:]]*path-exclude' /etc/dpkg/dpkg.cfg /etc/dpkg/dpkg.cfg.d/* 2>/dev/null)
  # It exits 0 also where files differ.
  odd=$(dpkg -V $names 2>/dev/null)
  printf '%s\n' "$odd" | awk '$2 == "c" { sub(/^[^\/]*/, ""); print }' | while IFS= read -r path; do tell kept "$path"; done
  bad=$(printf '%s\n' "$odd" | awk -v excluding="$excluding" 'NF && $2 != "c" && !($1 == "missing" && excluding != "") { sub(/^[^\/]*/, ""); print; exit }')
  [ -z "$bad" ] || { why="$bad is not as its package has it"; return 1; }
}
# Seconds that no change of the clock makes more or fewer.
uptime() { read -r up _ </proc/uptime; up=\${up%%.*}; }
check() {
  [ -f "$job/check" ] || return 0
  uptime
  until=$((up + check_seconds))
  while ! timeout -k 5 60 sh "$job/check" </dev/null 9>&- 8>&-; do
    uptime
    [ "$up" -lt "$until" ] || { why="the check failed: $(head -n 1 "$job/check")"; return 1; }
    sleep 1
  done
}
# firm PATHS: they outlive a loss of power.
firm() { sync -- "$@" 2>/dev/null || :; }
# record: what comes last, current, decides.
record() {
  why="it could not be written down"
  [ ! -d "$job/generation" ] || mv -T -- "$job/generation" "$home/generations/$number" || return 1
  [ -z "$channel" ] || { printf '%s\n' "$channel_number" >"$home/.channel" && mv -fT -- "$home/.channel" "$home/channels/$channel"; } || return 1
  firm "$home/generations/$number"/* "$home/generations/$number" "$home/generations"
  if [ "$number" = 0 ]; then rm -f -- "$home/current"
  else ln -sfn "generations/$number" "$home/.current" && mv -fT -- "$home/.current" "$home/current"; fi || return 1
  firm "$home"
}
digest_of() {
  digest=
  first_line "$home/generations/$1/manifest.json" || return 0
  digest=\${line#*'"digest":"'} parent=\${line#*'"parent":'}
  digest=\${digest%%'"'*} parent=\${parent%%,*}
}
# prune: the newest generations stay, the current one, and those it came from up to another stack; then .debs none of them has.
prune() {
  parent=
  digest_of "$number"
  ours=$digest
  came=" $number "
  while [ -n "$digest" ] && [ "$digest" = "$ours" ] && [ -n "$parent" ]; do
    before=$parent
    case $came in *" $before "*) break ;; esac
    came="$came$before "
    digest_of "$before"
  done
  for each in $(ls -- "$home/generations" | grep -x '[0-9]*' | sort -n | head -n "-$keep"); do
    case $came in *" $each "*) ;; *) rm -rf -- "$home/generations/$each" ;; esac
  done
  needed=$(cat -- "$home"/generations/*/packages) || return
  needed="$(printf '%s\n' "$needed" | cut -f 4)
$(sed -n 's/.*"before":{[^}]*"sha256":"\([^"]*\)".*/\1/p' "$home"/generations/*/manifest.json)" || return
  # Thousands of digests are no argument of a program.
  { printf '%s\n' "$needed" .; ls -- "$home/debs"; } | awk '
    $0 == "." { past = 1; next }
    !past { keep[$1 ".deb"] = 1; next }
    !($1 in keep) { print }' | while read -r each; do rm -f -- "$home/debs/$each"; done
}`

const MAIN = sh`BACK=${BACK_LINE}
UNIT=/etc/systemd/system/gachette-recover-$domain.service
WANTS=/etc/systemd/system/multi-user.target.wants/gachette-recover-$domain.service
# If the machine is switched off now, it goes back when it starts. multi-user.target does not wait for that: a service that
# waits for multi-user.target may be started on the way.
arm() {
  [ -d /run/systemd/system ] || return 0
  printf '[Unit]\nDescription=Bring an interrupted deployment (%s) to an end\nDefaultDependencies=no\nRequires=sysinit.target\nAfter=sysinit.target basic.target\nConflicts=shutdown.target\nBefore=shutdown.target\n[Service]\nType=oneshot\nExecStart=/bin/sh %s/script recover\n' \
    "$domain" "$job" >"$UNIT" && mkdir -p -- "\${WANTS%/*}" && ln -sfn "$UNIT" "$WANTS"
} 2>/dev/null
disarm() { rm -f -- "$WANTS" "$UNIT"; }
current_number() { current=0; [ ! -L "$home/current" ] || current=$(readlink -- "$home/current"); current=\${current##*/}; }
finished() {
  state "$@"
  rm -f -- "$job/ballast" "$base/holder"
  disarm
}
go_back() {
  tell failed "$phase" "$why"
  echo "$BACK"
  rm -f -- "$job/ballast"
  goes_back=yes
  { [ -z "$(broken)" ] && [ -z "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ]; } || heal 9>&- 8>&-
  switch "$job/back" || force_back
  [ -z "$makes" ] || [ "$current" = "$number" ] || rm -rf -- "$home/generations/$number"
  if stands "$job/back"; then
    units || tell odd "$why"
    for each in $(differing "$job/back" | cut -f 1); do tell stays "$each"; done
    tell back
    finished back
  else
    tell stuck "$why"
    finished stuck
  fi
}
# Where apt finds no way, dpkg is told each step.
force_back() {
  goes=$(going "$job/back")
  [ -z "$goes" ] || dpkg --remove --force-remove-reinstreq --force-remove-essential --force-remove-protected --force-depends $goes </dev/null 9>&- 8>&-
  changed=$(differing "$job/back")
  [ -z "$(paths "$changed")" ] ||
    dpkg -i $confold --force-downgrade --force-breaks --auto-deconfigure $(paths "$changed") </dev/null 9>&- 8>&-
  dpkg --configure -a $confold </dev/null 9>&- 8>&-
}
deploy() {
  # Another one was killed after this host had been looked at: that is to be brought to an end first.
  if first_line "$home/job/state" && [ "\${line%% *}" = running ]; then
    tell stale; state stale; rm -f -- "$job/ballast"; return
  fi
  # What cannot say that it runs would be begun twice.
  state running || return
  tell begun
  ln -sfn "jobs/$id" "$home/.job" && mv -fT -- "$home/.job" "$home/job"
  cat -- "$job/about" >"$base/holder"
  current_number
  if [ "$current" != "$expected" ] || { [ -d "$job/generation" ] && [ -e "$home/generations/$number" ]; }; then
    tell stale "$current" "$expected"; finished stale; return
  fi
  arm
  firm "$job/state" "$job" "$home" "$UNIT" "\${UNIT%/*}" "\${WANTS%/*}"
  why= names= rows=
  was_broken=$(broken)
  phase=install
  [ -z "$was_broken" ] && [ -z "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || { heal 9>&- 8>&-; was_broken=$(broken); }
  switch "$job/want" || { [ -n "$why" ] || why="$(reason)"; go_back; return; }
  phase=verify
  stands "$job/want" && whole && units || { go_back; return; }
  phase=check
  check || { go_back; return; }
  phase=record
  record || { go_back; return; }
  tell done "$number"
  finished done
  prune
}
# reason: what went wrong first: of a package, its name and what dpkg says of it; else what apt says.
reason() {
  said=$(awk -v list="$job/want" '
    BEGIN { while ((getline line < list) > 0) { split(line, f, "\t"); name[f[4]] = f[1] } }
    of != "" { sub(/^ +/, ""); first = of ": " $0; exit }
    /^dpkg: error processing archive/ { n = split($5, path, "/"); of = path[n]; sub(/[.]deb$/, "", of); sub(/^[0-9]+-/, "", of); if (of in name) of = name[of] }
    /^dpkg: error processing package/ { of = $5 }
    /^E: / && error == "" { error = substr($0, 4) }
    END { print first != "" ? first : error }' "$job/log" 2>/dev/null | cut -c 1-300)
  printf '%s' "\${said:-apt failed}"
}
recover() {
  current_number
  first_line "$job/state"
  case $line in running*) ;; *) ! grep -qF "$job/script" "$UNIT" 2>/dev/null || disarm; return ;; esac
  [ "$current" = "$number" ] && [ "$expected" != "$number" ] && { tell done "$number"; finished done; prune; return; }
  wait_for_apt "$patience"
  why=interrupted names= rows= was_broken= phase=install
  go_back
}
main() {
  cd /
  exec </dev/null >>"$job/log" 2>&1
  flock -n 8 2>/dev/null || { exec 8>>"$job/lock"; flock 8; }
  trap : HUP INT TERM
  case $1 in
    run) deploy ;;
    recover)
      # Whoever started us may have it for us already.
      flock -n 9 2>/dev/null || { exec 9>>"$base/lock"; flock -w "$patience" 9 || exit 75; }
      recover ;;
  esac
}
main "$1"`
