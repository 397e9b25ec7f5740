import { sh } from '../../shell/index.ts'
import { PLACE } from './place.ts'

/**
 * One lock for a store: registering touches what all its stacks share, and an edit holds it for some 50 ms.
 * `flock` frees it when the last holder of descriptor 9 ends. Long-running children get `9>&-`, or they would keep the
 * lock after our death; the short ones that commit keep it on purpose: nobody else may edit before they are done.
 */
export const LOCK = sh`lock() {
  [ -d "$root/lock" ] || mkdir -p -- "$root/lock" || die 77 unwritable "$root"
  true 9>>"$root/lock/store" || die 77 unwritable "$root/lock/store"
  exec 9>>"$root/lock/store"
  flock -n 9 && return
  printf 'waiting for another edit of %s to end\n' "$meta" >&2
  flock -w "$patience" -E 75 9 && return
  code=$?
  [ "$code" -ne 75 ] || fact busy "$patience"
  exit "$code"
}
unlock() { exec 9>&-; }`

/**
 * Finishes what a killed command had decided but not done. `accepted/<edit>`: packages to be registered, records and
 * links to be put in place, pins to be restored (PLACE).
 * `migrating/<domain>/<stack>`: the link that takes the place of a plain folder that was set aside.
 */
export const FINISH = sh`${PLACE}
apply() {
  held=$meta/debs/.\${1##*/}
  for deb in "$held"/*; do
    [ -f "$deb" ] || continue
    target=$meta/debs/\${deb##*/}
    [ ! "$deb" -ef "$target" ] || continue
    # Only an unregistered file of other bytes is ever there by now.
    if [ -e "$target" ]; then must mv -fT -- "$deb" "$target"; else must ln -T -- "$deb" "$target"; fi
  done
  for new in "$1"/packages/*/version/*; do
    [ -d "$new" ] || continue
    place=$meta/packages/\${new#"$1/packages/"}
    if [ -d "$place" ]; then
      for part in sbom.json build.log.gz manifest.json file; do
        [ ! -f "$new/$part" ] || must mv -fT -- "$new/$part" "$place/$part"
      done
      [ ! -f "$new/trusted" ] || must rm -f -- "$place/untrusted"
    else
      [ -d "\${place%/*}" ] || must mkdir -p -- "\${place%/*}"
      must mv -T -- "$new" "$place"
    fi
  done
  for new in "$1"/builds/*/*.json; do
    [ -f "$new" ] || continue
    place=$root/builds/\${new#"$1/builds/"}
    [ -d "\${place%/*}" ] || must mkdir -p -- "\${place%/*}"
    must mv -fT -- "$new" "$place"
  done
  [ ! -d "$1/records" ] || place_records "$1/records"
  [ ! -d "$1/links" ] || place_links "$1/links"
  [ ! -d "$1/restore" ] || place_pins "$1/restore"
  must rm -rf -- "$held" "$1"
}
finish() {
  for left in "$root"/accepted/*; do
    [ ! -d "$left" ] || apply "$left"
  done
  for left in "$root"/migrating/*/*; do
    [ -L "$left" ] || continue
    away=\${left%/*}
    away=$meta/domain/\${away##*/}/stacks/\${left##*/}
    if [ -e "$away" ] || [ -L "$away" ]; then must rm -f -- "$left"; else must mv -T -- "$left" "$away"; fi
  done
}
# Who may only read, reads what is there.
finish_if_left() {
  [ -w "$root/lock/store" ] || return 0
  for left in "$root"/accepted/* "$root"/migrating/*/*; do
    if [ -e "$left" ] || [ -L "$left" ]; then
      lock
      finish
      unlock
      return
    fi
  done
}`

/** Where a stack is, or what a link of that name leads to; `generation_of` refuses what is no stack itself. In a META no edit has touched yet, the plain folder of the first generation counts too. */
export const FIND = sh`find_stack() {
  place=$stacks/$1
  if [ "$domain" = main ] && [ ! -e "$place" ] && [ ! -L "$place" ]; then place=$meta/stacks/$1; fi
  [ -d "$place" ] && return
  place=$stacks/$1
  return 1
}
generation_of() {
  current=$(readlink -- "$place") || current=
  case $current in
    "../../../.gachette/gen/$domain/"*) current=\${current##*/} ;;
    *)
      ! is_channel "$stack" || die 78 channel "$stack" "$current"
      die 78 foreign-link "$place" "$current"
      ;;
  esac
}
is_channel() { [ -d "$root/channels/$domain/$1" ]; }`
