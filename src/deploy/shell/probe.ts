import { sh } from '../../shell/index.ts'

/** Reads the names of packages, one per line, and says all that decides what a deployment would do here. */
export const PROBE = sh`system=
if [ -r /etc/os-release ]; then system=$(. /etc/os-release; printf '%s %s' "\${ID:-}" "\${VERSION_ID:-}"); fi
booted=; [ ! -d /run/systemd/system ] || booted=systemd
fact machine "$(id -u)" "$(dpkg --print-architecture)" "$(dpkg --print-foreign-architectures | tr '\n' ' ')" "$system" "$booted"
current=; [ ! -L "$home/current" ] || current=$(readlink -- "$home/current"); current=\${current##*/}
fact current "$current"
for each in "$home"/generations/*/manifest.json; do
  [ -f "$each" ] || continue
  number=\${each%/manifest.json}; number=\${number##*/}
  if [ -n "$every" ] || [ "$number" = "$current" ]; then fact generation "$number"; cat -- "$each"
  else IFS= read -r line <"$each"; fact generation "$number"; printf '%s\n]}\n' "$line"; fi
done
list=/dev/null
[ ! -f "$home/generations/$current/packages" ] || list=$home/generations/$current/packages
lists=$list
[ -z "$every" ] || [ "$list" = /dev/null ] || lists=$home/generations/[0-9]*/packages
{ cat; cut -f 1 $lists; echo .; installed; } | awk -F'\t' -v list="$list" '
  BEGIN { while ((getline line < list) > 0) { split(line, f, "\t"); ours[f[1]] = f[2] } OFS = "\t" }
  !past { if ($0 == ".") past = 1; else wanted[$1] = 1; next }
  ($1 in wanted) { print "package", $1, $2, $3, $4, (ours[$1] == $2 ? "ours" : "other") ; next }
  $4 ~ /^.[HUFWt]/ || $4 ~ /^..R/ { print "broken", $1, $4 }' | while IFS= read -r line; do
  printf '%s\n' "$line"
  case $line in package*other) ;; *) continue ;; esac
  IFS=$tab; set -- $line; unset IFS
  # Of what was here before us, apt may have kept the .deb.
  deb=/var/cache/apt/archives/$2_$(printf %s "$3" | sed 's/:/%3a/g')_$4.deb
  [ ! -f "$deb" ] || { sum=$(sha256sum <"$deb") && fact cached "$2" "\${sum%% *}" "$deb"; }
done
dpkg --audit 2>/dev/null | head -n 40 | while IFS= read -r line; do [ -z "$line" ] || fact audit "$line"; done
[ -z "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || fact interrupted
place=$base; while [ ! -d "$place" ]; do place=\${place%/*}; [ -n "$place" ] || place=/; done
df -Pk /usr "$place" 2>/dev/null | awk -v OFS='\t' 'NR > 1 { print "disk", $6, $4 }'
! apt_holder || fact aptlock "$holder" "$name"
if [ -e "$base/lock" ] && ! flock -ns 8 8<"$base/lock"; then
  first_line "$base/holder" || line=
  fact held "$line"
elif first_line "$home/job/state" && [ "\${line%% *}" = running ]; then
  job=$(readlink -- "$home/job")
  first_line "$home/job/about" || line=
  fact unfinished "\${job##*/}" "$line"
fi
for each in "$home"/channels/*; do
  ! first_line "$each" || fact channel "\${each##*/}" "$line"
done
if [ -d "$home/debs" ]; then ls -- "$home/debs" | sed -n "s/^\([0-9a-f]*\)\.deb$/pool$tab\1/p"; fi`

/** Besides, for people who ask how a host is: which files of its packages are not as they were installed. */
export const DRIFT = sh`if [ -f "$home/generations/$current/packages" ]; then
  names=$(cut -f 1 -- "$home/generations/$current/packages")
  names=$(installed | awk -F'\t' -v names="$names" '
    BEGIN { n = split(names, all, "\n"); for (i = 1; i <= n; i++) ours[all[i]] = 1 }
    ($1 in ours) && $4 ~ /^.i/ { print $1 }')
  [ -z "$names" ] || dpkg -V $names 2>/dev/null | while IFS= read -r line; do fact file "$line"; done
  if [ -d /run/systemd/system ] && [ -n "$names" ]; then
    units=$(dpkg-query -L $names 2>/dev/null | sed -n 's,^\(/usr\)\{0\,1\}/lib/systemd/system/\([^/@]*\.service\)$,\2,p' | sort -u)
    [ -z "$units" ] || systemctl show -p Id,UnitFileState,ActiveState $units 2>/dev/null | awk -F= -v OFS='\t' '
      $1 == "Id" { id = $2 } $1 == "ActiveState" { active = $2 } $1 == "UnitFileState" { state = $2 }
      $0 == "" { say() } END { say() }
      function say() { if (id != "" && state == "enabled" && active != "active") print "unit", id, active; id = state = active = "" }'
  fi
fi`

/** Besides, for those who want them mended: packages of the generation that have files which are not as they came. */
export const ALTERED = sh`if [ -f "$home/generations/$current/packages" ]; then
  excluding=$(grep -ls '^[[:space:]]*path-exclude' /etc/dpkg/dpkg.cfg /etc/dpkg/dpkg.cfg.d/* 2>/dev/null)
  for each in $(exact "$(cat -- "$home/generations/$current/packages")"); do
    if dpkg -V "$each" 2>/dev/null | awk -v excluding="$excluding" '
      NF && $2 != "c" && !/\(Permission denied\)$/ && !($1 == "missing" && excluding != "") { found = 1 }
      END { exit !found }'; then fact altered "\${each%%:*}"; fi
  done
fi`
