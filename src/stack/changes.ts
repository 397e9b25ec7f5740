import { compareVersions, isVersion } from '../deb/index.ts'
import type { Pin } from './manifest.ts'

/**
 * What became of a package between two stacks. `rebuilt` is the same version of other bytes, which one store never makes;
 * up and down are by Debian's order, and versions that dpkg would refuse go `up`.
 */
export type PackageChange =
  | { readonly type: 'added'; readonly name: string; readonly now: Pin }
  | { readonly type: 'removed'; readonly name: string; readonly was: Pin }
  | {
      readonly type: 'up' | 'down' | 'rebuilt'
      readonly name: string
      readonly was: Pin
      readonly now: Pin
    }

/** What changes from one list of packages to another, by name; packages that are alike in version and bytes do not. */
export function changesBetween(before: readonly Pin[], after: readonly Pin[]): readonly PackageChange[] {
  const old = new Map(before.map((pin) => [pin.name, pin]))
  const changes: PackageChange[] = []
  for (const now of after) {
    const was = old.get(now.name)
    old.delete(now.name)
    const change = was === undefined ? { type: 'added' as const, name: now.name, now } : changed(was, now)
    if (change) changes.push(change)
  }
  for (const was of old.values()) changes.push({ type: 'removed', name: was.name, was })
  return changes.sort((one, other) => (one.name < other.name ? -1 : 1))
}

function changed(was: Pin, now: Pin): PackageChange | undefined {
  const { name } = now
  if (was.version !== now.version) return { type: direction(was.version, now.version), name, was, now }
  return was.sha256 === now.sha256 ? undefined : { type: 'rebuilt', name, was, now }
}

/** Versions that dpkg holds equal (`1.0`, `1.00`) are an update all the same. */
const direction = (was: string, now: string): 'up' | 'down' =>
  isVersion(was) && isVersion(now) && compareVersions(was, now) > 0 ? 'down' : 'up'
