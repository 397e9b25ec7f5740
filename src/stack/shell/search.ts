import { sh } from '../../shell/index.ts'

/**
 * `pinned_where`: reads lines `NAME` or `NAME VERSION`, and prints `STACK/packages/NAME/version:VERSION` for each stack
 * that pins it. It opens one small file per name and stack, and never a manifest.
 */
export const PINNED = sh`pinned_where() {
  sort -u >"$scratch/wanted"
  { [ -d "$stacks" ] || [ "$domain" != main ]; } || stacks=$meta/stacks
  find "$stacks/" -mindepth 1 -maxdepth 1 -name '[A-Za-z0-9]*' ! -name '*[!A-Za-z0-9._+~-]*' \
    \( -type d -o -type l -lname '*/*' \) -printf '%f\n' 2>/dev/null >"$scratch/stacks"
  cut -d ' ' -f 1 "$scratch/wanted" | uniq >"$scratch/names"
  names=$(wc -l <"$scratch/names") number=$(wc -l <"$scratch/stacks")
  [ $((names * number)) -le "$most" ] || die 64 too-many "$names" "$number"
  (
    cd -- "$stacks" 2>/dev/null || exit 0
    awk 'FILENAME != last { file++; last = FILENAME } file == 1 { name[++n] = $0; next }
      { for (i = 1; i <= n; i++) print $0 "/packages/" name[i] "/version" }' "$scratch/names" "$scratch/stacks" |
      xargs -r -d '\n' grep -sHm1 '' /dev/null
  ) | awk -v wanted="$scratch/wanted" '
    BEGIN { while ((getline line <wanted) > 0) want[line] = 1 }
    {
      colon = index($0, ":")
      split(substr($0, 1, colon - 1), part, "/")
      version = substr($0, colon + 1)
      sub(/[\r \t].*/, "", version)
      if ((part[3] in want) || ((part[3] " " version) in want)) print substr($0, 1, colon) version
    }'
}`

/**
 * `built_from COMMIT`: the packages, `NAME VERSION`, of all builds of that commit or of a descendant of it. The store
 * remembers builds by commit in their files' names; which of these are descendants one git process says per mirror that
 * has the commit. All mirrors together, as the alternates of one empty repository, say in a few questions which those are.
 */
export const BUILT = sh`built_from() {
  [ ! -d "$root/builds" ] || (
    cd -- "$root/builds" && find . -mindepth 2 -maxdepth 2 -name '*-*.json' -path "./$project/*" -printf '%f\t%P\n'
  ) | sed 's/-[^-\t]*\t/\t/' >"$scratch/builds"
  mkdir -p -- "$scratch/all/objects/info" "$scratch/all/refs" && echo 'ref: refs/heads/none' >"$scratch/all/HEAD" ||
    unwritten "a temporary folder"
  find "$work/mirrors/" -mindepth 1 -maxdepth 1 -name '*.git' -printf '%p/objects\n' 2>/dev/null |
    sort >"$scratch/mirrors"
  last=$(wc -l <"$scratch/mirrors")
  if full=$(lookup 1 "$last" "$1"); then
    fact commit "$full"
    descendants | awk -F'\t' '!builds { of[$0] = 1; next } $1 in of { print $2 }' - builds=1 "$scratch/builds"
  else
    fact no-mirror
    awk -F'\t' -v start="$1" 'index($1, start) == 1 { print $2 }' "$scratch/builds"
  fi >"$scratch/records"
  grep '^commit\|^no-mirror' "$scratch/records"
  (cd -- "$root/builds" 2>/dev/null && grep -v '^commit\|^no-mirror' "$scratch/records" |
    xargs -r -d '\n' grep -hs '^{"name":') | awk -F'"' '{ print $4, $8 }' >"$scratch/built"
  [ -n "$full" ] || short=$(printf %.12s "$1")
  # What was imported has no record of a build here; our versions name their commit.
  [ -n "$full" ] || find "$meta/packages/" -mindepth 3 -maxdepth 3 -path "*/version/*.$short*" -printf '%P\n' 2>/dev/null |
    sed 's|/version/| |' >>"$scratch/built"
}
lookup() {
  sed -n "$1,$2p" "$scratch/mirrors" >"$scratch/all/objects/info/alternates"
  git --git-dir="$scratch/all" rev-parse --verify --quiet "$3^{commit}" 2>/dev/null
}
descendants() {
  printf '%s\n' "$full"
  from=1
  while [ "$from" -le "$last" ] && lookup "$from" "$last" "$full" >/dev/null; do
    low=$from high=$last
    while [ "$low" -lt "$high" ]; do
      middle=$(((low + high) / 2))
      if lookup "$low" "$middle" "$full" >/dev/null; then high=$middle; else low=$((middle + 1)); fi
    done
    mirror=$(sed -n "\${low}p" "$scratch/mirrors")
    { printf '^%s\n' "$full" && cut -f 1 "$scratch/builds" | sort -u; } |
      git --git-dir="\${mirror%/objects}" rev-list --ignore-missing --ancestry-path --stdin 2>/dev/null
    from=$((low + 1))
  done
}`
