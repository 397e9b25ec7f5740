import { sh } from '../../shell/index.ts'
import { SEMVER } from './semver.ts'

/**
 * Semver's order needs no comparison of pre-releases here: the highest version's numbers, and whether that version is
 * out yet (1.4.0-rc.1 becomes 1.4.0), decide the next name.
 */
export const NEXT_NAME = sh`next_name() {
  ls -- "$stacks" | bump=$bump awk '
    !${SEMVER} { next }
    {
      sub(/\+.*/, "")
      core = $0
      sub(/-.*/, "", core)
      split(core, part, ".")
      if (length(part[1]) > 15 || length(part[2]) > 15 || length(part[3]) > 15) next
      sign = found ? 0 : 1
      for (i = 1; i <= 3 && sign == 0; i++) sign = (part[i] + 0 > top[i] + 0) - (part[i] + 0 < top[i] + 0)
      if (sign > 0) { for (i = 1; i <= 3; i++) top[i] = part[i]; out = 0; found = 1 }
      if (sign >= 0 && core == $0) out = 1
    }
    END {
      bump = ENVIRON["bump"]
      if (!found) out = 1
      if (bump == "patch" && out) top[3]++
      if (bump == "minor" && (out || top[3] > 0)) { top[2]++; top[3] = 0 }
      if (bump == "major" && (out || top[2] > 0 || top[3] > 0)) { top[1]++; top[2] = top[3] = 0 }
      printf "%.0f.%.0f.%.0f\n", top[1], top[2], top[3]
    }'
}`
