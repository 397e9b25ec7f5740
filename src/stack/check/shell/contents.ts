import { sh } from '../../../shell/index.ts'

/** Lists a batch of .debs: `SHA256 FILE …`; a shell of its own, for several run at once. */
const LIST_DEBS = String.raw`cd -- "$meta/debs" || exit 1
chunk=$made/$$
mkdir -- "$chunk" || exit 1
while [ $# -gt 1 ]; do
  printf '%s  %s\n' "$1" "$2"
  shift 2
done >"$chunk.sums" || exit 1
wrong=" $(sha256sum -c "$chunk.sums" 2>/dev/null | sed -n 's/: FAILED.*//p' | tr '\n' ' ')"
while read -r sum file; do
  case $wrong in *" $file "*) printf 'wrong-bytes\t%s\n' "$file" >>"$made.wrong"; continue ;; esac
  printf '#%s\n' "$sum"
  # Of a .deb that cannot be unpacked there is no whole tar.
  dpkg-deb --fsys-tarfile "$file" 2>/dev/null | tar -tv --numeric-owner 2>/dev/null ||
    { echo '!'; printf 'no-contents\t%s\n' "$file" >>"$made.wrong"; }
done <"$chunk.sums" | chunk=$chunk awk '
  function flush(at) {
    if (to != "") for (at = 0; at <= count; at++) print line[at] >to
    if (to != "") close(to)
    to = ""
  }
  /^#/ { flush(); to = ENVIRON["chunk"] "/" substr($0, 2); count = 0; line[0] = $0; next }
  /^!/ { to = ""; next }
  # Mode, owner, size or device numbers, day, time, path; in paths tar escapes what is not printable.
  match($0, /^[^ ]+ +[^ ]+ +[0-9,]+ +[0-9-]+ +[0-9:]+ /) {
    kind = substr($0, 1, 1)
    path = substr($0, RLENGTH + 1)
    if (kind == "l" && (end = index(path, " -> "))) path = substr(path, 1, end - 1)
    if (kind == "h" && (end = index(path, " link to "))) path = substr(path, 1, end - 1)
    sub(/^\.?\//, "", path)
    sub(/\/$/, "", path)
    if (path != "") line[++count] = (kind ~ /[dl]/ ? kind : "f") " " path
  }
  END { flush() }' || exit 1
for new in "$chunk"/*; do
  [ -e "$new" ] || exit 0
  break
done
gzip -n -- "$chunk"/* && mv -f -t "$contents" -- "$chunk"/*.gz || exit 1`

/**
 * What each .deb holds, once for all: `contents/<sha256>.gz` has a line `#<sha256>`, then a line per path, with `d`, `l`
 * or `f` before it. Made in batches, as many at once as there are processors; a file that is gone, damaged or of
 * another digest leaves a fact (`wrong-bytes` or `no-contents`) and nothing else.
 *
 * `read_contents` reads `$scratch/members` (name, sha256, file) and leaves their lists' paths in `$scratch/lists`. Where
 * this user may not write in the store, new ones are in a folder of this command's own.
 */
export const CONTENTS = sh`choose_contents() {
  contents=$root/contents
  mkdir -p -- "$contents/stacks" 2>/dev/null && [ -w "$contents" ] && [ -w "$contents/stacks" ] && return
  contents=$scratch/contents
  must mkdir -p -- "$contents/stacks"
}
read_contents() {
  list_contents
  [ -s "$scratch/unread" ] || return 0
  made=$contents/.$id
  must mkdir -- "$made"
  made=$made meta=$meta contents=$contents xargs -n 128 -P "$(nproc)" sh -c ${LIST_DEBS} sh <"$scratch/unread" ||
    unwritten contents
  if [ -f "$made.wrong" ]; then must mv -f -- "$made.wrong" "$scratch/wrong"; fi
  must rm -rf -- "$made"
  made=
  list_contents
}
list_contents() {
  while read -r name sum file; do
    # A crash may leave an empty one.
    if [ -s "$contents/$sum.gz" ]; then
      printf '%s\n' "$contents/$sum.gz"
    elif [ -s "$root/contents/$sum.gz" ]; then
      printf '%s\n' "$root/contents/$sum.gz"
    else
      printf '%s\n' "$sum" "$file" >&7
    fi
  done <"$scratch/members" >"$scratch/lists" 7>"$scratch/unread" || unwritten lists
}`
