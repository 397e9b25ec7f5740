import { sh } from '../../shell/index.ts'

/**
 * A generation: `packages/<pkg>` is a link to `.gachette/pins/<generation>/<pkg>`, a folder with the one file `version`,
 * made by the generation that pinned it and shared by those that descend from it. So an edit copies no file: `cp -al`
 * gives every link a second name (one system call each, some 10 µs), and those that change are replaced. Where hard
 * links to links are refused (another user's) or used up (65,000 on ext4), they are copied.
 *
 * `make_generation BASE NAME VERB` reads `$scratch/lines` (all packages, as the manifest has them) and `$scratch/pins`
 * (name and version of those that changed), and `$scratch/unwanted` (names of those that go), if it is there.
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
  mkdir -- "$scratch" \${hold:+"$hold"} || { [ -d "$scratch" ] && unwritten mkdir; die 77 unwritable "$root/incoming"; }
  now=$(date -u '+%Y-%m-%dT%H:%M:%SZ %Y%m%dT%H%M%SZ') || unwritten date
  stamp=\${now#* }
  now=\${now% *}
}
make_generation() {
  made=$root/gen/$domain/.$2
  folders "$1" "$2" >"$scratch/folders" || unwritten folders
  (cd -- "$root/pins" && many mkdir -- <"$scratch/folders") || unwritten mkdir
  if [ -n "$1" ] && ! cp -al -- "$root/gen/$domain/$1/packages" "$made/packages" 2>/dev/null; then
    must rm -rf -- "$made/packages"
    must cp -RP -- "$root/gen/$domain/$1/packages" "$made/packages"
  fi
  link_pins "$2"
  [ ! -s "$scratch/unwanted" ] || (cd -- "$made/packages" && many rm -rf -- <"$scratch/unwanted") || unwritten packages
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
folders() {
  printf '../gen/%s/.%s\n' "$domain" "$2"
  [ -n "$1" ] || printf '../gen/%s/.%s/packages\n' "$domain" "$2"
  [ -s "$scratch/pins" ] || return 0
  pinned=$root/pins/$2
  printf '%s\n' "$2"
  while read -r name version; do printf '%s/%s\n' "$2" "$name"; done <"$scratch/pins"
}
link_pins() {
  while read -r name version; do
    printf '%s\n' "$version" >"$root/pins/$1/$name/version" && printf '../../../../pins/%s/%s\n' "$1" "$name" >&7 ||
      unwritten version
    # Only a folder of 2013 could stand in the link's way.
    [ ! -d "$made/packages/$name" ] || [ -L "$made/packages/$name" ] || must rm -rf -- "$made/packages/$name"
  done <"$scratch/pins" 7>"$scratch/links"
  (cd -- "$made/packages" && many ln -sf -t . -- <"$scratch/links") || unwritten packages
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
