import { didYouMean, printable, UsageError } from '../shell/index.ts'
import { foldNames } from './fold.ts'
import type { Host } from './host.ts'
import { filtered, type HostSet, hostSet, joined, within, without } from './host-set.ts'
import { type KnownHosts, membersOf } from './known.ts'
import { parseHost } from './parse-host.ts'
import { isWildcard, matchesPattern } from './pattern.ts'
import { expandRanges } from './range.ts'
import { type Operation, parseSelection, type Term } from './selection.ts'

/** All names expanded for one run: what settings and files of hosts can make us do is bounded. */
const MOST_NAMED = 250_000

/** Carries selections out over what is known of hosts; hosts are as they are typed, without properties. */
export class HostBook {
  readonly known: KnownHosts
  readonly #roles = new Map<string, HostSet>()
  readonly #words: Map<string, readonly Host[]>
  readonly #universe: HostSet | undefined
  #everybody: HostSet | undefined
  #named = 0

  /** `universe`: whom wildcards may stand for, and be it nobody; without it, whoever is known. `words`: already read. */
  constructor(known: KnownHosts, universe?: HostSet, words = new Map<string, readonly Host[]>()) {
    this.known = known
    this.#words = words
    this.#universe = universe
    this.#everybody = universe
  }

  /** The same book, in which wildcards stand for these hosts only. */
  among(hosts: HostSet): HostBook {
    return new HostBook(this.known, hosts, this.#words)
  }

  /** The hosts of a selection in parts, from left to right. Throws a UsageError. */
  hosts(parts: readonly string[]): HostSet {
    return this.#carryOut(stepsOf(parts), [])
  }

  /** The hosts of a role. Throws a UsageError for one that nobody defined. */
  role(name: string): HostSet {
    return this.#role(name, [])
  }

  /** Every host that is known, by name. */
  names(): readonly string[] {
    return [...this.#whoever().values()].map(({ name }) => name)
  }

  #carryOut(steps: readonly Step[], above: readonly string[]): HostSet {
    let set: HostSet = hostSet([])
    for (const { operation, steps: alike } of runsOf(steps)) {
      if (operation === ',') set = joined([set, ...alike.map((step) => this.#meaning(step, above))])
      else if (operation === '!') set = this.#without(set, alike, above)
      else for (const step of alike) set = this.#combined(set, step, above)
    }
    return set
  }

  // What is left out, or left in, is looked for among the hosts there are, whoever else is known.
  #without(set: HostSet, steps: readonly Step[], above: readonly string[]): HostSet {
    const patterns = steps.flatMap((step) => wildcard(step) ?? [])
    const named = steps
      .filter((step) => !wildcard(step))
      .flatMap((step) => [...this.#meaning(step, above).values()])
    const left = without(set, named, this.known.user)
    return patterns.length === 0 ? left : filtered(left, (host) => !patterns.some((fits) => fits(host)))
  }

  #combined(set: HostSet, step: Step, above: readonly string[]): HostSet {
    const { user } = this.known
    const fits = wildcard(step)
    if (fits && step.operation === '&') return filtered(set, fits)
    const named = joined([this.#meaning(step, above)])
    if (step.operation === '&') return within(set, named.values())
    return hostSet(without(set, named.values(), user).values(), without(named, set.values(), user).values())
  }

  #meaning(step: Step, above: readonly string[]): HostSet | readonly Host[] {
    return 'terms' in step ? this.#carryOut(step.terms, above) : this.#word(step.word, above)
  }

  #word(word: string, above: readonly string[]): HostSet | readonly Host[] {
    if (word.startsWith('@')) return this.#role(word.slice(1), above)
    const known = this.#words.get(word)
    if (known) return known
    const names = expandRanges(word)
    this.#named += names.length
    if (this.#named > MOST_NAMED) throw new UsageError(`more than ${MOST_NAMED} hosts are named`)
    if (isWildcard(word)) return names.flatMap((pattern) => this.#fitting(pattern))
    const hosts = names.map(parseHost)
    this.#words.set(word, hosts)
    return hosts
  }

  #fitting(pattern: string): readonly Host[] {
    const hosts = [...this.#whoever().values()].filter((host) => isCalled(host, pattern))
    if (hosts.length > 0 || this.#universe) return hosts
    const names = foldNames(this.names())
    throw new UsageError(`no host that is known fits ${printable(pattern)}`, {
      hint:
        names === ''
          ? 'wildcards stand for hosts that the settings name, and they name none'
          : `known are: ${names.length > 300 ? `${names.slice(0, 300)}…` : names}`,
    })
  }

  #whoever(): HostSet {
    this.#everybody ??= joined(this.#namedAnywhere())
    return this.#everybody
  }

  /** Every host that settings, roles and the inventory name, whatever they leave out again. */
  #namedAnywhere(): readonly (HostSet | readonly Host[])[] {
    const { hosts, roles, others = [], entries } = this.known
    const parts = [
      ...hosts,
      ...Object.values(roles).flatMap(membersOf),
      ...others,
      ...(entries?.keys() ?? []),
    ]
    const words = parts
      .flatMap(parseSelection)
      .filter(({ operation, word }) => operation === ',' && !word.startsWith('@') && !isWildcard(word))
    return words.map(({ word }) => this.#word(word, []))
  }

  #role(role: string, above: readonly string[]): HostSet {
    const known = this.#roles.get(role)
    if (known) return known
    if (above.includes(role))
      throw new UsageError(`role ${role} contains itself: ${[...above, role].join(' > ')}`)
    const named = this.#carryOut(stepsOf(this.#membersOf(role)), [...above, role])
    const isForeign = this.known.foreign?.has(role) === true
    const set = isForeign ? filtered(named, ({ kind }) => kind !== 'local') : named
    this.#roles.set(role, set)
    return set
  }

  #membersOf(role: string): readonly string[] {
    const { roles } = this.known
    const found = Object.hasOwn(roles, role) ? roles[role] : undefined
    if (found) return membersOf(found)
    const names = Object.keys(roles)
    const near = didYouMean(role, names)
    throw new UsageError(`there is no role ${printable(role)}`, {
      hint:
        near.hint ?? (names.length > 0 ? `there are: ${names.join(', ')}` : 'the settings define no roles'),
    })
  }
}

/** A term, or a selection that is carried out by itself before it joins the others. */
type Step = Term | { readonly operation: ','; readonly terms: readonly Term[] }

/** A part that begins with a comma, or nothing, stands for itself; one that begins with `!` goes on with what there is. */
function stepsOf(parts: readonly string[]): readonly Step[] {
  return parts.flatMap((part): readonly Step[] => {
    const terms = parseSelection(part)
    const isOwn = terms[0]?.operation === ',' && terms.some(({ operation }) => operation !== ',')
    return isOwn ? [{ operation: ',', terms }] : terms
  })
}

/** Steps of one operation in a row are carried out together: a list may be long. */
function runsOf(
  steps: readonly Step[],
): readonly { readonly operation: Operation; readonly steps: Step[] }[] {
  const runs: { readonly operation: Operation; readonly steps: Step[] }[] = []
  for (const step of steps) {
    const last = runs.at(-1)
    if (last?.operation === step.operation) last.steps.push(step)
    else runs.push({ operation: step.operation, steps: [step] })
  }
  return runs
}

/** Whether a host is what a word with wildcards means; undefined for words without. */
function wildcard(step: Step): ((host: Host) => boolean) | undefined {
  if ('terms' in step || !isWildcard(step.word)) return undefined
  const patterns = expandRanges(step.word)
  return (host) => patterns.some((pattern) => isCalled(host, pattern))
}

const isCalled = (host: Host, pattern: string): boolean =>
  matchesPattern(pattern, host.name) || (host.kind === 'ssh' && matchesPattern(pattern, host.address))
