import { sh } from '../../../shell/index.ts'

/**
 * `list_members` answers a line of JSON per member, with those of its control fields that decide how packages go
 * together (null where its manifest.json knows none), and leaves `$scratch/members` (name, sha256, file) of those whose
 * .deb is known. One mawk for all: thousands of programs for thousands of files would take a minute.
 */
export const MEMBERS = sh`list_members() {
  meta=$meta members=$scratch/members awk -F'"' '
    BEGIN {
      printf "" >ENVIRON["members"]
      split("pre-depends depends recommends suggests enhances breaks conflicts provides replaces multi-arch", list, " ")
      for (at in list) wanted[list[at]] = 1
    }
    $2 != "name" { next }
    {
      if ($16 ~ /^[0-9a-f]+$/ && $20 ~ /^[A-Za-z0-9][A-Za-z0-9._+~:%-]*$/) print $4, $16, $20 >ENVIRON["members"]
      from = ENVIRON["meta"] "/packages/" $4 "/version/" $8 "/manifest.json"
      line = ""
      while ((getline line <from) > 0) if (index(line, "\"control\":{") == 1) break; else line = ""
      close(from)
      head = "{\"name\":\"" $4 "\",\"version\":\"" $8 "\",\"architecture\":\"" $12 "\",\"file\":\"" $20 "\",\"control\":"
      if (line == "") { print head "null}"; next }
      # No relation has a quote or a backslash in it; one that has is no relation with a ? either.
      gsub(/\\\\/, "?", line)
      gsub(/\\"/, "?", line)
      count = split(line, part, "\"")
      fields = comma = ""
      for (at = 4; at + 3 <= count; at += 4) {
        if (!(tolower(part[at]) in wanted)) continue
        fields = fields comma "\"" part[at] "\":\"" part[at + 2] "\""
        comma = ","
      }
      print head "{" fields "}}"
    }' "$root/gen/$domain/$current/.manifest.json" || unwritten members
}`
