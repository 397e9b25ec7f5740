import { sh } from '../../../shell/index.ts'

/**
 * Takes away what the survey found, first what refers, last what is referred to, so that a kill leaves nothing that leads
 * nowhere. Under the lock things are only renamed into `.gachette/trash/<id>`, or are small; the trash is emptied without
 * it. `debs.list` there names the package files whose registration goes: whoever finds a trash finishes it.
 */
export const SWEEP = sh`kinds='export build generation package deb leftover pin'
is_anything() {
  for kind in $kinds; do [ ! -s "$scratch/drop.$kind" ] || return 0; done
  return 1
}
tell() {
  for kind in $kinds; do
    [ -s "$scratch/drop.$kind" ] || continue
    xargs -d '\n' sh -c 'find "$@" -printf "%H\t%y%s\n"' sh <"$scratch/drop.$kind" 2>/dev/null |
      awk -F'\t' -v kind="$kind" '
        { if (!($1 in bytes)) { bytes[$1] = 0; order[++n] = $1 } }
        $2 ~ /^f/ { bytes[$1] += substr($2, 2) }
        END { for (i = 1; i <= n; i++) printf "gone\t%s\t%s\t%.0f\n", kind, order[i], bytes[order[i]] }'
  done
}
# sweep_locked: false where what refers has changed since the survey.
sweep_locked() {
  cd -- "$meta" || exit
  [ "$(roots_state)" = "$state" ] || return 1
  trash=$root/trash/$id
  must mkdir -p -- "$trash/gen" "$trash/debs" "$trash/rest"
  cp -- "$scratch/drop.deb" "$trash/debs.list" && sync -f -- "$trash" || unwritten trash
  each_of export mv --backup=numbered -t "$trash/rest" --
  each_of build rm -f --
  each_of generation mv --backup=numbered -t "$trash/gen" --
  # Without its manifest a package is registered as in 2013; without its file it is not registered.
  sed 's|$|/manifest.json|' "$scratch/drop.package" >"$scratch/drop.manifest" || unwritten sed
  sed 's|$|/file|' "$scratch/drop.package" >"$scratch/drop.file" || unwritten sed
  each_of manifest rm -f --
  each_of file rm -f --
  each_of package rm -rf --
  # The folders of the versions, and of the package.
  for up in '/[^/]*' '/version/[^/]*'; do
    sed "s|$up\$||" "$scratch/drop.package" | uniq | xargs -r -d '\n' rmdir --ignore-fail-on-non-empty --
  done
  each_of deb mv -t "$trash/debs" --
  each_of leftover mv --backup=numbered -t "$trash/rest" --
}
each_of() {
  kind=$1
  shift
  [ ! -s "$scratch/drop.$kind" ] || must xargs -d '\n' "$@" <"$scratch/drop.$kind"
}
# Nobody can come to refer to a pin that no generation leads to.
empty_trash() {
  cd -- "$meta" || exit
  [ ! -s "$scratch/drop.pin" ] || {
    must xargs -d '\n' rm -rf -- <"$scratch/drop.pin"
    sed 's|/[^/]*$||' "$scratch/drop.pin" | sort -u | xargs -d '\n' rmdir --ignore-fail-on-non-empty --
  }
  must rm -rf -- "$root/trash"
}
# What a killed gc had begun. We hold the lock of gc: nobody else has a trash.
finish_trash() {
  set -- "$root"/trash/*/debs.list
  [ -f "$1" ] || return 0
  sure cat -- "$@" | sure sort -u >"$scratch/unfinished"
  if [ -s "$scratch/unfinished" ]; then
    lock
    finish
    cd -- "$meta" || exit
    sure find -H packages -mindepth 4 -maxdepth 4 -path '*/version/*/file' -type f -print0 |
      sure xargs -r -0 grep -hsm1 '' /dev/null | sure sed 's/[\r \t].*//; s|^|debs/|' |
      sure sort -u >"$scratch/named"
    without "$scratch/unfinished" "$scratch/named" | xargs -r -d '\n' rm -f -- || unwritten rm
    unlock
  fi
}`
