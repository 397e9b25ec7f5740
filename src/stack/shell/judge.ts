import { sh } from '../../shell/index.ts'

/**
 * Under the lock, before anything changes: what is registered stays. Same bytes are dropped as known; other bytes
 * under a registered name and version, or under the file name of a registered package, are refused with both digests.
 */
export const JUDGE = sh`judge() {
  if [ "$build" != - ] && [ -z "$rebuild" ] && read_known "$root/builds/$buildfile"; then
    must mv -fT -- "$scratch/known" "$scratch/wanted"
    must rm -rf -- "$ready" "$hold"
    build=-
    fact known
    return
  fi
  : >"$scratch/wrong" || unwritten wrong
  while read -r name version file expected; do
    new=$ready/packages/$name/version/$version
    head_of "$new/manifest.json" || unwritten manifest.json
    mine=$sum
    if is_registered "$name" "$version"; then
      old=$meta/packages/$name/version/$version
      described=
      if head_of "$old/manifest.json"; then described=1; else sum_of "$meta/debs/$word"; fi
      if [ "$sum" != "$mine" ]; then
        fact conflict "$name" "$version" "$sum" "$mine" >>"$scratch/wrong" || unwritten wrong
      elif [ -n "$described" ] && [ -f "$old/untrusted" ] && is_vouched_for; then
        must rm -f -- "$hold/$file"
        true >"$new/trusted" || unwritten trusted
      elif [ -n "$described" ]; then
        must rm -rf -- "$new" "$hold/$file"
      fi
      continue
    fi
    target=$meta/debs/$file
    # Somebody may have tidied up what we began.
    [ -f "$hold/$file" ] || unwritten "$file"
    [ -e "$target" ] && [ ! "$target" -ef "$hold/$file" ] || continue
    sum_of "$target"
    if [ "$sum" = "$mine" ]; then
      must rm -f -- "$hold/$file"
    elif names_file "$file"; then
      fact taken "$name" "$version" "$file" "$sum" "$mine" >>"$scratch/wrong" || unwritten wrong
    fi
  done <"$scratch/staged"
  if [ -s "$scratch/wrong" ]; then
    cat "$scratch/wrong"
    exit 73
  fi
}
names_file() {
  found=$(find "$meta/packages" -mindepth 4 -maxdepth 4 -name file -path '*/version/*' \
    -exec grep -lxF -e "$1" -e "$1$cr" {} +)
  [ -n "$found" ]
}`

/** A build's record is of use while all its packages are registered. Reads it into `$scratch/known`. */
export const KNOWN = sh`read_known() {
  [ -f "$1" ] || return 1
  awk -F'"' '$2 == "name" { print $4, $8 }' "$1" >"$scratch/known" || return 1
  [ -s "$scratch/known" ] || return 1
  while read -r name version; do
    is_registered "$name" "$version" && head_of "$meta/packages/$name/version/$version/manifest.json" || return 1
  done <"$scratch/known"
}`
