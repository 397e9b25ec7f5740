import { sh } from '../../../shell/index.ts'

/**
 * What kept generations refer to, by their links and by their manifests: an old tool that writes through a link makes the
 * two differ, and both are read. The rest of the survey: pins, packages, builds, leftovers.
 */
export const WANTED = sh`survey_pins() {
  sed 's|^|.gachette/gen/|; s|$|/packages|' "$scratch/kept" |
    xargs -r -d '\n' sh -c 'find "$@" -mindepth 1 -maxdepth 1 -printf "%l\t%p\n"' sh 2>/dev/null |
    scratch=$scratch awk -F'\t' '
      { pin = $1 }
      sub(/^\.\.\/\.\.\/\.\.\/\.\.\/pins\//, "", pin) { if (!(pin in seen)) print pin; seen[pin]; next }
      { print $2 "/version" >(ENVIRON["scratch"] "/real") }' | sort >"$scratch/linked"
  find .gachette/pins -mindepth 2 -maxdepth 2 -printf '%P\n' 2>/dev/null | sort >"$scratch/pins"
  without "$scratch/pins" "$scratch/linked" | awk -v before="$stamp_before" 'substr($0, 1, 16) < before' |
    sed 's|^|.gachette/pins/|' >"$scratch/drop.pin"
}
# versions_in: of paths …/NAME/version, lines NAME VERSION.
versions_in() {
  xargs -r -d '\n' grep -sHm1 '' /dev/null | awk '
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
    (cd .gachette/gen && sed 's|$|/.manifest.json|' "$scratch/kept" |
      xargs -r -d '\n' grep -hs '^{"name":"' /dev/null | awk -F'"' '!(($4, $8) in seen) { seen[$4, $8]; print $4, $8 }')
    sed 's|^|.gachette/pins/|; s|$|/version|' "$scratch/linked" | versions_in
    [ ! -f "$scratch/real" ] || versions_in <"$scratch/real"
    { find domain stacks -path '*/packages/*' -name version -type f 2>/dev/null; } | versions_in
  } | sort -u >"$scratch/wanted"
}
# A build is forgotten only if asked for, and while nothing of it is wanted otherwise.
survey_builds() {
  : >"$scratch/forgettable"
  [ "$forget" -eq 0 ] ||
    find .gachette/builds -type f -name '*.json' ! -newermt "@$forgotten" 2>/dev/null >"$scratch/forgettable"
  find .gachette/builds -type f -name '*.json' -print0 2>/dev/null | xargs -r -0 grep -Hs '^{"name":"' /dev/null |
    scratch=$scratch awk -F'"' '
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
  sort -u -o "$scratch/wanted" "$scratch/wanted" "$scratch/built"
}
survey_packages() {
  find packages -mindepth 4 -maxdepth 4 -path '*/version/*/file' -type f ! -newermt "@$cutoff" >"$scratch/old.packages"
  find packages -mindepth 4 -maxdepth 4 -path '*/version/*/file' -type f -print0 | xargs -r -0 grep -sHm1 '' /dev/null |
    scratch=$scratch awk '
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
survey_leftovers() {
  {
    find .gachette/incoming .gachette/quarantine -mindepth 1 -maxdepth 1 ! -name "$id" ! -newermt "@$cutoff" \
      2>/dev/null
    find debs -mindepth 1 -maxdepth 1 -name '.*' ! -newermt "@$cutoff"
    find .gachette/gen -mindepth 2 -maxdepth 2 -name '.*' ! -newermt "@$cutoff"
    unused_contents
    # Their name says when they were set aside; their time is that of 2013.
    find .gachette/aside -mindepth 2 -maxdepth 2 2>/dev/null | awk -F. -v before="$stamp_before" 'substr($NF, 1, 16) < before'
  } | sort >"$scratch/drop.leftover"
}`
