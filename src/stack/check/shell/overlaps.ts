import { sh } from '../../../shell/index.ts'

/**
 * Paths that several members hold: `overlap COUNT OWNERS PATH…`, one line per set of owners with its first paths. A
 * folder may be everybody's; a link and a folder get along, as dpkg has it. /bin, /sbin and /lib are those of /usr: where
 * they are links dpkg would not even notice. A member whose preinst diverts a path takes it from nobody.
 *
 * It depends on nothing but the digest of the stack, under which it is kept.
 */
export const OVERLAPS = sh`overlaps() {
  choose_contents
  for known in "$root/contents/stacks/$digest" "$contents/stacks/$digest"; do
    [ -f "$known" ] || continue
    cat -- "$known"
    return
  done
  read_contents
  if [ -f "$scratch/wrong" ]; then sort -u -- "$scratch/wrong"; fi
  find_clashes || again || unwritten contents
  : >"$scratch/diverted"
  [ ! -s "$scratch/clashes" ] || find_diverted
  group_clashes >"$scratch/overlaps" || unwritten overlaps
  cat -- "$scratch/overlaps"
  [ -f "$scratch/wrong" ] || must mv -fT -- "$scratch/overlaps" "$known"
}
# A list that is damaged is made again, once.
again() {
  xargs -r -d '\n' rm -f -- <"$scratch/lists"
  read_contents
  find_clashes
}
find_clashes() {
  { xargs -r -d '\n' gzip -dc -- <"$scratch/lists" 2>/dev/null || echo '!'; } | members=$scratch/members awk '
    BEGIN { while ((getline line <ENVIRON["members"]) > 0) { split(line, part, " "); owner[part[2]] = part[1] } }
    /^!/ { exit 1 }
    /^#/ { at = owner[substr($0, 2)]; next }
    {
      path = substr($0, 3)
      sub(/^(bin|sbin|lib|lib32|lib64|libx32)\//, "usr/&", path)
      print path "\t" at "\t" substr($0, 1, 1)
    }' >"$scratch/paths" || return 1
  sort -u -- "$scratch/paths" | awk -F'\t' -v OFS='\t' '
    function flush() { if (things > 1 || (files > 0 && folders != "")) print path, owners (files > 0 ? folders : "") }
    $1 != path { flush(); path = $1; owners = folders = ""; things = files = 0 }
    $3 == "d" { folders = folders " " $2; next }
    { owners = owners " " $2; things++; if ($3 == "f") files++ }
    END { flush() }' >"$scratch/clashes" || unwritten clashes
}
find_diverted() {
  sort -- "$scratch/members" >"$scratch/by-name" || unwritten by-name
  cut -f 2 -- "$scratch/clashes" | tr ' ' '\n' | sort -u | join - "$scratch/by-name" |
    while read -r name sum file; do
      dpkg-deb --info "$meta/debs/$file" preinst >"$scratch/preinst" 2>/dev/null &&
        grep -q dpkg-divert "$scratch/preinst" || continue
      tr -cs 'A-Za-z0-9._+~@%/-' '\n' <"$scratch/preinst" | sed -n "s:^/:$name :p"
    done >"$scratch/diverted" || unwritten diverted
}
group_clashes() {
  diverted=$scratch/diverted awk -F'\t' -v OFS='\t' '
    BEGIN { while ((getline line <ENVIRON["diverted"]) > 0) diverts[line] = 1 }
    {
      count = split($2, each, " ")
      left = 0
      owners = ""
      for (at = 1; at <= count; at++)
        if (!((each[at] " " $1) in diverts)) { owners = owners (left++ ? " " : "") each[at] }
      if (left < 2) next
      if (!(owners in paths)) order[++sets] = owners
      if (++seen[owners] <= 4) paths[owners] = paths[owners] OFS "/" $1
    }
    END { for (at = 1; at <= sets; at++) print "overlap", seen[order[at]], order[at] paths[order[at]] }' "$scratch/clashes"
}`
