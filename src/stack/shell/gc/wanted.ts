import { sh } from '../../../shell/index.ts'

/**
 * What kept generations refer to, by their links and by their manifests: an old tool that writes through a link makes the
 * two differ, and both are read. The rest of the survey: pins, packages, builds, leftovers.
 */
export const WANTED = sh`survey_pins() {
  sure sed 's|^|.gachette/gen/|; s|$|/packages|' "$scratch/kept" |
    sure xargs -r -d '\n' sh -c 'exec find "$@" -mindepth 1 -maxdepth 1 -printf "%l\t%p\n"' sh 2>/dev/null |
    scratch=$scratch sure awk -F'\t' '
      { pin = $1 }
      sub(/^\.\.\/\.\.\/\.\.\/\.\.\/pins\//, "", pin) { if (!(pin in seen)) print pin; seen[pin]; next }
      { print $2 "/version" >(ENVIRON["scratch"] "/real") }' | sure sort >"$scratch/linked"
  sure find -H .gachette/pins -mindepth 2 -maxdepth 2 -printf '%P\n' 2>/dev/null | sure sort >"$scratch/pins"
  without "$scratch/pins" "$scratch/linked" | sure awk -v before="$stamp_before" 'substr($0, 1, 16) < before' |
    sure sed 's|^|.gachette/pins/|' >"$scratch/drop.pin"
}
# versions_in: of paths …/NAME/version, lines NAME VERSION.
versions_in() {
  sure xargs -r -d '\n' grep -sHm1 '' /dev/null | sure awk '
    {
      colon = index($0, "/version:")
      name = substr($0, 1, colon - 1)
      sub(/.*\//, "", name)
      version = substr($0, colon + 9)
      sub(/[\r \t].*/, "", version)
      print name " " version
    }'
}
survey_wanted() {
  {
    (cd .gachette/gen && sure sed 's|$|/.manifest.json|' "$scratch/kept" |
      sure xargs -r -d '\n' grep -hs '^{"name":"' /dev/null | sure awk -F'"' '!(($4, $8) in seen) { seen[$4, $8]; print $4, $8 }')
    sure sed 's|^|.gachette/pins/|; s|$|/version|' "$scratch/linked" | versions_in
    [ ! -f "$scratch/real" ] || versions_in <"$scratch/real"
    sure find -H domain stacks -path '*/packages/*' -name version -type f 2>/dev/null | versions_in
  } | sure sort -u >"$scratch/wanted"
}
# A build is forgotten only if asked for, and while nothing of it is wanted otherwise.
survey_builds() {
  : >"$scratch/forgettable"
  [ "$forget" -eq 0 ] ||
    find -H .gachette/builds -type f -name '*.json' ! -newermt "@$forgotten" 2>/dev/null >"$scratch/forgettable"
  sure find -H .gachette/builds -type f -name '*.json' -print0 2>/dev/null |
    sure xargs -r -0 grep -Hs '^{"name":"' /dev/null | scratch=$scratch sure awk -F'"' '
      function list(name) { return ENVIRON["scratch"] "/" name }
      BEGIN {
        while ((getline line <list("wanted")) > 0) wanted[line]
        while ((getline line <list("forgettable")) > 0) old[line]
      }
      {
        record = substr($1, 1, index($1, ":{") - 1)
        pin = $4 " " $8
        n++
        of[n] = record
        what[n] = pin
        if (!(record in old) || pin in wanted) stays[record]
      }
      END {
        for (i = 1; i <= n; i++) {
          if (of[i] in stays) print what[i] >list("built")
          else if (!(of[i] in told)) { told[of[i]]; print of[i] >list("drop.build") }
        }
      }'
  touch "$scratch/built" "$scratch/drop.build"
  sure sort -u -o "$scratch/wanted" "$scratch/wanted" "$scratch/built"
}
survey_packages() {
  find -H packages -mindepth 4 -maxdepth 4 -path '*/version/*/file' -type f ! -newermt "@$cutoff" \
    >"$scratch/old.packages"
  sure find -H packages -mindepth 4 -maxdepth 4 -path '*/version/*/file' -type f -print0 |
    sure xargs -r -0 grep -sHm1 '' /dev/null | scratch=$scratch sure awk '
      function list(name) { return ENVIRON["scratch"] "/" name }
      BEGIN {
        while ((getline line <list("wanted")) > 0) wanted[line]
        while ((getline line <list("files")) > 0) shown[line]
        while ((getline line <list("old.packages")) > 0) old[line]
      }
      {
        colon = index($0, "/file:")
        path = substr($0, 1, colon - 1)
        file = substr($0, colon + 6)
        sub(/[\r \t].*/, "", file)
        split(path, part, "/")
        if ((path "/file") in old && !((part[2] " " part[4]) in wanted) && !(file in shown)) {
          print path >list("packages")
          gone[file]
        } else stays[file]
      }
      END {
        for (file in gone)
          if (!(file in stays) && file ~ /^[A-Za-z0-9][A-Za-z0-9._+~:%-]*$/) print "debs/" file >list("files.gone")
      }'
  touch "$scratch/packages" "$scratch/files.gone"
  sort "$scratch/packages" >"$scratch/drop.package"
  sort "$scratch/files.gone" | while IFS= read -r path; do [ ! -f "$path" ] || printf '%s\n' "$path"; done >"$scratch/drop.deb"
}
# What edits under way have begun is younger than a day, whatever is asked for.
survey_leftovers() {
  odd='*
*'
  day_old=$((cutoff < seconds - 86400 ? cutoff : seconds - 86400))
  {
    find -H .gachette/incoming .gachette/quarantine -mindepth 1 -maxdepth 1 ! -name "$id" ! -name "$odd" \
      ! -newermt "@$day_old" 2>/dev/null
    find -H debs -mindepth 1 -maxdepth 1 -name '.*' ! -name "$odd" ! -newermt "@$day_old"
    find -H .gachette/gen -mindepth 2 -maxdepth 2 -name '.*' ! -name "$odd" ! -newermt "@$day_old"
    unused_contents
    # Their name says when they were set aside; their time is that of 2013.
    find -H .gachette/aside -mindepth 2 -maxdepth 2 ! -name "$odd" 2>/dev/null |
      awk -F. -v before="$stamp_before" 'substr($NF, 1, 16) < before'
  } | sort >"$scratch/drop.leftover"
}`
