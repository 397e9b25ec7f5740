import { compareVersions, isVersion } from '../deb/index.ts'
import type { HostPackage } from './generation.ts'
import type { HostState, InstalledPackage } from './probe.ts'

/** What becomes of one package on one host. */
export interface Change {
  readonly type: 'install' | 'upgrade' | 'downgrade' | 'remove' | 'same'
  readonly name: string
  /** Installed now. */
  readonly was?: string
  /** Installed afterwards. */
  readonly version?: string
  /** The commits they were built from, where the store knows them. */
  readonly from?: string
  readonly to?: string
}

/**
 * What dpkg has of a package. `all` and the host's own architecture take each other's place; any other two are two
 * packages, which may both be there.
 */
export function installedOf(
  state: HostState,
  { name, architecture }: HostPackage,
): InstalledPackage | undefined {
  const all = state.installed.filter((each) => each.name === name && !/^.[nc]/.test(each.status))
  const isSuccessor = (each: InstalledPackage) =>
    [each.architecture, architecture].some((one) => one === 'all' || one === '-')
  return all.find((each) => each.architecture === architecture) ?? all.find(isSuccessor)
}

/** What has to become of a package to be so; `found` is what dpkg has of it. */
export function changeOf(
  { name, version, architecture }: HostPackage,
  found: InstalledPackage | undefined,
): Change {
  if (version === '-')
    return found === undefined ? { type: 'same', name } : { type: 'remove', name, was: found.version }
  if (found === undefined) return { type: 'install', name, version }
  const both = { name, was: found.version, version }
  const isWhole = /^.i $/.test(found.status) && found.architecture === architecture
  if (found.version === version) return isWhole ? { type: 'same', ...both } : { type: 'install', ...both }
  const isOlder =
    isVersion(version) && isVersion(found.version) && compareVersions(version, found.version) < 0
  return { type: isOlder ? 'downgrade' : 'upgrade', ...both }
}
