import { compareVersions, isVersion } from '../deb/index.ts'
import { type Query, script, sh, UsageError } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { refusal } from './failure.ts'
import { base } from './shell/base.ts'
import { parseStore, type Store, type StoreOptions } from './store.ts'

/** A package of the store, whatever stack pins it. */
export interface StoredPackage {
  readonly name: string
  /** By Debian's order, the highest first. */
  readonly versions: readonly string[]
}

/** The packages that are registered, by name; `pattern` may hold `*` and `?`. A META that is not there has none. */
export const listPackages = (
  remote: Remote,
  { pattern, ...options }: StoreOptions & { readonly pattern?: string },
): Promise<readonly StoredPackage[]> =>
  remote.ask(packagesQuery(parseStore(options), pattern), { title: 'list packages' })

function packagesQuery(store: Store, pattern = '*'): Query<readonly StoredPackage[]> {
  if (!/^[A-Za-z0-9+._*?-]{1,128}$/.test(pattern))
    throw new UsageError(`${JSON.stringify(pattern.slice(0, 80))} is no name or pattern of packages`, {
      hint: 'such as  dh-shop  or  dh-*',
    })
  return {
    command: script(sh`${base(store)}
[ -d "$meta/packages" ] || exit 0
find "$meta/packages" -mindepth 4 -maxdepth 4 -path "$meta/packages/"${pattern}'/version/*/file' -printf '%P\n'`),
    parse: parsePackages,
    assumed: [],
    failed: refusal(store),
  }
}

function parsePackages(stdout: string): readonly StoredPackage[] {
  const found = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const [, name, version] = /^([^/]+)\/version\/([^/]+)\/file$/.exec(line) ?? []
    if (name === undefined || version === undefined) continue
    const versions = found.get(name)
    if (versions) versions.push(version)
    else found.set(name, [version])
  }
  return [...found]
    .map(([name, versions]) => ({ name, versions: versions.sort(highestFirst) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** Debian's order, turned around; what dpkg would refuse comes last. */
export function highestFirst(one: string, other: string): number {
  if (isVersion(one) && isVersion(other)) return compareVersions(other, one)
  return Number(isVersion(other)) - Number(isVersion(one))
}

/** Packages for people: one line each. */
export function packagesText(packages: readonly StoredPackage[]): string {
  if (packages.length === 0) return 'no packages'
  const width = Math.max(...packages.map(({ name }) => name.length))
  return packages
    .map(({ name, versions: [highest = '', ...others] }) => {
      const more = others.length === 0 ? '' : `  and ${others.length} more`
      return `${name.padEnd(width)}  ${highest}${more}`
    })
    .join('\n')
}
