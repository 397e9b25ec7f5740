import { sh } from '../../../shell/index.ts'

/**
 * What may go, and what everything else refers to: `survey` leaves lists in `$scratch`, paths relative to META. It takes
 * no lock; `roots_state` says in one word what all that refers looks like, so that a sweep knows whether it still holds.
 *
 * A list that was cut short would be a licence to remove: each program that makes one must come to its end (`sure`).
 * Folders of META may be links to others; `find -H` follows those that are named.
 *
 * Ages are by the clock of `date`: of a generation by its name, of the rest by mtime. A generation is as old as the one
 * that took its place, for until then it was in use.
 */
export const SURVEY = sh`roots_state() {
  (
    cd -- "$meta" && find -H domain stacks dists .gachette/gen .gachette/frozen .gachette/channels .gachette/deployed \
      .gachette/builds .gachette/exports .gachette/accepted -maxdepth 6 \
      \( -path '.gachette/gen/*/*' -prune -o -path '.gachette/exports/*/*/*' -prune -o -true \) \
      -printf '%p\t%l\t%T@\t%s\n' 2>/dev/null | LC_ALL=C sort | sha256sum
  )
}
# sure COMMAND…: what it lists must be whole. find says 1 and xargs 123 where a file has gone, or has no such line.
sure() {
  "$@" || case $1$? in
    find1 | xargs123) ;;
    *)
      room=$(df -Pk -- "$scratch" 2>/dev/null | awk 'NR == 2 { print $4 }')
      fact unsurveyed "$1" "$room" >&3
      kill -TERM $$
      ;;
  esac
}
survey() {
  cd -- "$meta" || exit
  survey_readable
  state=$(roots_state)
  seconds=$(date +%s) || unwritten date
  cutoff=$((seconds - age)) forgotten=$((seconds - forget))
  stamp_before=$(date -u -d "@$cutoff" +%Y%m%dT%H%M%SZ) || unwritten date
  survey_generations
  survey_exports
  survey_pins
  survey_wanted
  survey_builds
  survey_packages
  survey_leftovers
}
# As names of one kind: what is in the first list and not in the second. Both are sorted.
without() { sure comm -23 "$1" "$2"; }
survey_readable() {
  found=$(find -H .gachette/gen .gachette/frozen .gachette/channels .gachette/deployed .gachette/log .gachette/builds \
    -maxdepth 3 \( -path '.gachette/gen/*/*/packages' -prune -o \( -type d -o -type f \) ! -readable -print -quit \) \
    2>/dev/null)
  [ -z "$found" ] || die 77 unreadable "$found"
}
survey_generations() {
  sure find -H domain -mindepth 3 -maxdepth 3 -path 'domain/*/stacks/*' -type l -printf '%l\n' |
    sure sed -n 's|^.*\.gachette/gen/||p' >"$scratch/current"
  sure find -H .gachette/gen -mindepth 2 -maxdepth 2 -type d ! -name '.*' -printf '%P\n' |
    sure sort >"$scratch/generations"
  (
    cd .gachette/gen && sure sed 's|$|/.manifest.json|' "$scratch/generations" | sure xargs -r -d '\n' head -qn 1 --
  ) >"$scratch/heads" 2>/dev/null
  sure find -H .gachette/frozen .gachette/channels .gachette/deployed -type f -name '*.json' -print0 2>/dev/null |
    sure sh -c 'exec xargs -r -0 cat --' | sure awk '
      {
        while (match($0, /"(digest|generation)":"[^"]*"/)) {
          print substr($0, RSTART, RLENGTH)
          $0 = substr($0, RSTART + RLENGTH)
        }
      }' | sure sort -u >"$scratch/words"
  sure find -H .gachette/log -type f -name '*.jsonl' -print0 2>/dev/null |
    sure xargs -r -0 grep -ohs '"generation":"[^"]*"' /dev/null | sure sort -u >"$scratch/logged"
  keep=$keep before=$stamp_before scratch=$scratch sure awk -F'"' '
    function list(name) { return ENVIRON["scratch"] "/" name }
    function stamp(key) { sub(/.*\//, "", key); return substr(key, 1, 16) }
    BEGIN {
      while ((getline <list("generations")) > 0) known[$0] = 1
      while ((getline <list("words")) > 0) word[$4] = 1
      while ((getline <list("logged")) > 0) logged[$4] = 1
      # v, generation, parent (or null), digest, count, domain, stack: between quotes.
      while ((getline <list("heads")) > 0) {
        if ($2 != "v" || $4 != "generation") continue
        one = ($9 == ":")
        key = (one ? $20 : $18) "/" $6
        if (!(key in known)) continue
        digest[key] = (one ? $14 : $12)
        name[key] = $6
        if (one) parent[key] = $20 "/" $10
      }
      while ((getline link <list("current")) > 0) {
        # How deep a line is kept as a whole: so many; while the next one is young; and what the log lost is told by the
        # line, which stays up to the last of these.
        n = deepest = 0
        for (key = link; key in known && n < 100000; key = (key in parent ? parent[key] : "")) {
          if (n <= ENVIRON["keep"] + 0 || stamp(key) >= ENVIRON["before"] || stamp(line[n - 1]) >= ENVIRON["before"] ||
            ((key in name) && !(name[key] in logged))) deepest = n
          line[n++] = key
        }
        for (i = 0; i <= deepest; i++) kept[line[i]] = 1
      }
      for (key in known) {
        drops = (key in name) && !(key in kept) && !(digest[key] in word) && !(name[key] in word) &&
          stamp(key) ~ /^[0-9]+T[0-9]+Z$/ && stamp(key) < ENVIRON["before"]
        print key >list(drops ? "drop.unsorted" : "kept")
        if (!drops && (key in digest)) print digest[key] >list("digests")
      }
    }' </dev/null
  touch "$scratch/drop.unsorted" "$scratch/kept" "$scratch/digests"
  sure sed 's|^|.gachette/gen/|' "$scratch/drop.unsorted" | sure sort >"$scratch/drop.generation"
}
# Of exports those that apt is shown stay, however old.
survey_exports() {
  sure find -H dists -mindepth 2 -maxdepth 2 -type l -printf '%l\n' 2>/dev/null |
    sure sed 's|^\.\./\.\./||' | sure sort -u >"$scratch/shown"
  sure find -H .gachette/exports -mindepth 3 -maxdepth 3 -type d 2>/dev/null | sure sort >"$scratch/exports"
  sure find -H .gachette/exports -mindepth 3 -maxdepth 3 -type d ! -newermt "@$cutoff" 2>/dev/null |
    sure sort >"$scratch/old"
  without "$scratch/old" "$scratch/shown" >"$scratch/drop.export"
  without "$scratch/exports" "$scratch/drop.export" |
    while IFS= read -r export; do
      IFS=' ' read -r v suite stack digest rest 2>/dev/null <"$export/.key" || digest=-
      grep -qxF "$digest" "$scratch/digests" ||
        sure find "$export" -type f -name Packages -exec grep -h '^Filename: ' {} +
    done | sure sed 's|.*/||' | sure sort -u >"$scratch/files"
}`
