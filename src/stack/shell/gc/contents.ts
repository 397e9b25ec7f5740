import { sh } from '../../../shell/index.ts'

/**
 * `unused_contents` prints the lists of a check (`.gachette/contents`) that are of no package of a kept generation, and
 * of no kept stack; and what a killed check left. They follow from the .debs: nothing is lost with them but time.
 */
export const UNUSED_CONTENTS = sh`unused_contents() {
  [ -d .gachette/contents ] || return 0
  {
    (cd .gachette/gen && sed 's|$|/.manifest.json|' "$scratch/kept" |
      xargs -r -d '\n' grep -hos '"sha256":"[0-9a-f]*"' /dev/null) |
      awk -F'"' '!($4 in seen) { seen[$4]; print ".gachette/contents/" $4 ".gz" }'
    sed 's|^|.gachette/contents/stacks/|' "$scratch/digests"
  } | sort -u >"$scratch/contents"
  find .gachette/contents -mindepth 1 \( -name '.*' -prune -o -type f \) ! -newermt "@$cutoff" -print |
    sort >"$scratch/old.contents"
  without "$scratch/old.contents" "$scratch/contents"
}`
