import { type HostGeneration, type HostPackage, listText } from './generation.ts'
import { absent, type HostPlan, packageOf, planMove } from './plan.ts'
import type { HostState } from './probe.ts'

/** Which way back is meant. */
export interface BackOptions {
  readonly domain: string
  /** The newest generation that the current one came from and that holds something else, unless given. */
  readonly to?: number
  readonly ignoreHolds?: boolean
}

/** The plan that brings a host back to a generation it remembers. */
export function planBack(state: HostState, { domain, to, ignoreHolds = false }: BackOptions): HostPlan {
  const now = state.generations.get(state.current)
  const number = to ?? stackBefore(state)
  const target = state.generations.get(number)
  const nowhere = refusalOf(state, domain, number)
  if (nowhere !== undefined) {
    const nothing = planMove(state, [], ignoreHolds)
    return { ...nothing, number: state.current, refusals: [nowhere] }
  }
  const want = [...(target?.packages.map(packageOf) ?? []), ...leaving(state.generations, now, target)]
  const moved = planMove(state, want, ignoreHolds)
  const gone = moved.missing.filter(({ sha256 }) => sha256 !== '-')
  const lost = moved.missing.filter(({ sha256 }) => sha256 === '-')
  return {
    ...moved,
    number,
    missing: [],
    refusals: [
      ...moved.refusals,
      ...gone.map(
        ({ name, version }) => `the .deb of ${name} ${version} is no longer there; deploy that stack instead`,
      ),
    ],
    warnings: [
      ...moved.warnings,
      ...lost.map(({ name, version }) => `${name} stays: nobody has the .deb of ${version}`),
    ],
  }
}

/**
 * The generation of the stack before: a repair made a new generation that holds the same, and to go back from that to what
 * was repaired helps nobody. Where the line is broken, for a host keeps only so many, the newest older one that differs.
 */
function stackBefore({ current, generations }: HostState): number {
  const now = generations.get(current)
  if (now === undefined) return 0
  const isRepaired = (each: HostGeneration | undefined) =>
    each !== undefined && each.digest === now.digest && listText(each.packages) === listText(now.packages)
  const seen = new Set([current])
  let number = now.parent
  while (!seen.has(number) && isRepaired(generations.get(number))) {
    seen.add(number)
    number = generations.get(number)?.parent ?? 0
  }
  if (number === 0 || (generations.has(number) && !seen.has(number))) return number
  const older = [...generations.values()].filter((each) => each.number < current && !isRepaired(each))
  return Math.max(...older.map((each) => each.number), 0) || number
}

function refusalOf({ current, generations }: HostState, domain: string, number: number): string | undefined {
  const known = [...generations.keys()].sort((one, other) => one - other)
  if (current === 0 && !generations.has(number))
    return `nothing of domain ${domain} is deployed there${known.length === 0 ? '' : ` (it remembers ${known.join(', ')})`}`
  if (number === 0 || generations.has(number)) return undefined
  return `it remembers no generation ${number}, only ${known.join(', ')}`
}

/**
 * What becomes of the packages that the target does not have: they go, or become again what they were before the oldest
 * generation on the way had them.
 */
function leaving(
  generations: ReadonlyMap<number, HostGeneration>,
  now: HostGeneration | undefined,
  target: HostGeneration | undefined,
): readonly HostPackage[] {
  const stays = new Set(target?.packages.map(({ name }) => name))
  const found = new Map<string, HostPackage>()
  const seen = new Set<number>()
  for (let at: HostGeneration | undefined = now; at !== undefined && at.number !== target?.number; ) {
    if (seen.has(at.number)) break
    seen.add(at.number)
    for (const each of at.packages) {
      if (stays.has(each.name)) continue
      const { before } = each
      if (before) found.set(each.name, { name: each.name, ...before })
      else if (at === now || found.has(each.name)) found.set(each.name, absent(each))
    }
    at = generations.get(at.parent)
  }
  return [...found.values()]
}
