import { sh } from '../../../shell/index.ts'

/**
 * Each exported suite of the domain, or those of one stack: `suite NAME STACK DIGEST KEY`, then what does not hold:
 * `foreign NAME TARGET`, `lacks PATH`, `differs PATH FOUND WANTED` (by Release), `misnamed PATH FOUND` (by-hash),
 * `unpacked PATH` (a packed index that holds something else), `odd NAME LINE` (a line of Release), `stray NAME PACKAGE
 * VERSION WHERE` (in the index and not in the stack, or the other way round). Its Release and InRelease are packed.
 */
export const EXPORTS = sh`exports() {
  for each in "$meta/dists/$domain"/*; do
    suite=\${each##*/}
    [ -e "$each" ] || [ -L "$each" ] || continue
    case $suite in [!A-Za-z0-9]* | *[!A-Za-z0-9._+~-]*) continue ;; esac
    target=$(readlink -- "$each") || target=
    case $target in
      "../../.gachette/exports/$domain/$suite/"*[!A-Za-z0-9._+-]* | '') shown= ;;
      "../../.gachette/exports/$domain/$suite/"*) shown=$root/exports/$domain/$suite/\${target##*/} ;;
      *) shown= ;;
    esac
    if [ -z "$shown" ] || [ ! -f "$shown/Release" ]; then
      [ -n "$only" ] && [ "$suite" != "$only" ] && [ "$suite" != "$also" ] ||
        fact foreign "$suite" "$(printf %s "$target" | tr -c 'A-Za-z0-9._+~/-' '?')"
      continue
    fi
    IFS= read -r key <"$shown/.key" || key=
    of=\${key#"1 $domain/$suite "}
    digest=\${of#* }
    digest=\${digest%% *}
    of=\${of%% *}
    [ -z "$only" ] || [ "$of" = "$only" ] || continue
    gpg=\${key##* gpg=}
    fact suite "$suite" "$(printf %s "$of" | tr -c 'A-Za-z0-9._+~-' '?')" "$(printf %s "$digest" | tr -c 'a-f0-9' '?')" \
      "$(printf %s "$gpg" | tr -c 'A-F0-9' '?')"
    (cd -- "$shown" && judge_suite) || exit
    path=.gachette/exports/$domain/$suite/\${target##*/}
    set -- "$path/Release"
    [ ! -f "$shown/InRelease" ] || set -- "$@" "$path/InRelease"
    pack "$@"
  done
}
judge_suite() {
  suite=$suite awk '
    /^SHA256:/ { on = 1; next }
    !on { next }
    $1 !~ /^[0-9a-f]+$/ || length($1) != 64 || $3 !~ /^main\/binary-[a-z0-9-]+\/Packages(\.[a-z0-9]+)?$/ || NF != 3 {
      print "odd\t" ENVIRON["suite"] "\t" NR
      next
    }
    { print $1 "  " $3 >(ENVIRON["scratch"] "/wanted") }' Release || return
  [ -f "$scratch/wanted" ] || : >"$scratch/wanted"
  find main -type f -path '*/by-hash/SHA256/*' ! -name '*[!0-9a-f]*' >"$scratch/hashes"
  find main -type f -name 'Packages*' -path 'main/binary-*/Packages*' ! -path '*/by-hash/*' ! -name '*[!A-Za-z0-9.]*' >"$scratch/indexes"
  xargs -r sha256sum -- <"$scratch/indexes" >"$scratch/found"
  xargs -r sha256sum -- <"$scratch/hashes" | awk -v OFS='\t' '{ name = $2; sub(/.*\//, "", name) } name != $1 { print "misnamed", $2, $1 }'
  suite=$suite awk -v OFS='\t' '
    NR == FNR { wanted[$2] = $1; next }
    { found[$2] = 1 }
    wanted[$2] != $1 { print "differs", $2, $1, wanted[$2] }
    END { for (path in wanted) if (!(path in found)) print "lacks", path }' "$scratch/wanted" "$scratch/found"
  while read -r path; do
    case $path in
      *.gz) unpacked=gzip ;;
      *.xz) unpacked=xz ;;
      *) continue ;;
    esac
    "$unpacked" -dc -- "$path" 2>/dev/null | cmp -s -- - "\${path%.*}" || fact unpacked "$path"
  done <"$scratch/indexes"
  rm -f -- "$scratch/wanted"
  current=$(readlink -- "$stacks/$of") || return 0
  current=$root/gen/$domain/\${current##*/}
  first_word "$current/.digest" && [ "$word" = "$digest" ] || return 0
  awk -F'"' '$2 == "name" { size = $23; gsub(/[^0-9]/, "", size); print $4, $8, $16, "debs/" $20, size }' \
    "$current/.manifest.json" | sort -u >"$scratch/pinned"
  awk '
    function stanza() {
      if (name != "") print name, version, sum, file, size
      name = version = sum = file = size = ""
    }
    FNR == 1 || /^$/ { stanza() }
    /^Package: / { name = $2 }
    /^Version: / { version = $2 }
    /^SHA256: / { sum = $2 }
    /^Filename: / { file = $2 }
    /^Size: / { size = $2 }
    END { stanza() }' main/*/Packages /dev/null | sort -u >"$scratch/shown"
  comm -3 "$scratch/pinned" "$scratch/shown" | head -n 20 | suite=$suite awk -F'\t' -v OFS='\t' '
    { line = $1 == "" ? $2 : $1; split(line, part, " "); print "stray", ENVIRON["suite"], part[1], part[2], ($1 == "" ? "shown" : "pinned") }' |
    tr -c '[:graph:]\t\n' '?'
}`
