import { sh } from '../../shell/index.ts'

/**
 * What an old tool wrote through a stack's link, into folders that generations share. `scan_written` compares what the
 * readers of `$current` see with its manifest, and leaves `wanted` and `unwanted` (as compose() reads them), `truth` (the
 * manifest's `name version`, or `name -` for what is not in it), and the facts `written` and `odd`.
 */
export const WRITTEN = sh`scan_written() {
  for each in "$root/gen/$domain/$current/packages"/*; do
    if read_pin "$each"; then
      printf '%s %s\n' "$name" "$version" || exit 1
    elif [ -e "$each" ] || [ -L "$each" ]; then
      ! is_package "\${each##*/}" || printf '%s -\n' "\${each##*/}" || exit 1
    fi
  done >"$scratch/entries" || unwritten entries
  for each in wanted unwanted truth written odd; do : >"$scratch/$each" || unwritten scratch; done
  scratch=$scratch stack=$stack awk -F'"' '
    function is_written(name, version, was) {
      print "written-through\t" ENVIRON["stack"] "\t" name "\t" version "\t" was >(ENVIRON["scratch"] "/written")
      print name, (was == "" ? "-" : was) >(ENVIRON["scratch"] "/truth")
      if (version == "") print name >(ENVIRON["scratch"] "/unwanted")
      else print name, version >(ENVIRON["scratch"] "/wanted")
    }
    NR == FNR {
      if ($2 == "name") { names[++count] = $4; pinned[$4] = $8 }
      next
    }
    {
      split($0, entry, " ")
      seen[entry[1]] = 1
      if (entry[2] != "-") {
        if (pinned[entry[1]] "" != entry[2] "") is_written(entry[1], entry[2], pinned[entry[1]])
      } else if (entry[1] in pinned) {
        print "odd\t" ENVIRON["stack"] "\t" entry[1] >(ENVIRON["scratch"] "/odd")
        print entry[1], pinned[entry[1]] >(ENVIRON["scratch"] "/truth")
      }
    }
    END { for (at = 1; at <= count; at++) if (!(names[at] in seen)) is_written(names[at], "", pinned[names[at]]) }
  ' "$root/gen/$domain/$current/.manifest.json" "$scratch/entries" || unwritten written
}
refuse_odd() {
  [ -s "$scratch/odd" ] || return 0
  cat -- "$scratch/odd"
  exit 78
}
refuse_written() {
  refuse_odd
  [ -s "$scratch/written" ] || return 0
  cat -- "$scratch/written"
  exit 78
}
# sharers: the other stacks whose readers see the same, in the words of $1.
sharers() {
  for each in "$stacks"/*; do
    other=\${each##*/}
    [ -L "$each" ] && [ "$other" != "$stack" ] && [ "$other" != latest ] && ! is_channel "$other" || continue
    if [ "$each" -ef "$place" ]; then
      fact "$1" "$other"
      continue
    fi
    while read -r name version; do
      [ -L "$place/packages/$name" ] && [ "$each/packages/$name" -ef "$place/packages/$name" ] || continue
      fact "$1" "$other"
      break
    done <"$scratch/truth"
  done
}`
