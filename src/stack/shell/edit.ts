import { sh } from '../../shell/index.ts'

/**
 * What edits have in common. `take_stack open|any` takes the lock and leaves `$place` and `$current`, the generation
 * that the edit is of; a frozen stack is not open. `commit VERB` makes what compose() has left the stack's next
 * generation, if it is another than the last.
 */
export const EDIT = sh`is_frozen() { [ -f "$root/frozen/$domain/$1.json" ]; }
no_stack() { die 72 no-stack "$1"; }
refuse_frozen() { ! is_frozen "$stack" || die 80 frozen "$stack"; }
take_store() {
  lock
  finish
  layout
}
take_stack() {
  take_store
  find_stack "$stack" || no_stack "$stack"
  [ "$1" = any ] || refuse_frozen
  migrate
  generation_of
  expect_generation
}
expect_generation() {
  [ -z "$expected_generation" ] || [ "$expected_generation" = "$current" ] ||
    die 79 stale "$stack" "$current" "$expected_generation"
}
commit() {
  digest_of_current
  state=changed
  [ "$digest" != "$word" ] || state=same
  generation=$current
  if [ "$state" = changed ]; then
    generation=$stamp-$id
    make_generation "$current" "$generation" "$1" 9>&-
  fi
  if [ "$state" = changed ] || [ -d "$ready" ]; then settle_disk 9>&-; fi
  accept
  if [ "$state" = changed ]; then
    publish "$generation"
    flip "$generation"
    record_changes "$1"
  fi
  fact generation "$generation" "$digest" "$count" "$state"
}
digest_of_current() {
  first_word "$root/gen/$domain/$current/.digest" || die 78 foreign-link "$place" "$current"
}
record_changes() {
  IFS= read -r changes <"$scratch/changes.json" || changes=
  record "$1" "$generation" "\"$current\"" ",\"changes\":[$changes]"
}
accept() {
  if [ -d "$ready" ]; then
    must mv -T -- "$ready" "$root/accepted/$id"
    for part in records links restore; do [ ! -d "$root/accepted/$id/$part" ] || decided=yes; done
    hold=
    apply "$root/accepted/$id"
  elif [ -n "$hold" ]; then
    must rm -rf -- "$hold"
  fi
}`
