import { sh } from '../../../shell/index.ts'

/**
 * `entries`: what lies in the folder of stacks, as facts `link NAME TARGET`, `folder NAME`, `odd NAME`; the generations
 * that are led to go into `$scratch/gens`. With `$only` it is that one alone, and the link `$also`.
 */
export const ENTRIES = sh`entries() {
  : >"$scratch/gens" || unwritten gens
  for each in "$stacks"/*; do
    name=\${each##*/}
    [ -z "$only" ] || [ "$name" = "$only" ] || [ "$name" = "$also" ] || continue
    [ -e "$each" ] || [ -L "$each" ] || continue
    case $name in
      [!A-Za-z0-9]* | *[!A-Za-z0-9._+~-]*) fact odd "$(printf %s "$name" | tr -c '[:graph:]' '?')" ;;
      *)
        if [ ! -L "$each" ]; then
          fact folder "$name"
          continue
        fi
        target=$(readlink -- "$each")
        gen=\${target#"../../../.gachette/gen/$domain/"}
        case $gen in
          */* | .* | *[!A-Za-z0-9._+-]*) fact link "$name" '' "$(printf %s "$target" | tr -c 'A-Za-z0-9._+~/-' '?')" ;;
          *)
            if [ "$gen" = "$target" ]; then
              fact link "$name" '' "$target"
            elif [ -f "$root/gen/$domain/$gen/.manifest.json" ]; then
              fact link "$name" "$gen"
              printf '%s\n' "$gen" >>"$scratch/gens" || unwritten gens
            else
              fact link "$name" '' "$target"
            fi
            ;;
        esac
        ;;
    esac
  done
}`

/**
 * `survey_generations`: each generation of `$scratch/gens`, once. Facts: `head GENERATION <first line>`, `digest GENERATION
 * <counted from its lines>`, `stands GENERATION <.digest>`, `bad GENERATION LINE` for lines that are no package or out of
 * order, `pin GENERATION PACKAGE FOUND WANTED` where readers see another version. `$scratch/members` gets every package of
 * all of them once: name, version, sha256, size, file. One awk: what generations share is read once.
 */
export const GENERATIONS = sh`survey_generations() {
  : >"$scratch/members" || unwritten members
  sort -u "$scratch/gens" -o "$scratch/gens" || unwritten gens
  [ -s "$scratch/gens" ] || return 0
  (
    cd -- "$root/gen/$domain" || exit
    sed 's,$,/.manifest.json,' "$scratch/gens" | scratch=$scratch xargs -r -n 1000 awk -F'"' '
      function first_word(path) {
        text = ""
        if ((getline text <path) <= 0) text = ""
        close(path)
        sub(/[ \t\r].*/, "", text)
        return text
      }
      function found_in(key, path) {
        if (!(key in version)) version[key] = first_word(path)
        return version[key]
      }
      function differs(name, found, wanted) { print "pin\t" gen "\t" name "\t" found "\t" wanted }
      function compare(cmd, entry, part, name, found) {
        cmd = "find -L " gen "/packages -mindepth 1 -maxdepth 1 -name \"[A-Za-z0-9]*\" ! -name \"*[!A-Za-z0-9+._-]*\" -printf \"%f\\t%D:%i\\n\" 2>/dev/null"
        while ((cmd | getline entry) > 0) {
          split(entry, part, "\t")
          name = part[1]
          found = found_in(part[2], gen "/packages/" name "/version")
          if (name in wanted) {
            if (wanted[name] "" != found "") differs(name, found, wanted[name])
            delete wanted[name]
          } else if (found ~ /^[A-Za-z0-9][A-Za-z0-9.+~:-]*$/) differs(name, found, "")
        }
        close(cmd)
        for (name in wanted) differs(name, "", wanted[name])
      }
      function end_generation(name) {
        if (gen == "") return
        if (!ended) print "bad\t" gen "\t0"
        printf "digest\t%s\t", gen
        fflush()
        printf "" | "sha256sum"
        close("sha256sum")
        compare()
        for (name in wanted) delete wanted[name]
        print "stands\t" gen "\t" first_word(gen "/.digest")
      }
      FNR == 1 {
        end_generation()
        gen = FILENAME
        sub(/\/.*/, "", gen)
        last = ""
        ended = 0
        print "head\t" gen "\t" substr($0, 1, 8000)
        next
      }
      $0 == "]}" { ended = 1; next }
      {
        rest = $0
        size = $23
        gsub(/[^0-9]/, "", size)
        start = "{\"name\":\"" $4 "\",\"version\":\"" $8 "\",\"architecture\":\"" $12 "\",\"sha256\":\"" $16 "\",\"file\":\"" $20 "\",\"size\":" size ","
        if (ended || index($0, start) != 1 || $4 "" <= last "" || $4 !~ /^[A-Za-z0-9][A-Za-z0-9+._-]*$/ ||
          $8 !~ /^[A-Za-z0-9][A-Za-z0-9.+~:-]*$/ || $12 !~ /^[a-z0-9-]*$/ || $16 !~ /^[0-9a-f]*$/ ||
          (length($16) != 64 && length($16) != 0) || ($20 != "" && $20 !~ /^[A-Za-z0-9][A-Za-z0-9._+~:%-]*\.deb$/) ||
          substr($0, length(start) + 1) ~ /"(name|version|architecture|sha256|file|size)":/) print "bad\t" gen "\t" FNR
        last = $4
        print $4, $8, ($12 == "" ? "-" : $12), ($16 == "" ? "-" : $16) | "sha256sum"
        wanted[$4] = $8
        if ($20 == "") next
        key = $4 "\t" $8 "\t" $16 "\t" size "\t" $20
        if (!(key in member)) {
          member[key] = 1
          print key >(ENVIRON["scratch"] "/members")
        }
      }
      END { end_generation() }'
  ) || unwritten survey
}`

/** `pack_all LIST`: `pack` for any number of files, whose paths below META stand in LIST, one per line. */
export const PACK_ALL = sh`pack_all() {
  [ -s "$1" ] || return 0
  split -l 1000 -- "$1" "$scratch/part." || unwritten part
  for part in "$scratch"/part.*; do
    IFS='
'
    set -f
    set -- $(cat -- "$part")
    set +f
    unset IFS
    pack "$@" || unwritten pack
  done
}`
