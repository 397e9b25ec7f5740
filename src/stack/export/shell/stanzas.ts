import { sh } from '../../../shell/index.ts'

/**
 * What apt is told of each package: the control fields of its manifest.json, where its file is, how large, which sha256.
 * One mawk for all packages: thousands of programs for thousands of files would take a minute.
 *
 * `list_members` reads the manifest of the generation (`name version architecture sha256 file size` between tabs) and
 * looks at every file in the pool; `make_stanzas` writes `$made/main/binary-<arch>/Packages`. Packages of all
 * architectures have an index of their own, `binary-all`: apt reads it beside the host's.
 */
export const STANZAS = sh`list_members() {
  scratch=$scratch awk -F'"' -v OFS='\t' '
    function wrong(fact, why) { print fact, $4, $8, why >(ENVIRON["scratch"] "/wrong") }
    BEGIN { printf "" >(ENVIRON["scratch"] "/wrong") }
    $2 != "name" { next }
    {
      size = $23
      gsub(/[^0-9]/, "", size)
      if ($12 $16 $20 == "") wrong("no-deb")
      else if ($4 !~ /^[A-Za-z0-9][A-Za-z0-9+._-]*$/ || $8 !~ /^[A-Za-z0-9][A-Za-z0-9.+~:-]*$/ ||
        $12 !~ /^[a-z0-9-]+$/ || $16 !~ /^[0-9a-f]+$/ || length($16) != 64 ||
        $20 !~ /^[A-Za-z0-9][A-Za-z0-9._+~:%-]*$/ || size == "") wrong("odd-manifest", "its line in the stack is no package")
      else print $4, $8, $12, $16, $20, size
    }' "$generation/.manifest.json" >"$scratch/members" || unwritten members
  refuse_wrong 66
  cut -f 5 "$scratch/members" >"$scratch/files" || unwritten files
  (cd -- "$meta/debs" && xargs -r stat -L --printf '%s\t%n\n' -- <"$scratch/files") >"$scratch/sizes" 2>/dev/null
  scratch=$scratch awk -F'\t' -v OFS='\t' '
    BEGIN { while ((getline line <(ENVIRON["scratch"] "/sizes")) > 0) { split(line, part, "\t"); size[part[2]] = part[1] } }
    size[$5] "" != $6 "" { print "pool-lacks", $1, $2, $5, $6, size[$5] }' "$scratch/members" >"$scratch/wrong" ||
    unwritten members
  refuse_wrong 66
}
refuse_wrong() {
  [ -s "$scratch/wrong" ] || return 0
  head -n 20 -- "$scratch/wrong"
  exit "$1"
}
make_stanzas() {
  {
    echo all
    dpkg --print-architecture 2>/dev/null
    cut -f 3 "$scratch/members"
  } | sort -u >"$scratch/architectures" || unwritten architectures
  while read -r arch; do
    must mkdir -p -- "$made/main/binary-$arch/by-hash/SHA256"
    : >"$made/main/binary-$arch/Packages" || unwritten Packages
  done <"$scratch/architectures"
  meta=$meta made=$made awk -F'\t' -v OFS='\t' '
    function odd(why) { print "odd-manifest", name, version, why }
    # The text of a JSON string; its control characters were taken off when it was written.
    function plain(text) {
      if (!index(text, "\\") && !index(text, "\001") && !index(text, "\002")) return text
      gsub(/\\t/, "\t", text)
      gsub(/\\n/, "\n", text)
      if (index(text, "\\")) bad = "an unknown escape"
      gsub(/\001/, "\\", text)
      gsub(/\002/, "\"", text)
      # A line that holds nothing would end the stanza.
      while (match(text, /\n[ \t]+\n/)) text = substr(text, 1, RSTART) " ." substr(text, RSTART + RLENGTH - 1)
      sub(/\n[ \t]+$/, "\n .", text)
      if (text ~ /\n[^ \t]/ || text ~ /\n$/) bad = "a line that is none of its field"
      return text
    }
    function field(key, value) { return key ":" (value == "" || value ~ /^\n/ ? "" : " ") value "\n" }
    {
      name = $1; version = $2; bad = ""
      from = ENVIRON["meta"] "/packages/" name "/version/" version "/manifest.json"
      head = line = ""
      if ((getline head <from) <= 0) { odd("it cannot be read"); next }
      while ((getline line <from) > 0) if (index(line, "\"control\":{") == 1) break; else line = ""
      close(from)
      if (index(head, "{\"name\":\"" name "\",\"version\":\"" version "\",\"architecture\":\"" $3 "\",\"sha256\":\"" $4 "\",") != 1) {
        odd("it is of another package or digest")
        next
      }
      if (line == "" || line ~ /[\001\002]/) { odd("it has no control fields"); next }
      gsub(/\\\\/, "\001", line)
      gsub(/\\"/, "\002", line)
      count = split(line, part, "\"")
      stanza = ""
      tail = "Filename: debs/" $5 "\nSize: " $6 "\nSHA256: " $4 "\n"
      split("", known)
      for (at = 4; at + 3 <= count; at += 4) {
        key = part[at]
        lower = tolower(key)
        value = plain(part[at + 2])
        if (key !~ /^[!-9;-~]+$/ || part[at + 1] != ":") bad = "a field without a name"
        if (lower in known) bad = "a field twice"
        known[lower] = value
        if (lower == "description") tail = tail field(key, value)
        else if (lower !~ /^(filename|size|md5sum|sha1|sha256|sha512|status)$/) stanza = stanza field(key, value)
        if (part[at + 3] != ",") break
      }
      if (known["package"] "" != name "" || known["version"] "" != version "" || known["architecture"] "" != $3 "")
        bad = "its control fields are of another package"
      if (bad != "") { odd(bad); next }
      print stanza tail >(ENVIRON["made"] "/main/binary-" $3 "/Packages")
    }' "$scratch/members" >"$scratch/wrong" || unwritten Packages
  refuse_wrong 65
}`
