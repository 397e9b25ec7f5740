import { sh } from '../../shell/index.ts'

/** awk's pattern of a whole semver version. */
export const SEMVER = sh`/^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/`

/**
 * `latest` is the highest frozen version that is no pre-release, `$stack` among them; of two that differ in their build
 * only, the one that sorts last. The link is left in what is to be accepted, where it is to move.
 */
export const LATEST = sh`highest_release() {
  { ls -- "$root/frozen/$domain" 2>/dev/null; printf '%s.json\n' "$stack"; } | awk '
    !sub(/\.json$/, "") { next }
    !${SEMVER} { next }
    {
      core = $0
      sub(/\+.*/, "", core)
      if (core ~ /-/) next
      split(core, part, ".")
      if (length(part[1]) > 15 || length(part[2]) > 15 || length(part[3]) > 15) next
      sign = best == "" ? 1 : 0
      for (i = 1; i <= 3 && sign == 0; i++) sign = (part[i] + 0 > top[i] + 0) - (part[i] + 0 < top[i] + 0)
      if (sign < 0 || (sign == 0 && $0 "" < best "")) next
      for (i = 1; i <= 3; i++) top[i] = part[i]
      best = $0
    }
    END { print best }'
}
link_latest() {
  latest=$(highest_release) || unwritten latest
  [ -n "$latest" ] || return 0
  if [ -L "$stacks/latest" ]; then
    [ "$(readlink -- "$stacks/latest")" != "$latest" ] || latest=
  elif [ -e "$stacks/latest" ]; then
    fact latest-kept
    latest=
  fi
  [ -z "$latest" ] || link_to "$latest" latest
}`

/** `link_to STACK NAME`: another name for a stack, to be accepted. */
export const LINK_TO = sh`link_to() {
  must mkdir -p -- "$ready/links/$domain"
  must ln -sT -- "$1" "$ready/links/$domain/$2"
}`
