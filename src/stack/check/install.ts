import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import type { PackageToCheck } from './member.ts'

/** What apt would do on one host to have it on a stack; nothing of it was done. */
export interface WouldInstall {
  readonly host: string
  /** Members that would be installed, or replaced by another version. */
  readonly installs: readonly VersionChange[]
  /** What apt would bring besides, from the host's own sources. */
  readonly brings: readonly VersionChange[]
  /** What would have to go: a stack may remove nothing. */
  readonly removes: readonly { readonly name: string; readonly version: string }[]
  /** Why apt refuses, in its own words; none where it does not. */
  readonly refuses: readonly string[]
}

/** One package that changes on a host; `was` is absent where it is new there. */
export interface VersionChange {
  readonly name: string
  readonly version: string
  readonly was?: string
}

/**
 * Asks a host's apt what it would do with these packages. No .deb travels: apt is content with their control fields, and
 * `-s` changes nothing. Hand the stdin to `ask(query, { stdin })`.
 */
export function wouldInstall(
  host: string,
  packages: readonly PackageToCheck[],
): { readonly query: Query<WouldInstall>; readonly stdin: string } {
  const words = packages.map(({ pin }) => `${pin.name}=${pin.version}`)
  const stanzas = packages.map(stanzaOf)
  return {
    stdin: [...words, '.', ...stanzas].join('\n'),
    query: {
      command: script(SIMULATE),
      parse: (stdout) => parseSimulated(stdout, host, new Set(packages.map(({ pin }) => pin.name))),
      assumed: { host, installs: [], brings: [], removes: [], refuses: [] },
      failed: ({ exitCode }) =>
        exitCode === 69 ? new TaskError(`${host} has no apt-get`, { hint: 'name a Debian host' }) : undefined,
    },
  }
}

/** What `apt-get -s` says of itself: `Inst name [was] (version …)` and `Remv name [version]`. */
function parseSimulated(stdout: string, host: string, members: ReadonlySet<string>): WouldInstall {
  const { first, all } = parseAnswer(stdout)
  const code = first('exit')?.[0]
  if (code === undefined) throw new TaskError(`${host} did not say what apt would do`)
  const changes = all('inst').map(
    ([name = '', was = '', version = '']): VersionChange => ({
      name,
      version,
      ...(was && { was }),
    }),
  )
  const said = all('said').map(([line = '']) => line)
  return {
    host,
    installs: changes.filter(({ name }) => members.has(name)),
    brings: changes.filter(({ name }) => !members.has(name)),
    removes: all('remv').map(([name = '', version = '']) => ({ name, version })),
    refuses: code === '0' ? [] : said.length > 0 ? said : [`apt-get ended with exit status ${code}`],
  }
}

/** What apt needs to know of a package that it will never fetch. */
function stanzaOf({ pin, control = {} }: PackageToCheck): string {
  const own = {
    Package: pin.name,
    Version: pin.version,
    Architecture: pin.architecture ?? 'all',
    ...control,
    Filename: `debs/${pin.name}.deb`,
    Size: '1',
    SHA256: '0'.repeat(64),
    Description: pin.name,
  }
  const lines = Object.entries(own).map(([field, value]) => `${field}: ${value.replace(/\s+/g, ' ')}\n`)
  return lines.join('')
}

const SIMULATE = sh`LC_ALL=C
export LC_ALL
tab=${'\t'}
command -v apt-get >/dev/null || exit 69
scratch=$(mktemp -d) || exit 74
trap 'rm -rf -- "$scratch"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
awk -v words="$scratch/words" -v index_file="$scratch/Packages" '
  BEGIN { printf "" >words; printf "" >index_file; to = words }
  to == words && $0 == "." { to = index_file; next }
  { print >to }' || exit 74
set -f
set -- $(cat "$scratch/words")
apt-get -s -q -y --allow-downgrades --with-source="$scratch/Packages" -o Dir::Cache::pkgcache= \
  -o Dir::Cache::srcpkgcache= install -- "$@" </dev/null >"$scratch/out" 2>"$scratch/err"
printf 'exit\t%s\n' $?
awk -v OFS='\t' '
  $1 == "Inst" {
    was = ""
    at = 3
    if ($3 ~ /^\[/) { was = substr($3, 2, length($3) - 2); at = 4 }
    print "inst", $2, was, substr($at, 2)
  }
  $1 == "Remv" { print "remv", $2, substr($3, 2, length($3) - 2) }
  # A choice goes on on the next lines.
  open && /^  / { sub(/^ +/, ""); line = line " " $0; open = /or *$/; if (!open) { print "said", line; line = "" } next }
  /^ [^ ]+ : / { sub(/^ /, ""); last = $1; line = $0 }
  /^  +[A-Z][A-Za-z]+: / { sub(/^ +/, ""); line = last " : " $0 }
  line != "" { open = /or *$/; if (!open) { print "said", line; line = "" } }' "$scratch/out"
grep -E '^(E: |Error: | )' "$scratch/err" | sed "s/^/said$tab/"
exit 0`
