import { sh } from '../../shell/index.ts'

/**
 * A generation: `packages/<pkg>` is a link to `.gachette/pins/<version>/<pkg>`, a folder with the one file `version`
 * that all stacks share. So an edit copies no file: `cp -al` gives every link a second name (one system call each,
 * 12 µs), and replaces the few that change. Where hard links to links are refused (another user's) or used up, they
 * are copied.
 *
 * `make_generation BASE NAME VERB` reads `$scratch/lines` (all packages, as the manifest has them) and `$scratch/pins`
 * (name and version of those that changed).
 */
export const GENERATION = sh`begin() {
  scratch=$root/incoming/$id
  ready=$scratch/ready
  trap 'rm -rf -- \${scratch:+"$scratch"} \${hold:+"$hold"} \${made:+"$made"}' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  [ -d "$root/incoming" ] && [ -d "$meta/debs" ] || mkdir -p -- "$root/incoming" "$meta/debs" ||
    die 77 unwritable "$meta"
  mkdir -- "$scratch" || die 77 unwritable "$root/incoming"
  now=$(date -u '+%Y-%m-%dT%H:%M:%SZ %Y%m%dT%H%M%SZ') || unwritten date
  stamp=\${now#* }
  now=\${now% *}
}
make_generation() {
  made=$root/gen/$domain/.$2
  must mkdir -- "$made"
  if [ -z "$1" ]; then
    must mkdir -- "$made/packages"
  elif ! cp -al -- "$root/gen/$domain/$1/packages" "$made/packages" 2>/dev/null; then
    must rm -rf -- "$made/packages"
    must cp -RP -- "$root/gen/$domain/$1/packages" "$made/packages"
  fi
  link_pins "$1"
  parent=null
  [ -z "$1" ] || parent="\"$1\""
  {
    printf '{"v":1,"generation":"%s","parent":%s,"digest":"%s","count":%s,"domain":"%s","stack":"%s",' \
      "$2" "$parent" "$digest" "$count" "$domain" "$stack" &&
      printf '"verb":"%s","when":"%s","who":%s,"why":%s,"packages":[\n' "$3" "$now" "$who" "$why" &&
      sed '$!s/$/,/' "$scratch/lines" &&
      echo ']}'
  } >"$made/.manifest.json" || unwritten .manifest.json
  printf '%s\n' "$digest" >"$made/.digest" || unwritten .digest
}
link_pins() {
  [ -s "$scratch/pins" ] || return 0
  (
    while read -r name version; do
      [ -d "$root/pins/$version/$name" ] || printf '%s/%s\n' "$version" "$name" >&7 || exit 1
      printf '%s\n' "$name" >&8 && printf '../../../../pins/%s/%s\n' "$version" "$name" || exit 1
    done
  ) <"$scratch/pins" >"$scratch/links" 7>"$scratch/folders" 8>"$scratch/names" || unwritten links
  [ ! -s "$scratch/folders" ] || (cd -- "$root/pins" && xargs mkdir -p -- <"$scratch/folders") || unwritten pins
  while read -r name version; do
    first_word "$root/pins/$version/$name/version" && [ "$word" = "$version" ] && continue
    printf '%s\n' "$version" >"$scratch/version" || unwritten version
    must mv -fT -- "$scratch/version" "$root/pins/$version/$name/version"
  done <"$scratch/pins"
  (
    cd -- "$made/packages" && { [ -z "$1" ] || xargs rm -rf -- <"$scratch/names"; } &&
      xargs ln -s -t . -- <"$scratch/links"
  ) || unwritten packages
}`

/**
 * The commit: everything is on disk first, then one rename makes the stack's link point to the new generation. The
 * log's line comes after it; a generation names its parent, so a line that a crash swallowed can be told from it.
 */
export const COMMIT = sh`settle_disk() {
  sync -f -- "$root" "$meta/debs" || unwritten sync
}
publish() {
  must mv -T -- "$made" "$root/gen/$domain/$1"
  made=
}
flip() {
  must ln -sT "../../../.gachette/gen/$domain/$1" "$scratch/link"
  must mv -fT -- "$scratch/link" "$stacks/$stack"
}
record() {
  printf '{"when":"%s","who":%s,"why":%s,"verb":"%s","stack":"%s","generation":"%s","parent":%s,"digest":"%s"%s}\n' \
    "$now" "$who" "$why" "$1" "$stack" "$2" "$3" "$digest" "$4" >>"$root/log/$domain/$stack.jsonl" ||
    fact unlogged
  sync -- "$stacks" || fact unsynced
}`
