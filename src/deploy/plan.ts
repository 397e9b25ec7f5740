import { type Change, changeOf, installedOf } from './change.ts'
import type { Before, HostGeneration, HostPackage } from './generation.ts'
import type { HostState } from './probe.ts'

/** What is to be done on one host, computed from what it said; nothing was touched for it. */
export interface HostPlan {
  readonly state: HostState
  /** The generation that comes of it; 0: as before the first deployment. */
  readonly number: number
  /** What that generation holds; absent where the host goes back to one that it knows. */
  readonly generation?: HostGeneration
  readonly changes: readonly Change[]
  /** What is to be installed so; the version `-`: not at all. */
  readonly want: readonly HostPackage[]
  /** Those of them that are installed again as they are, for their files were changed. */
  readonly again?: readonly HostPackage[]
  /** The same for the way back. */
  readonly back: readonly HostPackage[]
  /** .debs of apt's own cache that the way back needs: digest → path. */
  readonly keep: ReadonlyMap<string, string>
  /** What must be sent there. */
  readonly missing: readonly HostPackage[]
  /** Why it cannot be done. */
  readonly refusals: readonly string[]
  readonly warnings: readonly string[]
}

/** What a host is to have, and how it is to be called. */
export interface Target {
  readonly domain: string
  readonly stack: string
  readonly digest: string
  readonly when: string
  readonly who: string
  readonly packages: readonly HostPackage[]
  readonly ignoreHolds?: boolean
  /** Where the stack was named by a channel: its name, and the number of its pointer. */
  readonly channel?: { readonly name: string; readonly number: number }
}

/** The plan that brings a host to a stack. */
export function planHost(state: HostState, target: Target): HostPlan {
  const now = state.generations.get(state.current)
  const wanted = new Set(target.packages.map(({ name }) => name))
  const gone = (now?.packages ?? []).filter(({ name }) => !wanted.has(name))
  const want = [...target.packages, ...gone.map(absent)]
  const moved = planMove(state, want, target.ignoreHolds ?? false)
  const known = new Set(now?.packages.map(({ name }) => name))
  const generation: HostGeneration = {
    number: Math.max(0, ...state.generations.keys()) + 1,
    parent: state.current,
    domain: target.domain,
    stack: target.stack,
    digest: target.digest,
    when: target.when,
    who: target.who,
    packages: target.packages.map((each) =>
      known.has(each.name)
        ? { ...each, ...keptBefore(now, each.name) }
        : { ...each, before: beforeOf(moved.back, each.name) },
    ),
  }
  return {
    ...moved,
    number: generation.number,
    generation,
    refusals: [...staleChannel(state, target), ...foreignPackages(state, target.packages), ...moved.refusals],
  }
}

/** Whether the host is at this stack already, with all its packages as they should be: there is nothing to do. */
export function isThere({ state, changes, generation }: HostPlan): boolean {
  const now = state.generations.get(state.current)
  return (
    changes.every(({ type }) => type === 'same') &&
    state.broken.length === 0 &&
    !state.isInterrupted &&
    now !== undefined &&
    generation !== undefined &&
    now.digest === generation.digest &&
    now.stack === generation.stack &&
    now.packages.length === generation.packages.length
  )
}

/** From the host as it is to a list of packages, and how to get back. */
export function planMove(
  state: HostState,
  want: readonly HostPackage[],
  ignoreHolds: boolean,
): Omit<HostPlan, 'number' | 'generation'> {
  const now = new Map(state.generations.get(state.current)?.packages.map((each) => [each.name, each]))
  const changes = want.map((each) => mended(state, changeOf(each, installedOf(state, each))))
  const again = want.filter((_, at) => {
    const { type, name = '', was, version } = changes[at] ?? {}
    return type === 'install' && was === version && state.altered.has(name)
  })
  const back = want.map((each) => wayBack(state, each, now.get(each.name)))
  const changed = want.filter((_, at) => changes[at]?.type !== 'same')
  const lost = back.filter(({ name, sha256 }) => sha256 === '-' && changed.some((each) => each.name === name))
  const held = changed.filter((each) => installedOf(state, each)?.status.startsWith('h'))
  const missing = changed.filter(({ version, sha256 }) => version !== '-' && !state.pool.has(sha256))
  const keep = back.flatMap(({ name, sha256 }) => {
    const { path } = state.cached.get(name) ?? {}
    return path === undefined || state.pool.has(sha256) ? [] : [[sha256, path] as const]
  })
  return {
    state,
    changes,
    want,
    ...(state.altered.size > 0 && { again }),
    back,
    keep: new Map(keep),
    missing,
    refusals: ignoreHolds
      ? []
      : held.map(({ name }) => `${name} is on hold: release it (apt-mark unhold ${name}), or --ignore-holds`),
    warnings: [
      ...lost
        .filter(({ version }) => version !== '-')
        .map(
          ({ name, version }) => `there is no way back to ${name} ${version}: its .deb is not in apt's cache`,
        ),
      ...(state.aptHeldBy === undefined ? [] : [`apt is busy: ${state.aptHeldBy} holds its lock`]),
      ...(state.broken.length + (state.isInterrupted ? 1 : 0) === 0
        ? []
        : [`dpkg was interrupted there; it is brought to an end first${listed(state.broken)}`]),
    ],
  }
}

/** What is as it should be, but for its files, is installed again. */
const mended = (state: HostState, change: Change): Change =>
  change.type === 'same' && change.version !== undefined && state.altered.has(change.name)
    ? { ...change, type: 'install' }
    : change

/** A package without what else is known of it. */
export const packageOf = ({ name, version, architecture, sha256 }: HostPackage): HostPackage => ({
  name,
  version,
  architecture,
  sha256,
})

/** A package that is not to be there. */
export const absent = ({ name, architecture }: Pick<HostPackage, 'name' | 'architecture'>): HostPackage => ({
  name,
  version: '-',
  architecture,
  sha256: '-',
})

/** Where a package goes back to: what its generation says, where the .deb is there; else what is installed now. */
function wayBack(state: HostState, wanted: HostPackage, ours: HostPackage | undefined): HostPackage {
  const { name } = wanted
  if (ours !== undefined && state.pool.has(ours.sha256)) return packageOf(ours)
  const found = installedOf(state, wanted)
  if (found === undefined) return absent(wanted)
  const cached = state.cached.get(name)?.sha256
  return {
    name,
    version: found.version,
    architecture: found.architecture,
    sha256: cached ?? (found.version === wanted.version ? wanted.sha256 : '-'),
  }
}

function beforeOf(back: readonly HostPackage[], name: string): Before | null {
  const found = back.find((each) => each.name === name)
  if (found === undefined || found.version === '-') return null
  const { version, architecture, sha256 } = found
  return { version, architecture, sha256 }
}

/** What was there before its first generation stays known as long as it is a member. */
function keptBefore(now: HostGeneration | undefined, name: string): { readonly before?: Before | null } {
  const before = now?.packages.find((each) => each.name === name)?.before
  return before === undefined ? {} : { before }
}

const staleChannel = (state: HostState, { channel }: Target): readonly string[] => {
  const seen = channel && state.channels.get(channel.name)
  return channel === undefined || seen === undefined || seen <= channel.number
    ? []
    : [
        `channel ${channel.name} is at number ${channel.number}, and this host has seen ${seen}: the pointer is an old one`,
      ]
}

const foreignPackages = (state: HostState, packages: readonly HostPackage[]): readonly string[] =>
  packages
    .filter(({ architecture }) => !['all', state.architecture, ...state.foreign].includes(architecture))
    .map(({ name, architecture }) => `${name} is for ${architecture}, and the host is ${state.architecture}`)

const listed = (names: readonly string[]): string => {
  if (names.length === 0) return ''
  return `: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`
}
