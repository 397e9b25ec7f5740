/** The build machine's half: static files, copied from the finished code with links replaced by what they point to. */
export const STATIC = String.raw`
# static_files CODE FOLDER TO RULE: what RULE (a file of find's words, one a line) keeps of FOLDER, to TO in the tree.
static_files() {
  from=$1\${2:+/$2}
  [ -d "$from" ] && within "$1" "$from" || fail static "$2"
  ( enter "$3" ) || fail place "$3"
  selected "$from" "$4" >"$work/selected" || fail static "$2"
  # A link may point to anything of the code, and to nothing else.
  ( cd -- "$from" && xargs -0r realpath -ez -- <"$work/selected" ) >"$work/real" || fail static "$2"
  tr '\n\0' '\001\n' <"$work/real" >"$work/lines"
  while IFS= read -r found; do
    case $found in "$1" | "$1"/*) ;; *) echo "$2: a link leads out of the code, to $found" >&2; fail static "$2" ;; esac
  done <"$work/lines"
  tar -C "$from" --hard-dereference -h --no-recursion --null --verbatim-files-from -T "$work/selected" -cf "$work/static.tar" &&
    tar -C "$tree/$3" -p --no-same-owner -xf "$work/static.tar" || fail static "$2"
  find "$tree/$3" -type d -exec chmod u+rwx,go+rx,go-w,-s {} + || fail disk
}

# selected FOLDER RULE: the entries below a folder that a rule keeps, each ended by NUL.
selected() {
  ( cd -- "$1" || exit
    set -- "$2"
    rule=$plan/$1
    set --
    while IFS= read -r word; do set -- "$@" "$word"; done <"$rule"
    find -L . -mindepth 1 "$@" -printf '%P\0' )
}

# differs CODE FOLDER RULE OTHER: tells when the old rule would keep other files.
differs() {
  from=$1\${2:+/$2}
  for rule in "$3" "$4"; do
    selected "$from" "$rule" | ( cd -- "$from" && xargs -0r sh -c 'for f; do [ -d "./$f" ] || printf "%s\0" "$f"; done' sh ) |
      LC_ALL=C sort -z >"$work/kept-\${rule##*/}"
  done
  cmp -s "$work/kept-\${3##*/}" "$work/kept-\${4##*/}" || printf '~static\t%s\t%s\n' "$doing" "$2" >&3
}
`.replaceAll('\\${', '${')
