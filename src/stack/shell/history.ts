import { sh } from '../../shell/index.ts'

/**
 * `lineage GENERATION`: the heads of the generations a stack went through, newest first, and last the one it was cloned
 * from. One process, however long the line is: each head names its parent.
 */
export const LINEAGE = sh`lineage() {
  gen=$root/gen/$domain stack=$stack at=$1 awk '
    BEGIN {
      at = ENVIRON["at"]
      while (at != "" && !(at in seen)) {
        seen[at] = 1
        file = ENVIRON["gen"] "/" at "/.manifest.json"
        if ((getline line <file) <= 0) exit
        close(file)
        print line
        # v, generation, parent (or null), digest, count, domain, stack: between quotes.
        n = split(line, part, "\"")
        at = (part[9] == ":" ? part[10] : "")
        if (part[at == "" ? 22 : 24] != ENVIRON["stack"]) exit
      }
    }'
}`

/**
 * `pins_of PLACE`: one line of JSON per package, of a generation, or of a plain folder of 2013.
 * `changed_pins`: of what it reads, two lists of pins with a line `=` between them, those that are in one only, or differ
 * in version or bytes: `a` and `b` before each say of which list it is.
 */
export const PINS = sh`pins_of() {
  if [ -f "$1/.manifest.json" ]; then
    sed -n '/^{"name":/p' "$1/.manifest.json"
    return
  fi
  for each in "$1"/packages/*; do
    read_pin "$each" || continue
    if head_of "$meta/packages/$name/version/$version/manifest.json"; then
      printf '%s}\n' "\${head%,}"
    else
      printf '{"name":"%s","version":"%s","architecture":"","sha256":"","file":"","size":0}\n' "$name" "$version"
    fi
  done
}
changed_pins() {
  awk -F'"' '
    $0 == "=" { second = 1; next }
    { sub(/,$/, "") }
    !second { old[$4] = $0; key[$4] = $8 "\"" $16; next }
    ($4 in old) && key[$4] == $8 "\"" $16 { delete old[$4]; next }
    { if ($4 in old) { print "a\t" old[$4]; delete old[$4] } print "b\t" $0 }
    END { for (name in old) print "a\t" old[name] }'
}`
