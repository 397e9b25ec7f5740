import { sh } from '../../shell/index.ts'

/**
 * Makes the folders and the two links of old readers at first use. `META/stacks` as a folder (first generation) moves
 * to where stacks live now; where both hold a stack of one name, people must say which is right.
 */
export const LAYOUT = sh`layout() {
  if [ -d "$meta/stacks" ] && [ ! -L "$meta/stacks" ]; then move_first_generation; fi
  for each in "$meta/debs" "$meta/packages" "$meta/domain/main/stacks" "$stacks" "$root/gen/$domain" \
    "$root/log/$domain" "$root/migrating/$domain" "$root/aside/$domain" "$root/accepted" "$root/pins" "$root/builds"; do
    [ -d "$each" ] || must mkdir -p -- "$each"
  done
  [ -e "$meta/stacks" ] || [ -L "$meta/stacks" ] || must ln -sT domain/main/stacks "$meta/stacks"
  [ -e "$meta/domains" ] || [ -L "$meta/domains" ] || must ln -sT domain "$meta/domains"
  [ "$meta/stacks" -ef "$meta/domain/main/stacks" ] || die 78 in-the-way "$meta/stacks" domain/main/stacks
  [ "$meta/domains" -ef "$meta/domain" ] || die 78 in-the-way "$meta/domains" domain
  # A stack is a link relative to this folder.
  [ "$stacks/../../../.gachette" -ef "$root" ] || die 78 apart "$stacks" "$(readlink -f -- "$stacks")"
}
move_first_generation() {
  must mkdir -p -- "$meta/domain/main"
  if [ ! -e "$meta/domain/main/stacks" ]; then
    must mv -T -- "$meta/stacks" "$meta/domain/main/stacks"
    return
  fi
  for old in "$meta"/stacks/*; do
    now=$meta/domain/main/stacks/\${old##*/}
    [ ! -e "$now" ] && [ ! -L "$now" ] || die 78 twice "$old" "$now"
  done
  for old in "$meta"/stacks/*; do
    [ ! -e "$old" ] && [ ! -L "$old" ] || must mv -T -- "$old" "$meta/domain/main/stacks/\${old##*/}"
  done
  must rmdir -- "$meta/stacks"
}`
