import { sh } from '../../shell/index.ts'

/**
 * What is said of stacks beside their generations: freeze records, channels, hosts. Each function prints whole lines of
 * JSON, in few processes however many there are. `texts FILE…` prints files whose last line may lack its end.
 */
export const STANDING = sh`texts() {
  [ ! -e "$1" ] || printf '%s\0' "$@" | xargs -0 grep -hs '' /dev/null
}
# The pointer of the highest number of each channel.
pointers() {
  [ -d "$root/channels/$domain" ] || return 0
  (
    cd -- "$root/channels/$domain" || exit 0
    find . -mindepth 2 -maxdepth 2 -name '[0-9]*.json' ! -name '*[!0-9]*.json' | sort |
      awk -F/ '{ last[$2] = $0 } END { for (channel in last) print last[channel] }' |
      xargs -r -d '\n' grep -hs '' /dev/null
  )
}
hosts() { texts "$root/deployed/$domain"/*.json; }
# follow_alias: latest and channels are links to the name of a stack; from here on $stack is that one.
follow_alias() {
  [ -L "$stacks/$stack" ] || return 0
  alias=$(readlink -- "$stacks/$stack")
  case $alias in '' | */* | .*) ;; *) stack=$alias ;; esac
}`
