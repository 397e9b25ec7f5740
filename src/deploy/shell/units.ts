import { sh } from '../../shell/index.ts'

/**
 * Services of the packages that were installed. `starts_before NAMES` remembers which start each of their units is at;
 * `units` starts those again that nobody has, and fails where an enabled one is not active, or does not stay so.
 */
export const UNITS = sh`started=
units_of() {
  [ -d /run/systemd/system ] && [ -n "$1" ] || return 0
  dpkg-query -L $1 2>/dev/null | sed -n 's,^\(/usr\)\{0\,1\}/lib/systemd/system/\([^/@]*\.service\)$,\2,p' | sort -u
}
# Lines of: unit, file state, active state, type, result, start, condition, load state, needs a reload.
states_of() {
  systemctl show -p Id,UnitFileState,ActiveState,Type,Result,InvocationID,ConditionResult,LoadState,NeedDaemonReload "$@" 2>/dev/null |
    awk -F= '
      function say() { if ("Id" in v) print v["Id"], w("UnitFileState"), w("ActiveState"), w("Type"), w("Result"), w("InvocationID"), w("ConditionResult"), w("LoadState"), w("NeedDaemonReload"); split("", v) }
      function w(key) { return (key in v) && v[key] != "" ? v[key] : "-" }
      NF { v[$1] = $2; next } { say() } END { say() }'
}
starts_before() {
  units_now=$(units_of "$1")
  [ -z "$units_now" ] || started=$(states_of $units_now | awk '{ print $1 "=" $6 }')
}
units() {
  all=$(units_of "$names")
  [ -n "$all" ] || return 0
  seen=$(states_of $all)
  case $(printf '%s\n' "$seen" | awk '{ print $9 }') in *yes*) systemctl daemon-reload 9>&- 8>&-; seen=$(states_of $all) ;; esac
  again=$(printf '%s\n' "$seen" | awk -v started="$started" '
    BEGIN { n = split(started, all, /[ \n]+/); for (i = 1; i <= n; i++) old[all[i]] = 1 }
    $2 == "enabled" && (($1 "=" $6) in old) && $6 != "-" && $3 == "active" { print $1 }')
  [ -z "$again" ] || systemctl restart $again 9>&- 8>&-
  n=0 last=none
  # Active, and a second later still the same start of it.
  while :; do
    seen=$(states_of $all | awk '$2 == "enabled" && $7 != "no"')
    bad=$(printf '%s\n' "$seen" | awk 'NF && $3 != "active" && !($4 == "oneshot" && $3 == "inactive" && $5 == "success") { print $1, $3; exit }')
    now=$(printf '%s\n' "$seen" | awk '{ print $1, $6 }')
    [ -n "$bad" ] || [ "$now" != "$last" ] || break
    last=none
    if [ -z "$bad" ]; then last=$now
    elif case $bad in *failed | *inactive) [ $n -ge 3 ] ;; *) [ $n -ge 30 ] ;; esac; then break; fi
    [ $n -lt 40 ] || { bad="$(printf '%s\n' "$seen" | awk '{ print $1; exit }') restarting"; break; }
    [ -n "$seen" ] || break
    sleep 1
    n=$((n + 1))
  done
  [ -z "$bad" ] || { why="\${bad% *} is \${bad##* }"; return 1; }
  for each in $(printf '%s\n' "$seen" | awk '{ print $1 }'); do tell active "$each"; done
}`
