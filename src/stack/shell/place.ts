import { sh } from '../../shell/index.ts'

/**
 * What an accepted edit does beside registering packages. Each step may be taken again after a crash in its middle.
 *
 * `records/PATH`: files for `.gachette/PATH`, signatures before what they sign. `links/DOMAIN/NAME`: links among the
 * stacks. `restore/DOMAIN/GENERATION/PKG`: a folder with the file `version` puts a pin back, a file takes it away.
 */
export const PLACE = sh`place_records() {
  found=$(cd -- "$1" && find . -type f -name '*.sig' && find . -type f ! -name '*.sig') || unwritten find
  for new in $found; do
    new=\${new#./}
    [ -d "$root/\${new%/*}" ] || must mkdir -p -- "$root/\${new%/*}"
    must mv -fT -- "$1/$new" "$root/$new"
  done
}
place_links() {
  for new in "$1"/*/*; do
    [ -L "$new" ] || continue
    place=\${new#"$1/"}
    must mv -fT -- "$new" "$meta/domain/\${place%/*}/stacks/\${place##*/}"
  done
}
place_pins() {
  for new in "$1"/*/*/*; do
    place=\${new#"$1/"}
    place=$root/gen/\${place%/*}/packages/\${place##*/}
    if [ -f "$new" ]; then
      # At once, for those who read it now.
      [ ! -e "$place" ] && [ ! -L "$place" ] || must mv -fT -- "$place" "\${new%/*}/.gone-\${new##*/}"
    elif [ -d "$place" ]; then
      # A folder in the place of a file.
      [ ! -f "$new/version" ] || [ ! -d "$place/version" ] || [ -L "$place/version" ] || must rm -rf -- "$place/version"
      [ ! -f "$new/version" ] || must mv -fT -- "$new/version" "$place/version"
    elif [ -d "$new" ]; then
      # A link that leads nowhere, at most.
      must rm -f -- "$place"
      must mv -T -- "$new" "$place"
    fi
  done
}`
