import { sh } from '../../shell/index.ts'

/**
 * Reads what is asked for from stdin (it has no length limit there): provenance, the head of the build's record, then
 * one line per package `name version file sha256 path architecture size control` between tabs, then `.`, by which a cut
 * stream is known. `path` is absolute, `-` (seek the file in debs_path, then in the pool) or `=` (registered already).
 * With `control` (JSON) the builder has told what the bytes of this digest are: only the digest is looked at again.
 */
export const REQUEST = sh`read_request() {
  whole=
  IFS= read -r provenance || provenance=
  IFS= read -r build || build=
  for each in wanted staged told untold; do : >"$scratch/$each" || unwritten request; done
  while IFS=$tab read -r name version file sha path told; do
    if [ "$name" = . ]; then whole=1; break; fi
    printf '%s %s\n' "$name" "$version" >>"$scratch/wanted" || unwritten request
    if [ "$path" = = ]; then
      is_registered "$name" "$version" || die 66 not-registered "$name" "$version"
      ! head_of "$meta/packages/$name/version/$version/manifest.json" || continue
      file=$word path=$meta/debs/$word
    elif [ "$path" = - ]; then
      path=$debs/$file
      [ -f "$path" ] || path=$meta/debs/$file
      [ -f "$path" ] || die 66 not-found "$name" "$file" "$debs"
    fi
    [ -f "$path" ] && [ -r "$path" ] || { is_known_by_now && return; die 66 no-file "$name" "$file" "$path"; }
    printf '%s %s %s %s\n' "$name" "$version" "$file" "$sha" >>"$scratch/staged" || unwritten request
    if [ -n "$told" ]; then
      printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$version" "$file" "$sha" "$told" >>"$scratch/told" || unwritten request
    else
      printf '%s %s %s %s\n' "$name" "$version" "$file" "$sha" >>"$scratch/untold" || unwritten request
    fi
    # A link keeps the bytes we judge, whatever takes the name in the pool meanwhile.
    if [ "$path" -ef "$meta/debs/$file" ] && ln -L -- "$path" "$hold/$file" 2>/dev/null; then
      must chmod 0644 "$hold/$file"
    else
      cp --reflink=auto --no-preserve=mode -- "$path" "$hold/$file" || { is_known_by_now && return; unwritten cp; }
    fi
  done
  [ -n "$whole" ] || die 74 cut
}
# is_known_by_now: whoever joined the same build was faster, has registered it and tidied up; judge takes what is known.
is_known_by_now() {
  [ "$build" != - ] && [ -z "$rebuild" ] && ( read_known "$root/builds/$buildfile" ) || return
  for each in staged told untold; do : >"$scratch/$each" || unwritten request; done
}
stage() {
  [ -s "$scratch/staged" ] || return 0
  log=null
  if [ -n "$logfile" ]; then
    [ -f "$logfile" ] || ! is_known_by_now || return 0
    sum_of "$logfile"
    log="{\"file\":\"build.log.gz\",\"sha256\":\"$sum\"}"
  fi
  [ ! -s "$scratch/told" ] || believe
  [ ! -s "$scratch/untold" ] || describe "$scratch/untold" "$hold" strict
  packed=
  while read -r name version file expected; do
    new=$ready/packages/$name/version/$version
    printf '%s\n' "$file" >"$new/file" || unwritten file
    [ -n "$logfile" ] || continue
    if [ -n "$packed" ]; then must cp -- "$packed" "$new/build.log.gz"; continue; fi
    packed=$new/build.log.gz
    gzip -cn -- "$logfile" >"$packed" || unwritten build.log.gz
  done <"$scratch/staged"
  [ -z "$sboms" ] || attach
}
attach() {
  while IFS=$tab read -r name version expected path; do
    new=$ready/packages/$name/version/$version
    [ -d "$new" ] || continue
    [ -f "$path" ] || die 66 no-file "$name" sbom.json "$path"
    must cp -- "$path" "$new/sbom.json"
    sum_of "$new/sbom.json"
    [ "$sum" = "$expected" ] || die 65 changed "$name" "$version" sbom.json "$expected" "$sum"
  done <<END
$sboms
END
}
# believe: manifests of what was told, where the bytes are those it was told of.
believe() {
  while IFS=$tab read -r name version file expected told; do
    printf '%s  %s\n' "$expected" "$file" >&7 && printf 'ready/packages/%s/version/%s\n' "$name" "$version" >&8 ||
      unwritten request
  done <"$scratch/told" 7>"$scratch/sums" 8>"$scratch/places"
  [ "$build" = - ] || printf 'ready/builds/%s\n' "\${buildfile%/*}" >>"$scratch/places" || unwritten request
  (cd -- "$hold" && sha256sum --check --status -) <"$scratch/sums" || refuse_changed
  (cd -- "$scratch" && many mkdir -p -- <places) || unwritten packages
  while IFS=$tab read -r name version file sum architecture size control; do
    {
      printf '{"name":"%s","version":"%s","architecture":"%s","sha256":"%s","file":"%s","size":%s,\n' \
        "$name" "$version" "$architecture" "$sum" "$file" "$size" &&
        printf '"recordedAt":"%s","recordedBy":%s,\n"buildLog":%s,\n"provenance":%s,\n"control":%s}\n' \
          "$now" "$who" "$log" "$provenance" "$control"
    } >"$ready/packages/$name/version/$version/manifest.json" || unwritten manifest.json
  done <"$scratch/told"
}
refuse_changed() {
  while IFS=$tab read -r name version file expected told; do
    sum_of "$hold/$file"
    [ "$sum" = "$expected" ] || fact changed "$name" "$version" "$file" "$expected" "$sum"
  done <"$scratch/told" >"$scratch/wrong"
  [ -s "$scratch/wrong" ] || unwritten sha256sum
  cat -- "$scratch/wrong"
  exit 65
}`
