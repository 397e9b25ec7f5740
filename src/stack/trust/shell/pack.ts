import { sh } from '../../../shell/index.ts'

/**
 * `pack FILE…`: files as they are, whatever bytes they hold: a fact `file SIZE PATH` for each, then `blob` with all of
 * them, one after the other. Paths are below META, and ours: no tab, no line feed.
 */
export const PACK = sh`pack() {
  (
    cd -- "$meta" && stat -L --printf 'file\t%s\t%n\n' -- "$@" && printf 'blob\t' && cat -- "$@" | gzip -1 | base64 -w0 &&
      echo
  )
}`

/**
 * The files of a record and of who signed it, into the list of positional parameters of whoever splices this: `each`
 * holds the path of the record without `.json`. More than a hundred signatures are nobody's.
 */
export const WITH_SIGNATURES = sh`set -- "$@" "$each.json"
left=100
for signature in "$each.sigs"/*.sig; do
  name=\${signature##*/}
  case \${name%.sig} in *[!0-9a-f]*) continue ;; esac
  [ -f "$signature" ] && [ $left -gt 0 ] || continue
  left=$((left - 1))
  set -- "$@" "$signature"
done`
