import { sh } from '../../../shell/index.ts'

/**
 * The rest of an apt suite around its `Packages`: packed ones, each also under the name of its digest (`by-hash`), so
 * that who reads the old Release during an export still gets what it names; and the Release. Of the export before, its
 * own digests stay for one more: a client may be between the two.
 */
export const RELEASE = sh`pack() {
  command -v xz >/dev/null || die 69 no-xz
  (
    cd -- "$made" && pids= || exit
    for each in main/*/Packages; do
      gzip -9nk -- "$each" &
      pids="$pids $!"
      xz -2k -- "$each" &
      pids="$pids $!"
    done
    for pid in $pids; do wait "$pid" || exit; done
    sha256sum -- main/*/Packages* >"$scratch/sums" && stat -c %s -- main/*/Packages* >"$scratch/sizes"
  ) || unwritten Packages
}
name_by_hash() {
  while read -r sum path; do
    must ln -- "$made/$path" "$made/\${path%/*}/by-hash/SHA256/$sum"
  done <"$scratch/sums"
}
keep_hashes() {
  [ -d "$before" ] || return 0
  sed -n 's/^ \([0-9a-f]\{64\}\) *[0-9]* \(main\/binary-[a-z0-9-]*\)\/Packages[.a-z]*$/\2\/by-hash\/SHA256\/\1/p' \
    "$before/Release" >"$scratch/kept" || unwritten by-hash
  while read -r path; do
    [ -f "$before/$path" ] && [ ! -e "$made/$path" ] || continue
    [ -d "$made/\${path%/*}" ] || must mkdir -p -- "$made/\${path%/*}"
    must ln -- "$before/$path" "$made/$path"
  done <"$scratch/kept"
}
# mtime is all that a web server, and apt for file:, tells two versions of one name by: it grows with each export.
stamp_release() {
  moment=$(date +%s) || unwritten date
  if [ -f "$before/Release" ]; then
    last=$(stat -c %Y -- "$before/Release") || last=0
    [ "$moment" -gt "$last" ] || moment=$((last + 1))
  fi
  must touch -d "@$moment" -- "$made"/*elease
}
make_release() {
  dated=$(date -u -d "$when" '+%a, %d %b %Y %H:%M:%S UTC') || unwritten date
  {
    printf 'Origin: Gachette\nLabel: %s\nSuite: %s\nCodename: %s\nVersion: %s\nDate: %s\n' \
      "$domain" "$suite" "$suite" "$stack" "$dated"
    if [ -n "$until" ]; then
      valid=$(date -u -d "$until" '+%a, %d %b %Y %H:%M:%S UTC') || exit
      printf 'Valid-Until: %s\n' "$valid"
    fi
    printf 'Acquire-By-Hash: yes\nArchitectures: %s\nComponents: main\n' "$(paste -sd ' ' "$scratch/architectures")"
    printf 'Description: stack %s, digest %s\nSHA256:\n' "$stack" "$digest"
    paste -d ' ' "$scratch/sums" "$scratch/sizes" | awk '{ printf " %s %9d %s\n", $1, $3, $2 }'
  } >"$made/Release" || unwritten Release
}`
