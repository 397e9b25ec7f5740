import { sh } from '../../../shell/index.ts'

/**
 * Where exports are: `META/dists/D/SUITE` is a link to `.gachette/exports/D/SUITE/<export>`, an immutable folder. Its
 * `.key` is one line that says all it was made of: equal line, equal export, and nothing is made again.
 */
export const SHOWN = sh`find_shown() {
  suites=$meta/dists/$domain
  exports=$root/exports/$domain/$as
  before=
  [ ! -L "$suites/$as" ] || before=$exports/$(readlink -- "$suites/$as" | sed 's,.*/,,')
  old_key=
  [ -z "$before" ] || [ ! -f "$before/.key" ] || IFS= read -r old_key <"$before/.key" || old_key=
  old_gpg=\${old_key##* gpg=}
}`

/**
 * Under the lock: what was prepared is still what is asked for (the same stack, the channel still there), then one
 * rename of a link shows it. What was shown before stays for those who read it now; older ones go.
 */
export const PUBLISH = sh`publish_export() {
  lock
  find_stack "$stack" || die 72 no-stack "$stack"
  generation_of
  first_word "$root/gen/$domain/$current/.digest" || die 78 foreign-link "$place" "$current"
  [ "$word" = "$digest" ] || die 79 moved "$stack" "$word" "$digest"
  if [ "$as" != "$stack" ]; then
    target=$(readlink -- "$stacks/$as") || target=
    [ "$target" = "$stack" ] || die 79 moved "$as" "$target" "$stack"
  fi
  show_export
}
# show_export: under the lock, what lies in $made takes the place of what is shown.
show_export() {
  [ -d "$suites" ] || must mkdir -p -- "$suites"
  [ -L "$suites/$as" ] || [ ! -e "$suites/$as" ] || die 78 in-dists "$suites/$as"
  [ "$suites/../../.gachette" -ef "$root" ] || die 78 apart "$suites" "$(readlink -f -- "$suites")"
  find_shown
  keep_hashes 9>&-
  stamp_release
  sync -f -- "$made" 9>&- || unwritten sync
  must mv -T -- "$made" "$exports/$stamp-$id"
  made=
  must ln -sT "../../.gachette/exports/$domain/$as/$stamp-$id" "$scratch/link"
  must mv -fT -- "$scratch/link" "$suites/$as"
  sync -- "$suites" || fact unsynced
  for each in "$exports"/*; do
    [ "$each" = "$exports/$stamp-$id" ] || [ "$each" = "$before" ] || rm -rf -- "$each"
  done
  find "$exports" -mindepth 1 -maxdepth 1 -name '.*' -mmin +1440 -exec rm -rf -- {} + 9>&-
}`
