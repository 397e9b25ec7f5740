import { sh } from '../../shell/index.ts'

/**
 * From what is `wanted` to the new manifest: both lists are sorted, so one pass merges them, without the names in
 * `unwanted`. It leaves `lines` (the packages), `list` (what the digest is of), `pins` (those that change) and
 * `changes.json`, and answers the lines of those that were wanted or went, and what became of each; `absent`, where
 * something unwanted is not there.
 */
export const COMPOSE = sh`wanted_lines() {
  (
    while read -r name version; do
      head_of "$ready/packages/$name/version/$version/manifest.json" ||
        head_of "$meta/packages/$name/version/$version/manifest.json" || {
        printf '%s %s\n' "$name" "$version" >"$scratch/gone"
        exit 66
      }
      printf '%s"pinnedAt":"%s","pinnedBy":%s}\n' "$head" "$now" "$who" || exit 1
    done
  ) <"$scratch/wanted" >"$scratch/new" && return
  # Registered when it was asked for; gc was faster.
  [ ! -s "$scratch/gone" ] || { read -r name version <"$scratch/gone" && die 66 not-registered "$name" "$version"; }
  unwritten new
}
compose() {
  wanted_lines
  : >"$scratch/lines" && : >"$scratch/list" && : >"$scratch/pins" || unwritten list
  scratch=$scratch awk -F'"' '
    function take() {
      split("", new)
      if ((getline fresh <(ENVIRON["scratch"] "/new")) > 0) split(fresh, new, "\"")
    }
    function emit(line, name, version, arch, sum) {
      count++
      print line >(ENVIRON["scratch"] "/lines")
      print name, version, (arch == "" ? "-" : arch), (sum == "" ? "-" : sum) >(ENVIRON["scratch"] "/list")
    }
    function told(what, name, version, was) {
      print what "\t" name "\t" version "\t" was
      json = json (json == "" ? "" : ",") "{\"name\":\"" name "\",\"version\":" text(version) ",\"was\":" text(was) "}"
    }
    function text(version) { return version == "" ? "null" : "\"" version "\"" }
    function emit_new(what, was) {
      emit(fresh, new[4], new[8], new[12], new[16])
      print fresh
      print new[4], new[8] >(ENVIRON["scratch"] "/pins")
      told(what, new[4], new[8], was)
      take()
    }
    BEGIN {
      while ((getline name <(ENVIRON["scratch"] "/unwanted")) > 0) unwanted[name] = 1
      take()
    }
    $2 != "name" { next }
    {
      sub(/,$/, "")
      while (new[4] != "" && new[4] "" < $4 "") emit_new("added", "")
      if ($4 in unwanted) {
        delete unwanted[$4]
        print
        told("removed", $4, "", $8)
        next
      }
      if (new[4] "" != $4 "") emit($0, $4, $8, $12, $16)
      else if (new[8] "" != $8 "" || new[16] "" != $16 "") emit_new("replaced", $8)
      else {
        emit($0, $4, $8, $12, $16)
        print
        print "same\t" $4 "\t" $8
        take()
      }
    }
    END {
      while (new[4] != "") emit_new("added", "")
      for (name in unwanted) print "absent\t" name >(ENVIRON["scratch"] "/absent")
      print json >(ENVIRON["scratch"] "/changes.json")
      print count + 0 >(ENVIRON["scratch"] "/count")
    }' "$root/gen/$domain/$current/.manifest.json" || unwritten lines
  read -r count <"$scratch/count" || unwritten count
  sum_of "$scratch/list"
  digest=$sum
}
note_build() {
  [ "$build" != - ] || return 0
  [ -d "$ready/builds/\${buildfile%/*}" ] || must mkdir -p -- "$ready/builds/\${buildfile%/*}"
  {
    printf '%s"when":"%s","who":%s,"packages":[\n' "$build" "$now" "$who" &&
      comma= &&
      while IFS= read -r line; do
        printf "$comma%s}" "\${line%%,\"pinnedAt\"*}" || unwritten builds
        comma=',\n'
      done <"$scratch/new" &&
      printf '\n]}\n'
  } >"$ready/builds/$buildfile" || unwritten builds
  # What a rebuild proves is as old as the first build.
  [ ! -f "$root/builds/$buildfile" ] ||
    [ "$(sed 1d "$root/builds/$buildfile")" != "$(sed 1d "$ready/builds/$buildfile")" ] ||
    must rm -f -- "$ready/builds/$buildfile"
}`
