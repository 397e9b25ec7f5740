import { sh } from '../../shell/index.ts'

/**
 * Records with signatures. `read_signed FOLDER NAME` reads one from stdin into what is to be accepted: the record's line,
 * then for each signature `sig NAME` and its lines, then `.`, by which a cut stream is known.
 * `drop_known FOLDER NAME` drops those signatures that lie beside the record already, and says whether any is left.
 */
export const SIGNED = sh`read_signed() {
  sigs=$ready/records/$1/$2.sigs
  must mkdir -p -- "$sigs"
  IFS= read -r line || die 74 cut
  printf '%s\n' "$line" >"$ready/records/$1/$2.json" || unwritten record
  whole=
  while IFS= read -r line; do
    case $line in
      .) whole=1 && break ;;
      'sig '*) sig=$sigs/\${line#sig }.sig ;;
      *) printf '%s\n' "$line" >>"$sig" || unwritten signature ;;
    esac
  done
  [ -n "$whole" ] || die 74 cut
}
drop_known() {
  for each in "$sigs"/*.sig; do
    [ ! -f "$root/$1/$2.sigs/\${each##*/}" ] || must rm -f -- "$each"
  done
  for each in "$sigs"/*.sig; do
    [ ! -f "$each" ] || return 0
  done
  return 1
}
digest_in() {
  IFS= read -r line <"$1" || line=
  line=\${line#*'"digest":"'}
  word=\${line%%'"'*}
}`
