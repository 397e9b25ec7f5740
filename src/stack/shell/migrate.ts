import { sh } from '../../shell/index.ts'

/**
 * A stack of 2013, a plain folder at `$place`, becomes a generation: a copy is made, then (`set_aside`) the folder is
 * renamed into `.gachette/aside` and the link takes its place; `finish` does the second if we die between the two.
 * Entries that are no valid pin are kept as they are. Packages registered without a manifest.json get one.
 */
export const MIGRATE = sh`is_plain() { [ -d "$place" ] && [ ! -L "$place" ]; }
read_pin() {
  first_word "$1/version" || return 1
  name=\${1##*/} version=$word
  is_package "$name" && is_version "$version"
}
describe_plain() {
  is_plain || return 0
  (
    for each in "$place"/packages/*; do
      read_pin "$each" || continue
      ! head_of "$meta/packages/$name/version/$version/manifest.json" || continue
      is_registered "$name" "$version" || continue
      printf '%s %s %s -\n' "$name" "$version" "$word" || exit 1
    done
  ) >"$scratch/plain" || unwritten plain
  describe_registered "$scratch/plain"
}
describe_registered() {
  [ -s "$1" ] || return 0
  describe "$1" "$meta/debs" lenient
  # A hard link appears whole, or takes the place of another whole.
  must cp -rlfT -- "$ready/packages" "$meta/packages"
  must rm -rf -- "$ready"
}
copy_plain() {
  describe_plain
  (
    for each in "$place"/packages/*; do
      read_pin "$each" || continue
      head_of "$meta/packages/$name/version/$version/manifest.json" ||
        head="{\"name\":\"$name\",\"version\":\"$version\",\"architecture\":\"\",\"sha256\":\"\",\"file\":\"\",\"size\":0,"
      printf '%s"pinnedAt":"%s","pinnedBy":%s}\n' "$head" "$now" "$who" || exit 1
    done
  ) >"$scratch/new" || unwritten new
  sort "$scratch/new" >"$scratch/lines" || unwritten lines
  awk -F'"' '{ print $4, $8 }' "$scratch/lines" >"$scratch/pins" || unwritten pins
  awk -F'"' '{ print $4, $8, ($12 == "" ? "-" : $12), ($16 == "" ? "-" : $16) }' "$scratch/lines" >"$scratch/list" ||
    unwritten list
  sum_of "$scratch/list"
  digest=$sum
  count=$(wc -l <"$scratch/lines") || unwritten wc
  make_generation '' "$stamp-$id-0" migrate
  for each in "$place"/packages/*; do
    { [ -e "$each" ] || [ -L "$each" ]; } && ! read_pin "$each" || continue
    must cp -a -- "$each" "$made/packages/"
    fact kept-odd "$stack" "$(printf %s "\${each##*/}" | tr -c '[:print:]' '?')"
  done
  settle_disk
}
set_aside() {
  publish "$stamp-$id-0"
  must ln -sT "../../../.gachette/gen/$domain/$stamp-$id-0" "$root/migrating/$domain/$stack"
  must mv -T -- "$place" "$root/aside/$domain/$stack.$stamp-$id"
  must mv -T -- "$root/migrating/$domain/$stack" "$place"
  fact migrated "$stack"
  record migrate "$stamp-$id-0" null ''
}
migrate() {
  is_plain || return 0
  copy_plain 9>&-
  set_aside
}`
