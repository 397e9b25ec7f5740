import { type Command, sh } from '../../shell/index.ts'

/** Where a host keeps what it knows of its stacks; one folder per domain below it. Root's, readable by all. */
export const HOST_FOLDER = '/var/lib/gachette'

/**
 * What every script on a host begins with. Answers are lines of words between tabs (`fact`); a refusal is a fact and
 * exit code 70 (`die`), so that nobody has to read messages.
 */
export const base = (domain: string): Command => sh`umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
set -u
base=${HOST_FOLDER}
domain=${domain}
home=$base/$domain
tab=${'\t'}
${SAYING}
${PACKAGES}
${LOCKS}`

const SAYING = sh`fact() { IFS=$tab; printf '%s\n' "$*"; unset IFS; }
die() { fact "$@"; exit 70; }
first_line() { line=; [ -f "$1" ] && { IFS= read -r line <"$1" || [ -n "$line" ]; }; }`

/**
 * What dpkg knows, against lists of lines `name version architecture sha256` (version `-`: not to be there). In pipes
 * only, so that a full disk does not matter. `differing`: what of a list is not installed so; `going`: what of it is
 * there and should not be; `broken`: all packages dpkg has not finished.
 */
export const PACKAGES: Command = sh`installed() {
  dpkg-query -W -f '\${Package}\t\${Version}\t\${Architecture}\t\${db:Status-Abbrev}\t\${binary:Package}\n' 2>/dev/null
}
# exact ROWS: the same packages by names that tell two architectures apart.
exact() {
  { printf '%s\n' "$1" .; installed; } | awk -F'\t' '
    $0 == "." { past = 1; next }
    !past { if (NF) arch[$1] = $3; next }
    ($1 in arch) && (arch[$1] == $3 || $5 == $1) && $4 !~ /^.[nc]/ { print $5 }'
}
differing() {
  installed | awk -F'\t' -v list="$1" '
    BEGIN {
      while ((getline line < list) > 0) {
        split(line, f, "\t")
        if (f[2] != "-") { order[++n] = f[1]; version[f[1]] = f[2]; arch[f[1]] = f[3]; row[f[1]] = line }
      }
    }
    ($1 in version) && $2 == version[$1] && (arch[$1] == "-" || $3 == arch[$1]) && $4 ~ /^.i $/ { ok[$1] = 1 }
    END { for (i = 1; i <= n; i++) if (!(order[i] in ok)) print row[order[i]] }'
}
going() {
  installed | awk -F'\t' -v list="$1" '
    BEGIN { while ((getline line < list) > 0) { split(line, f, "\t"); if (f[2] == "-") arch[f[1]] = f[3] } }
    ($1 in arch) && (arch[$1] == "-" || arch[$1] == $3 || $5 == $1) && $4 !~ /^.[nc]/ { print $5 }'
}
broken() { installed | awk -F'\t' '$4 ~ /^.[HUFWt]/ || $4 ~ /^..R/ { print $1 }'; }`

/** `apt_holder`: pid and name of the process that holds one of dpkg's own locks, if any. */
const LOCKS = sh`apt_holder() {
  inodes=$(stat -c %i /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock 2>/dev/null) || :
  holder=$(awk -v inodes="$inodes" '
    BEGIN { n = split(inodes, all, /[ \n]+/); for (i = 1; i <= n; i++) if (all[i] != "") ours[all[i]] = 1 }
    $2 == "POSIX" { split($6, f, ":"); if (f[3] in ours) { print $5; exit } }' /proc/locks 2>/dev/null)
  [ -n "$holder" ] || return 1
  name=; { read -r name <"/proc/$holder/comm"; } 2>/dev/null || name=
}
wait_for_apt() {
  n=0
  while apt_holder && [ "$n" -lt "$1" ]; do sleep 1; n=$((n + 1)); done
}`
