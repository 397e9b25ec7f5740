import { sh } from '../../shell/index.ts'

/**
 * Reads what is asked for from stdin (it has no length limit there): provenance, the head of the build's record, then
 * one line per package `name version file sha256 path` between tabs, then `.`, by which a cut stream is known.
 * `path` is absolute, `-` (seek the file in debs_path, then in the pool) or `=` (registered already).
 */
export const REQUEST = sh`read_request() {
  whole=
  IFS= read -r provenance || provenance=
  IFS= read -r build || build=
  : >"$scratch/wanted" && : >"$scratch/staged" || unwritten request
  must mkdir -- "$hold"
  while IFS=$tab read -r name version file sha path; do
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
    [ -f "$path" ] && [ -r "$path" ] || die 66 no-file "$name" "$file" "$path"
    printf '%s %s %s %s\n' "$name" "$version" "$file" "$sha" >>"$scratch/staged" || unwritten request
    # A link keeps the bytes we judge, whatever takes the name in the pool meanwhile.
    [ "$path" -ef "$meta/debs/$file" ] && ln -L -- "$path" "$hold/$file" 2>/dev/null ||
      must cp --reflink=auto -- "$path" "$hold/$file"
  done
  [ -n "$whole" ] || die 74 cut
}
stage() {
  [ -s "$scratch/staged" ] || return 0
  must chmod 0644 "$hold"/*
  log=null
  if [ -n "$logfile" ]; then
    gzip -cn -- "$logfile" >"$scratch/build.log.gz" || unwritten build.log.gz
    sum_of "$logfile"
    log="{\"file\":\"build.log.gz\",\"sha256\":\"$sum\"}"
  fi
  describe "$scratch/staged" "$hold" strict
  while read -r name version file expected; do
    new=$ready/packages/$name/version/$version
    printf '%s\n' "$file" >"$new/file" || unwritten file
    [ -z "$logfile" ] || must cp -- "$scratch/build.log.gz" "$new/build.log.gz"
  done <"$scratch/staged"
}`
