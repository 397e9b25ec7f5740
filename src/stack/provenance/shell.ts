import { sh } from '../../shell/index.ts'

/**
 * Answers `chosen`, `version` (each that is registered), `file`, `manifest` (base64), sums of what is there (`deb`,
 * `log`, `sbom`), `untrusted`; for each stack that pins the package `pin FOLDER VERSION LINK`, and for each LINK of the
 * chosen version, with the folder of one such stack, `line STACK JSON`: who pinned it when.
 */
export const LOOK_UP = sh`finish_if_left
newline='
'
registered=$meta/packages/$package/version
cd -- "$meta" 2>/dev/null && [ -d "$registered" ] || die 66 unknown-package "$package"
if [ -n "$stack" ]; then
  follow_alias
  find_stack "$stack" || die 72 unknown-stack "$stack"
  first_word "$place/packages/$package/version" || die 66 not-pinned "$stack" "$package"
  version=$word
fi
if [ -z "$version" ]; then
  version=$(ls -- "$registered" | sort -V | while read -r each; do
    is_version "$each" && [ -f "$registered/$each/file" ] && printf '%s\n' "$each"
  done | tail -n 1)
fi
is_version "$version" && first_word "$registered/$version/file" || die 66 not-registered "$package" "$version"
fact chosen "$version"
for each in "$registered"/*/file; do
  each=\${each%/file}
  ! is_version "\${each##*/}" || fact version "\${each##*/}"
done
here=$registered/$version
fact file "$word"
[ ! -f "$here/manifest.json" ] || fact manifest "$(head -c 1000000 -- "$here/manifest.json" | base64 -w 0)"
if is_file "$word" && [ -f "$meta/debs/$word" ]; then
  sum_of "$meta/debs/$word"
  fact deb "$sum"
fi
if [ -f "$here/build.log.gz" ]; then
  sum=$(gzip -dc -- "$here/build.log.gz" 2>/dev/null | sha256sum)
  fact log "\${sum%% *}"
fi
if [ -f "$here/sbom.json" ]; then
  sum_of "$here/sbom.json"
  fact sbom "$sum"
fi
if [ -f "$here/untrusted" ]; then
  IFS= read -r reason <"$here/untrusted" || :
  fact untrusted "$reason"
fi
scratch=$(mktemp -d) || unwritten "a temporary folder"
trap 'rm -rf -- "$scratch"' EXIT
{
  printf '%s\0' domain/*/stacks/*/packages/"$package"
  [ -L stacks ] || printf '%s\0' stacks/*/packages/"$package"
} | xargs -0 sh -c 'find "$@" -maxdepth 0 -printf "%p\t%l\n" 2>/dev/null' sh >"$scratch/places"
# Other names of stacks that are listed by their own.
aliases=$newline$(find domain/*/stacks -mindepth 1 -maxdepth 1 -type l ! -lname '*/*' -printf '%p\n' 2>/dev/null)$newline
while IFS=$tab read -r folder link; do
  name=\${folder%/packages/*}
  case $aliases in *"$newline$name$newline"*) continue ;; esac
  first_word "$folder/version" || continue
  fact pin "$folder" "$word" "$link"
  [ "$word" != "$version" ] || [ -z "$link" ] || printf '%s\t%s\n' "$link" "$name/.manifest.json" >&7
done <"$scratch/places" 7>"$scratch/pins"
awk -F'\t' '!seen[$1]++ { printf "%s%c", $2, 0 }' "$scratch/pins" |
  xargs -0 -r grep -sHFm 1 -e '{"name":"'"$package"'",' | sed 's/\/\.manifest\.json:/\t/; s/^/line\t/'`
