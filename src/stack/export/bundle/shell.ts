import { sh } from '../../../shell/index.ts'

/**
 * What a bundle must be on this side, too, before anything of it is seen: plain files, every .deb of its digest, every
 * manifest.json what its .deb says of itself (its digest is in no record, so it is believed for nothing), and an apt
 * suite that is of these packages, or none.
 */
export const UNPACK = sh`unpack_bundle() {
  tree=$scratch/tree
  must mkdir -- "$tree"
  tar --extract --file "$bundle" --directory "$tree" --no-same-owner --no-same-permissions --touch || unwritten tar
  odd=$(find "$tree" ! -type f ! -type d | head -n 1)
  [ -z "$odd" ] || die 65 bundle-odd "\${odd#"$tree/"}"
  find "$tree" -type f -exec chmod 0644 -- {} + || unwritten chmod
  generation=$tree/.gachette/gen/$domain/$wanted_generation
  awk -F'"' '$2 == "name" { print $4, $8, ($12 == "" ? "-" : $12), ($16 == "" ? "-" : $16) }' \
    "$generation/.manifest.json" >"$scratch/list" || unwritten list
  sum_of "$scratch/list"
  [ "$sum" = "$digest" ] || die 65 bundle-digest "$sum" "$digest"
  count=$(wc -l <"$scratch/list") || unwritten list
}
# In subshells, so that META is that of the bundle for them.
judge_bundle() {
  (meta=$tree; list_members) || exit
  while IFS=$tab read -r name version arch sum file size; do
    printf '%s  %s\n' "$sum" "$file"
  done <"$scratch/members" >"$scratch/expected" || unwritten expected
  [ ! -s "$scratch/expected" ] ||
    (cd -- "$tree/debs" && sha256sum --quiet --check -) <"$scratch/expected" >"$scratch/said" 2>/dev/null ||
    die 65 bundle-deb "$(head -n 1 "$scratch/said")"
  sort_known
  must mkdir -- "$scratch/suite" "$scratch/control"
  (meta=$tree made=$scratch/suite; make_stanzas) || exit
  judge_manifests
  for each in "$tree/dists/$domain"/*; do
    [ ! -d "$each" ] || judge_suite "$each"
  done
}
# sort_known: what this store has already, with these bytes, is not looked at again: its own manifest.json holds.
sort_known() {
  while IFS=$tab read -r name version arch sum file size; do
    expected=$sum
    if is_registered "$name" "$version" && head_of "$meta/packages/$name/version/$version/manifest.json" &&
      [ "$sum" = "$expected" ]; then
      printf '%s %s %s\n' "$name" "$version" "$file" >&7
    else
      printf '%s\t%s\t%s\t%s\n' "$name" "$version" "$arch" "$file" >&8
    fi
  done <"$scratch/members" 7>"$scratch/known" 8>"$scratch/unknown"
  sed 's,^\([^ ]*\) \([^ ]*\) .*,\1/version/\2/manifest.json,' "$scratch/known" >"$scratch/places" || unwritten known
  (cd -- "$meta/packages" 2>/dev/null && xargs -r cp -lf --parents -t "$tree/packages" -- <"$scratch/places") ||
    [ ! -s "$scratch/places" ] || unwritten known
}
judge_manifests() {
  cut -f 4 "$scratch/unknown" | control=$scratch/control pool=$tree/debs xargs -r -n 50 -P "$(nproc)" sh -c '
    for file do dpkg-deb -f "$pool/$file" >"$control/$file" || { printf "%s\n" "$file"; exit 255; }; done' sh \
    >"$scratch/said" 2>/dev/null || die 65 bundle-deb "$(head -n 1 "$scratch/said")"
  scratch=$scratch awk -F'\t' -v OFS='\t' '
    function end_field() {
      if (key == "" || key ~ /^(filename|size|md5sum|sha1|sha256|sha512|status)$/) return
      # White space, and what is no text, is written in more than one way.
      gsub(/[\001-\040\177]/, "", value)
      if (told) { said[key] = value; left++ } else { if (said[key] "" != value "" || !(key in said)) bad = key; left-- }
      key = ""
    }
    function read_stanza(from) {
      key = value = ""
      while ((getline line <from) > 0 && line != "") {
        if (line ~ /^[ \t]/) { value = value line; continue }
        end_field()
        colon = index(line, ":")
        key = tolower(substr(line, 1, colon - 1))
        value = substr(line, colon + 1)
      }
      end_field()
    }
    {
      split("", said)
      bad = ""
      left = 0
      told = 1
      do { split("", said); left = 0; read_stanza(ENVIRON["scratch"] "/suite/main/binary-" $3 "/Packages") }
      while (left > 0 && said["package"] "" != $1 "")
      told = 0
      read_stanza(ENVIRON["scratch"] "/control/" $4)
      close(ENVIRON["scratch"] "/control/" $4)
      if (bad != "" || left != 0) print "bundle-manifest", $1, $2, bad
    }' "$scratch/unknown" >"$scratch/wrong" || unwritten members
  refuse_wrong 65
}
judge_suite() {
  sed -n 's/^ \([0-9a-f]\{64\}\) *[0-9]* \(main\/binary-[a-z0-9-]*\/Packages[.a-z]*\)$/\1  \2/p' "$1/Release" \
    >"$scratch/sums" || unwritten sums
  [ -s "$scratch/sums" ] && (cd -- "$1" && sha256sum --quiet --check -) <"$scratch/sums" >/dev/null 2>&1 ||
    die 65 bundle-suite "\${1##*/}"
  [ "$(cd -- "$1" && find main -type f | wc -l)" -eq "$(wc -l <"$scratch/sums")" ] || die 65 bundle-suite "\${1##*/}"
  if [ -f "$1/InRelease" ]; then
    sed -e '1,/^$/d' -e '/^-----BEGIN PGP SIGNATURE-----$/,$d' -e 's/^- //' "$1/InRelease" | cmp -s - "$1/Release" ||
      die 65 bundle-suite "\${1##*/}"
  fi
  for each_index in "$1"/main/binary-*/Packages "$scratch"/suite/main/binary-*/Packages; do
    arch=\${each_index%/Packages}
    arch=\${arch##*/}
    [ ! -s "$each_index" ] || cmp -s -- "$1/main/$arch/Packages" "$scratch/suite/main/$arch/Packages" || {
      # Of another version of this program, or forged: what is told of the packages must be what was verified.
      fact suite-left "\${1##*/}"
      must rm -rf -- "$1"
      return
    }
  done
}`

/** Puts a verified bundle into the store; `accept` is the moment from which on it is there, also after a crash. */
export const TAKE_IN = sh`stage_bundle() {
  must mkdir -p -- "$ready"
  [ ! -d "$tree/packages" ] || must mv -T -- "$tree/packages" "$ready/packages"
  [ ! -d "$tree/debs" ] || must mv -fT -- "$tree/debs" "$hold"
  (cd -- "$hold" && cut -d ' ' -f 3 "$scratch/known" | xargs -r rm -f --) || unwritten debs
  sed 's,^\([^ ]*\) \([^ ]*\) .*,\1/version/\2,' "$scratch/known" >"$scratch/places" || unwritten known
  [ ! -s "$scratch/places" ] || (cd -- "$ready/packages" && xargs rm -rf -- <"$scratch/places") || unwritten packages
  awk -F'\t' 'NR == FNR { is[$1] = 1; next } $1 in is { print $1, $2, $5, $4 }' "$scratch/unknown" "$scratch/members" \
    >"$scratch/staged" && cut -f 1,2 "$scratch/members" | tr '\t' ' ' >"$scratch/wanted" || unwritten staged
}
# What was known is still there, also under the file name that the generation's list has for it.
name_files() {
  while read -r name version file; do
    is_registered "$name" "$version" || die 79 moved "$name $version" '' registered
    [ "$word" != "$file" ] || continue
    old=$word
    if [ ! -e "$meta/debs/$file" ]; then
      must ln -L -- "$meta/debs/$old" "$hold/$file"
      continue
    fi
    sum_of "$meta/debs/$file"
    found=$sum
    sum_of "$meta/debs/$old"
    [ "$sum" = "$found" ] || die 73 taken "$name" "$version" "$file" "$found" "$sum"
  done <"$scratch/known"
}
# Into the pool and the registry before the decision, with a few programs for all: packages that no stack pins harm nobody.
register_new() {
  [ -d "$ready/packages" ] || return 0
  while read -r name version file expected; do
    [ -e "$hold/$file" ] && [ ! "$hold/$file" -ef "$meta/debs/$file" ] || continue
    # Only an unregistered file of other bytes is ever there by now.
    if [ -e "$meta/debs/$file" ]; then must mv -fT -- "$hold/$file" "$meta/debs/$file"; else printf '%s\n' "$file"; fi
  done <"$scratch/staged" >"$scratch/files" || unwritten files
  (
    cd -- "$hold" && xargs -r ln -t "$meta/debs" -- <"$scratch/files" && cd -- "$ready/packages" &&
      find . -type f ! -name file -print0 | xargs -0 -r cp -lf --parents -t "$meta/packages" -- &&
      find . -type f -name file -print0 | xargs -0 -r cp -lf --parents -t "$meta/packages" --
  ) || unwritten packages
  settle_disk
  must rm -rf -- "$ready/packages"
}
judge_place() {
  ! is_channel "$stack" || die 78 channel "$stack" "$(readlink -- "$stacks/$stack")"
  [ ! -f "$root/frozen/$domain/$stack.json" ] ||
    cmp -s -- "$tree/.gachette/frozen/$domain/$stack.json" "$root/frozen/$domain/$stack.json" ||
    die 73 stack-otherwise "$stack"
  if find_stack "$stack"; then
    [ "$(readlink -- "$place")" = "../../../.gachette/gen/$domain/$wanted_generation" ] || die 73 stack-otherwise "$stack"
    state=known
  fi
  [ -n "$channel" ] || return 0
  is_channel "$channel" || { [ ! -e "$stacks/$channel" ] && [ ! -L "$stacks/$channel" ]; } || die 73 is-stack "$channel"
  for each in "$root/channels/$domain/$channel"/*.json; do
    [ -f "$each" ] || continue
    newest=\${each##*/}
    [ "$newest" != "$slot.json" ] || cmp -s -- "$tree/.gachette/channels/$domain/$channel/$slot.json" "$each" ||
      die 79 channel-otherwise "$channel" "$slot"
  done
  expr "\${newest%.json}" '<=' "$slot" >/dev/null || die 79 older-pointer "$channel" "$slot" "\${newest%.json}"
}
copy_generation() {
  there=$root/gen/$domain/$wanted_generation
  if [ -d "$there" ]; then
    cmp -s -- "$generation/.manifest.json" "$there/.manifest.json" || die 73 stack-otherwise "$stack"
    return
  fi
  made=$root/gen/$domain/.$wanted_generation-$id
  pinned=$root/pins/$wanted_generation-$id
  must mkdir -- "$made" "$made/packages" "$pinned"
  cp -- "$scratch/wanted" "$scratch/pins" || unwritten pins
  cut -d ' ' -f 1 "$scratch/pins" | (cd -- "$pinned" && many mkdir --) || unwritten pins
  link_pins "$wanted_generation-$id"
  must cp -- "$generation/.manifest.json" "$made/.manifest.json"
  printf '%s\n' "$digest" >"$made/.digest" || unwritten .digest
}
stage_records() {
  for each in "frozen/$domain/$stack" \${channel:+"channels/$domain/$channel/$slot"}; do
    must mkdir -p -- "$ready/records/$each.sigs"
    [ -f "$root/$each.json" ] || { must cp -- "$tree/.gachette/$each.json" "$ready/records/$each.json"; state=new; }
    for signature in "$tree/.gachette/$each.sigs"/*.sig; do
      [ -f "$signature" ] && [ ! -f "$root/$each.sigs/\${signature##*/}" ] || continue
      must cp -- "$signature" "$ready/records/$each.sigs/\${signature##*/}"
      [ "$state" = new ] || state=signed
    done
  done
  must mkdir -p -- "$ready/links/$domain"
  [ -L "$stacks/$stack" ] ||
    must ln -sT -- "../../../.gachette/gen/$domain/$wanted_generation" "$ready/links/$domain/$stack"
  [ -z "$channel" ] || [ "$(readlink -- "$stacks/$channel")" = "$stack" ] || link_to "$stack" "$channel"
}
# name_key: what it was made of, as prepared here, so that exporting it anew changes nothing. Of the bundle's own word only
# the key that signed it is taken, which apt judges.
name_key() {
  key="1 $domain/$as $stack $digest $when until="
  [ "$as" != "$channel" ] || key="1 $domain/$as $stack $digest $channel_when until=$until"
  told=
  [ ! -f "$made/.key" ] || IFS= read -r told <"$made/.key" || told=
  told=\${told##*gpg=}
  case $told in *[!0-9A-F]*) told= ;; esac
  [ -f "$made/InRelease" ] || told=
  [ ! -f "$made/InRelease" ] || [ -n "$told" ] || told=0
  printf '%s gpg=%s\n' "$key" "$told" >"$made/.key" || unwritten .key
}
# A suite that is shown here already is left: its key may be another.
show_suites() {
  for each_suite in "$tree/dists/$domain"/*; do
    as=\${each_suite##*/}
    [ -d "$each_suite" ] && { [ "$as" = "$stack" ] || [ "$as" = "$channel" ]; } || continue
    find_shown
    newer=1
    if [ -L "$suites/$as" ]; then
      [ "$as" = "$channel" ] && ! cmp -s -- "$each_suite/Release" "$before/Release" || continue
    fi
    made=$exports/.$id
    must mkdir -p -- "$exports"
    must mv -T -- "$each_suite" "$made"
    (cd -- "$made" && sha256sum -- main/*/Packages*) >"$scratch/sums" || unwritten sums
    for index in "$made"/main/*; do must mkdir -p -- "$index/by-hash/SHA256"; done
    name_by_hash
    name_key
    show_export
    fact suite "$as"
  done
}`
