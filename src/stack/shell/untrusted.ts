import { sh } from '../../shell/index.ts'

/**
 * `packages/PKG/version/V/untrusted`, one line that says why: such a package is registered, and no stack pins it. The
 * mark is taken away by a builder's own word: when the same bytes come of a build that is not marked.
 */
export const UNTRUSTED = sh`mark_untrusted() {
  [ -n "$untrusted" ] || return 0
  while read -r name version file expected; do
    printf '%s\n' "$untrusted" >"$ready/packages/$name/version/$version/untrusted" || unwritten untrusted
  done <"$scratch/staged"
}
is_vouched_for() { [ -z "$untrusted" ] && [ "$provenance" != null ]; }
refuse_untrusted() {
  : >"$scratch/wrong" || unwritten wrong
  while read -r name version; do
    old=$meta/packages/$name/version/$version
    [ -f "$old/untrusted" ] && [ ! -f "$ready/packages/$name/version/$version/trusted" ] || continue
    IFS= read -r reason <"$old/untrusted" || :
    fact untrusted "$name" "$version" "$reason" >>"$scratch/wrong" || unwritten wrong
  done <"$scratch/wanted"
  [ -s "$scratch/wrong" ] || return 0
  cat "$scratch/wrong"
  exit 73
}`
