import { sh } from '../../shell/index.ts'

/**
 * How apt is asked: nobody is there to answer, local edits of configuration stay, and nothing goes that was not to go.
 * Needs `ignore_holds`, `patience` and `job`. `paths LIST` are the .debs of a list, `gone NAMES` the words that remove.
 */
export const APT = sh`goes_back=
DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l UCF_FORCE_CONFFOLD=1
export DEBIAN_FRONTEND DEBCONF_NONINTERACTIVE_SEEN APT_LISTCHANGES_FRONTEND NEEDRESTART_MODE UCF_FORCE_CONFFOLD
apt() {
  [ -z "$ignore_holds" ] || set -- --allow-change-held-packages "$@"
  [ -n "$goes_back" ] || [ ! -s "$job/again" ] || set -- --reinstall "$@"
  # On the way back the disk may be full: what apt remembers stays in its memory.
  [ -z "$goes_back" ] || set -- -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
  # Whatever the host's own settings say: nothing is purged, and nothing goes for being unused.
  apt-get -y -q --fix-broken --allow-downgrades -o APT::Get::Purge=false -o APT::Get::AutomaticRemove=false \
    -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    -o DPkg::Lock::Timeout="$patience" "$@" </dev/null
}
confold='--force-confdef --force-confold'
paths() { printf '%s\n' "$1" | awk -F'\t' -v debs="$home/debs" '$4 != "" && $4 != "-" { print debs "/" $4 ".deb" }'; }
# What is as it should be, but for its files.
again() { [ ! -s "$job/again" ] || cat -- "$job/again"; }
# Our own lock package goes when it is to, which apt holds for important; so does what a deployment that failed has brought.
leaving() { case "$goes_back$1" in yes* | *gachette-stack-*) printf %s --allow-remove-essential ;; esac; }
gone() { [ -z "$1" ] || printf '%s-\n' $1; }
heal() {
  wait_for_apt "$patience"
  dpkg --configure -a $confold </dev/null
}`

/**
 * Takes a job from stdin (tar), puts its .debs into the host's pool if they are what their names say, and has apt say
 * what it would do. Nothing is installed. Needs `id`.
 */
export const PREPARE = sh`job=$home/jobs/$id
full() {
  place=$base; while [ ! -d "$place" ]; do place=\${place%/*}; [ -n "$place" ] || place=/; done
  room=$(df -Pk -- "$place" 2>/dev/null | awk 'NR == 2 { print $4 }')
  die unwritten "$1" "$room"
}
mkdir -p -- "$home/debs" "$home/generations" "$home/jobs" "$home/channels" 2>/dev/null && mkdir -- "$job" 2>/dev/null || full "$home"
kept=
trap '[ -n "$kept" ] || rm -rf -- "$job"' EXIT
tar -x -C "$job" --no-same-owner -f - 2>/dev/null && [ -f "$job/complete" ] || full "$job"
ignore_holds= patience=60 check_seconds=30
. "$job/options"
${APT}
[ -f "$base/lock" ] || : >>"$base/lock" || full "$base/lock"

# Received: whole, or not at all.
if [ -d "$job/debs" ]; then
  sums=$(cd "$job/debs" && sha256sum -- *.deb) || full "$job/debs"
  printf '%s\n' "$sums" | while read -r sum file; do
    [ "$sum.deb" = "$file" ] || die tampered "$file" "$sum"
  done || exit
  mv -f -t "$home/debs" -- "$job/debs"/*.deb || full "$home/debs"
  rmdir -- "$job/debs"
fi
while IFS=$tab read -r sum path; do
  [ -f "$home/debs/$sum.deb" ] || { cp -- "$path" "$home/debs/.$id" && mv -fT -- "$home/debs/.$id" "$home/debs/$sum.deb"; } || full "$home/debs"
done <"$job/keep"
# All that the way there and the way back may need is what it was.
changes=$(differing "$job/want"; again)
goes=$(going "$job/want")
needed=$( { printf '%s\n' "$changes" "$goes" .; cat -- "$job/back"; } | awk -F'\t' '
  $0 == "." { past = 1; next }
  !past { moves[$1] = 1 }
  (!past || $1 in moves) && $4 != "" && $4 != "-" { print $4 ".deb" }' | sort -u)
if [ -n "$needed" ]; then
  sums=$(cd "$home/debs" && sha256sum -- $needed 2>/dev/null)
  printf '%s\n' "$sums" | awk '$1 ".deb" != $2 { print $2, $1 }' | while read -r file sum; do
    [ -z "$file" ] || { rm -f -- "$home/debs/$file"; die spoiled "$home/debs/$file" "$sum"; }
  done || exit
  for each in $needed; do [ -f "$home/debs/$each" ] || die absent "$home/debs/$each"; done
fi

# Room for what is unpacked: dpkg has the old and the new files there at once.
large=0 small=0 largest=0
sizes=; [ -z "$(paths "$changes")" ] || sizes=$(stat -c '%s %n' -- $(paths "$changes")) || full "$home/debs"
small=$(printf '%s\n' "$sizes" | awk 'NF && $1 < 262144 { small += int($1 / 256) + 8 } END { print small + 0 }')
for each in $(printf '%s\n' "$sizes" | awk '$1 >= 262144 { print $2 }'); do
  size=$(dpkg-deb -f "$each" Installed-Size) || size=0
  large=$((large + \${size:-0}))
  [ "\${size:-0}" -le "$largest" ] || largest=$size
done
status=$(stat -c %s /var/lib/dpkg/status) || status=0
# The way back writes old files beside new ones, and what dpkg knows a few times.
ballast=$((small + largest + status / 256 + 4096))
room=$(df -Pk /usr | awk 'NR == 2 { print $4 }')
[ "$room" -ge $((large + small + ballast + 4096)) ] || die room /usr "$room" $((large + small + ballast + 4096))

# A dpkg that was killed is of no use to anybody; apt would refuse.
if [ -n "$(broken)" ] || [ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ]; then
  heal >/dev/null 2>&1; fact healed
fi
if [ -n "$changes$goes" ]; then
  said=$(apt -s $(leaving "$goes") install $(paths "$changes") $(gone "$goes") 2>&1)
  code=$?
  printf '%s\n' "$said" | awk -v OFS='\t' '
    $1 == "Inst" { old = ""; v = $3; if (v ~ /^\[/) { old = substr(v, 2, length(v) - 2); v = $4 } print "inst", $2, substr(v, 2), old }
    $1 == "Remv" || $1 == "Purg" { print "remv", $2 }'
  if [ "$code" -ne 0 ]; then
    printf '%s\n' "$said" | grep -v -e '^Inst ' -e '^Conf ' -e '^Reading ' -e '^Building ' | tail -n 20 |
      while IFS= read -r line; do fact said "$line"; done
    die unsolved "$code"
  fi
  # What comes from elsewhere is fetched now: afterwards nobody depends on the network.
  others=$(printf '%s\n' "$said" | awk -v list="$job/want" '
    BEGIN { while ((getline line < list) > 0) { split(line, f, "\t"); ours[f[1]] = ours[f[1] ":" f[3]] = 1 } }
    $1 == "Inst" && !($2 in ours) { print $2 }')
  if [ -n "$others" ]; then
    said=$(apt --download-only $(leaving "$goes") install $(paths "$changes") $(gone "$goes") 2>&1) || {
      printf '%s\n' "$said" | tail -n 10 | while IFS= read -r line; do fact said "$line"; done
      die unfetched
    }
  fi
fi
# Whatever fills the disk meanwhile, there is room to go back.
fallocate -l $((ballast * 1024)) "$job/ballast" 2>/dev/null || head -c $((ballast * 1024)) /dev/zero >"$job/ballast" || full "$job/ballast"
printf '%-200s\n' prepared >"$job/state" && : >"$job/said" && (umask 077; : >"$job/log") && : >"$job/lock" || full "$job"
# Also the way back of a machine that loses power needs them whole.
(cd -- "$home/debs" && sync -- $needed . "$job"/* "$job" "$home/jobs" "$home" "$base") 2>/dev/null
kept=yes
fact prepared
# Jobs of before: nobody asks for them any more.
find "$home/jobs" -mindepth 1 -maxdepth 1 -mtime +1 ! -path "$(readlink -f -- "$home/job")" -exec rm -rf -- {} +`
