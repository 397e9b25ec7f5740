import { sh } from '../../shell/index.ts'

/**
 * Describes .debs by what dpkg-deb, sha256sum and stat say of them: `describe LIST FOLDER strict|lenient` makes
 * `$ready/packages/<name>/version/<version>/manifest.json` for each line `name version file expected-sha256` of LIST.
 * Strict refuses a .deb that is another package, another version or of another digest than the line says.
 */
export const DESCRIBE = sh`describe() {
  [ ! -d "$scratch/control" ] || must rm -rf -- "$scratch/control"
  must mkdir -- "$scratch/control"
  must mkdir -p -- "$ready"
  number=0
  while read -r name version file expected; do
    number=$((number + 1))
    printf '%s\n' "$file" >&7 && printf 'packages/%s/version/%s\n' "$name" "$version" >&8 || unwritten request
    dpkg-deb -f "$2/$file" >"$scratch/control/$number" && continue
    ! dpkg-deb -f "$2/$file" >/dev/null 2>&1 || unwritten control
    [ "$3" = lenient ] || die 65 not-a-deb "$name" "$file"
  done <"$1" 7>"$scratch/files" 8>"$scratch/places"
  sed -i -e 's/^\t/ /' -e 's/[\x01-\x08\x0b-\x1f\x7f]//g' -e 's/[\\"]/\\&/g' -e 's/\t/\\t/g' \
    "$scratch"/control/* || unwritten control
  (
    cd -- "$2" && xargs sha256sum -- <"$scratch/files" >"$scratch/sums" &&
      xargs stat -L -c %s -- <"$scratch/files" >"$scratch/sizes" &&
      cd -- "$ready" && xargs mkdir -p -- <"$scratch/places"
  ) || unwritten packages
  scratch=$scratch now=$now who=$who strict=$3 provenance=$provenance log=$log awk '
    function end_field() {
      if (field == "") return
      control = control comma "\"" field "\":\"" value "\""
      comma = ","
      known[field] = value
      field = ""
    }
    function next_of(name) {
      getline answer <(ENVIRON["scratch"] "/" name)
      return answer
    }
    function wrong(fact) { print fact >(ENVIRON["scratch"] "/wrong") }
    {
      control = comma = field = ""
      split("", known)
      sum = substr(next_of("sums"), 1, 64)
      size = next_of("sizes")
      from = ENVIRON["scratch"] "/control/" NR
      while ((getline line <from) > 0) {
        if (line ~ /^ /) { value = value "\\n" line; continue }
        end_field()
        colon = index(line, ":")
        field = substr(line, 1, colon - 1)
        value = substr(line, colon + 1)
        sub(/^ +/, "", value)
      }
      end_field()
      close(from)
      if (ENVIRON["strict"] == "strict") {
        if (known["Package"] "" != $1 "" || known["Version"] "" != $2 "")
          wrong("mismatch\t" $1 "\t" $2 "\t" $3 "\t" known["Package"] "\t" known["Version"])
        else if ($4 != "-" && $4 "" != sum "")
          wrong("changed\t" $1 "\t" $2 "\t" $3 "\t" $4 "\t" sum)
      }
      arch = known["Architecture"]
      gsub(/[^a-z0-9-]/, "", arch)
      to = "packages/" $1 "/version/" $2 "/manifest.json"
      to = ENVIRON["scratch"] "/ready/" to
      print "{\"name\":\"" $1 "\",\"version\":\"" $2 "\",\"architecture\":\"" arch "\",\"sha256\":\"" sum "\",\"file\":\"" $3 "\",\"size\":" size "," >to
      print "\"recordedAt\":\"" ENVIRON["now"] "\",\"recordedBy\":" ENVIRON["who"] "," >to
      print "\"buildLog\":" ENVIRON["log"] "," >to
      print "\"provenance\":" ENVIRON["provenance"] "," >to
      print "\"control\":{" control "}}" >to
      close(to)
    }' "$1" || unwritten manifest.json
  if [ -s "$scratch/wrong" ]; then
    cat "$scratch/wrong"
    exit 65
  fi
}`

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

/**
 * Under the lock, before anything changes: what is registered stays. Same bytes are dropped as known; other bytes
 * under a registered name and version, or under the file name of a registered package, are refused with both digests.
 */
export const JUDGE = sh`judge() {
  if [ "$build" != - ] && [ -z "$rebuild" ] && read_known "$root/builds/$buildfile"; then
    must mv -fT -- "$scratch/known" "$scratch/wanted"
    must rm -rf -- "$ready" "$hold"
    fact known
    return
  fi
  : >"$scratch/wrong" || unwritten wrong
  while read -r name version file expected; do
    new=$ready/packages/$name/version/$version
    head_of "$new/manifest.json" || unwritten manifest.json
    mine=$sum
    if is_registered "$name" "$version"; then
      old=$meta/packages/$name/version/$version
      described=
      if head_of "$old/manifest.json"; then described=1; else sum_of "$meta/debs/$word"; fi
      if [ "$sum" != "$mine" ]; then
        fact conflict "$name" "$version" "$sum" "$mine" >>"$scratch/wrong" || unwritten wrong
      elif [ -n "$described" ]; then
        must rm -rf -- "$new" "$hold/$file"
      fi
      continue
    fi
    target=$meta/debs/$file
    [ -e "$target" ] && [ ! "$target" -ef "$hold/$file" ] || continue
    sum_of "$target"
    if [ "$sum" = "$mine" ]; then
      must rm -f -- "$hold/$file"
    elif names_file "$file"; then
      fact taken "$name" "$version" "$file" "$sum" "$mine" >>"$scratch/wrong" || unwritten wrong
    fi
  done <"$scratch/staged"
  if [ -s "$scratch/wrong" ]; then
    cat "$scratch/wrong"
    exit 73
  fi
}
names_file() {
  found=$(find "$meta/packages" -mindepth 4 -maxdepth 4 -name file -path '*/version/*' \
    -exec grep -lxF -e "$1" -e "$1$cr" {} +)
  [ -n "$found" ]
}`

/** A build's record is of use while all its packages are registered. Reads it into `$scratch/known`. */
export const KNOWN = sh`read_known() {
  [ -f "$1" ] || return 1
  awk -F'"' '$2 == "name" { print $4, $8 }' "$1" >"$scratch/known" || return 1
  [ -s "$scratch/known" ] || return 1
  while read -r name version; do
    is_registered "$name" "$version" && head_of "$meta/packages/$name/version/$version/manifest.json" || return 1
  done <"$scratch/known"
}`

/**
 * From what is wanted to the new manifest: both lists are sorted, so one pass merges them. It leaves `lines` (the
 * packages), `list` (what the digest is of), `pins` (those that change), `changes` and `changes.json` (what became of
 * each).
 */
export const COMPOSE = sh`compose() {
  (
    while read -r name version; do
      head_of "$ready/packages/$name/version/$version/manifest.json" ||
        head_of "$meta/packages/$name/version/$version/manifest.json" || exit 1
      printf '%s"pinnedAt":"%s","pinnedBy":%s}\n' "$head" "$now" "$who" || exit 1
    done
  ) <"$scratch/wanted" >"$scratch/new" || unwritten new
  : >"$scratch/list" && : >"$scratch/pins" || unwritten list
  count=$(scratch=$scratch awk -F'"' '
    function take() {
      split("", new)
      if ((getline fresh <(ENVIRON["scratch"] "/new")) > 0) split(fresh, new, "\"")
    }
    function emit(line, name, version, arch, sum) {
      count++
      print line >(ENVIRON["scratch"] "/lines")
      print name, version, (arch == "" ? "-" : arch), (sum == "" ? "-" : sum) >(ENVIRON["scratch"] "/list")
    }
    function emit_new(what, was) {
      emit(fresh, new[4], new[8], new[12], new[16])
      print new[4], new[8] >(ENVIRON["scratch"] "/pins")
      print what "\t" new[4] "\t" new[8] "\t" was >(ENVIRON["scratch"] "/changes")
      json = json (json == "" ? "" : ",") "{\"name\":\"" new[4] "\",\"version\":\"" new[8] "\",\"was\":" \
        (was == "" ? "null" : "\"" was "\"") "}"
      take()
    }
    BEGIN { take() }
    $2 != "name" { next }
    {
      sub(/,$/, "")
      while (new[4] != "" && new[4] "" < $4 "") emit_new("added", "")
      if (new[4] "" != $4 "") emit($0, $4, $8, $12, $16)
      else if (new[8] "" != $8 "" || new[16] "" != $16 "") emit_new("replaced", $8)
      else {
        emit($0, $4, $8, $12, $16)
        print "same\t" $4 "\t" $8 >(ENVIRON["scratch"] "/changes")
        take()
      }
    }
    END {
      while (new[4] != "") emit_new("added", "")
      print json >(ENVIRON["scratch"] "/changes.json")
      print count + 0
    }' "$root/gen/$domain/$current/.manifest.json") || unwritten lines
  sum_of "$scratch/list"
  digest=$sum
}
note_build() {
  [ "$build" != - ] || return 0
  must mkdir -p -- "$ready/builds/\${buildfile%/*}"
  {
    printf '%s"when":"%s","who":%s,"packages":[\n' "$build" "$now" "$who" &&
      sed -e 's/,"pinnedAt".*$/}/' -e '$!s/$/,/' "$scratch/new" &&
      echo ']}'
  } >"$ready/builds/$buildfile" || unwritten builds
}
accept() {
  if [ ! -d "$ready" ]; then
    must rm -rf -- "$hold"
    return
  fi
  must mv -T -- "$ready" "$root/accepted/$id"
  hold=
  apply "$root/accepted/$id"
}`
