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
  # Nobody told us where a package of 2013 comes from: not from what is added beside it.
  if [ "$3" = strict ]; then origin=$provenance story=$log; else origin=null story=null; fi
  scratch=$scratch now=$now who=$who strict=$3 provenance=$origin log=$story awk '
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
