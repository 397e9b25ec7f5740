import { sh } from '../../shell/index.ts'

/**
 * A generation: `packages/<pkg>` is a link to `.gachette/pins/<generation>/<pkg>`, a folder with the one file `version`,
 * made by the generation that pinned it and shared by those that descend from it. So an edit copies no file: `cp -al`
 * gives every link a second name (one system call each, some 10 µs), and those that change are replaced. Where hard
 * links to links are refused (another user's) or used up (65,000 on ext4), they are copied.
 *
 * `make_generation BASE NAME VERB` reads `$scratch/lines` (all packages, as the manifest has them) and `$scratch/pins`
 * (name and version of those that changed).
 */
export const GENERATION = sh`begin() {
  scratch=$root/incoming/$id
  ready=$scratch/ready
  trap 'rm -rf -- \${scratch:+"$scratch"} \${hold:+"$hold"} \${made:+"$made"} \${pinned:+"$pinned"}' EXIT
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
  link_pins "$1" "$2"
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
  pinned=$root/pins/$2
  (
    while read -r name version; do
      printf '%s\n' "$name" >&7 && printf '../../../../pins/%s/%s\n' "$2" "$name" || exit 1
    done
  ) <"$scratch/pins" >"$scratch/links" 7>"$scratch/names" || unwritten links
  must mkdir -- "$pinned"
  (cd -- "$pinned" && xargs mkdir -- <"$scratch/names") || unwritten pins
  while read -r name version; do
    printf '%s\n' "$version" >"$pinned/$name/version" || unwritten version
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
  made= pinned=
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
