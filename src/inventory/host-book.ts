import { didYouMean, printable, UsageError } from '../shell/index.ts'
import { foldNames } from './fold.ts'
import type { Host } from './host.ts'
import { filtered, type HostSet, hostSet, within, without } from './host-set.ts'
import { type KnownHosts, membersOf } from './known.ts'
import { parseHost } from './parse-host.ts'
import { isWildcard, matchesPattern } from './pattern.ts'
import { expandRanges } from './range.ts'
import { parseSelection, type Term } from './selection.ts'

/** All names expanded for one run: what settings and files of hosts can make us do is bounded. */
const MOST_NAMED = 1_000_000

/** Carries selections out over what is known of hosts; hosts are as they are typed, without properties. */
export class HostBook {
  readonly known: KnownHosts
  readonly #roles = new Map<string, HostSet>()
  readonly #words = new Map<string, readonly Host[]>()
  readonly #universe: HostSet | undefined
  #everybody: HostSet | undefined
  #named = 0

  /** `universe`: whom wildcards may stand for, and be it nobody; without it, whoever is known. */
  constructor(known: KnownHosts, universe?: HostSet) {
    this.known = known
    this.#universe = universe
    this.#everybody = universe
  }

  /** The same book, in which wildcards stand for these hosts only. */
  among(hosts: HostSet): HostBook {
    return new HostBook(this.known, hosts)
  }

  /** The hosts of a selection in parts, from left to right; `before`: those there are already. Throws a UsageError. */
  hosts(parts: readonly string[], before: HostSet = hostSet()): HostSet {
    return parts.reduce((set, part) => this.#carryOut(parseSelection(part), set, []), before)
  }

  /** The hosts of a role. Throws a UsageError for one that nobody defined. */
  role(name: string): HostSet {
    return this.#role(name, [])
  }

  /** Every host that is known, by name. */
  names(): readonly string[] {
    return [...this.#whoever().values()].map(({ name }) => name)
  }

  /** A part that begins with a comma, or nothing, is chosen by itself before it joins what there is. */
  #carryOut(terms: readonly Term[], before: HostSet, above: readonly string[]): HostSet {
    const [first, ...rest] = terms
    if (first === undefined) return before
    const isOwn = first.operation === ','
    const begun = isOwn ? this.#apply(hostSet(), first, above) : this.#apply(before, first, above)
    const chosen = rest.reduce((set, term) => this.#apply(set, term, above), begun)
    return isOwn ? hostSet(before.values(), chosen.values()) : chosen
  }

  #apply(set: HostSet, { operation, word }: Term, above: readonly string[]): HostSet {
    const { user } = this.known
    // What is left out, or left in, is looked for among the hosts there are, whoever else is known.
    const fits = wildcard(word)
    if (fits && operation === '!') return filtered(set, (host) => !fits(host))
    if (fits && operation === '&') return filtered(set, fits)
    const named = this.#meaning(word, above)
    if (operation === '!') return without(set, named, user)
    if (operation === '&') return within(set, named)
    if (operation === ',') return hostSet(set.values(), named)
    const others = hostSet(named)
    return hostSet(without(set, named, user).values(), without(others, set.values(), user).values())
  }

  #meaning(word: string, above: readonly string[]): Iterable<Host> {
    if (word.startsWith('@')) return this.#role(word.slice(1), above).values()
    const known = this.#words.get(word)
    if (known) return known
    const names = expandRanges(word)
    this.#named += names.length
    if (this.#named > MOST_NAMED) throw new UsageError(`more than ${MOST_NAMED} hosts are named`)
    const hosts = names.flatMap((name) => (isWildcard(name) ? this.#fitting(name) : parseHost(name)))
    this.#words.set(word, hosts)
    return hosts
  }

  #fitting(pattern: string): readonly Host[] {
    const fits = wildcard(pattern)
    const hosts = [...this.#whoever().values()].filter((host) => fits?.(host))
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
    this.#everybody ??= hostSet(...this.#namedAnywhere())
    return this.#everybody
  }

  /** Every host that settings, roles and the inventory name, whatever they leave out again. */
  #namedAnywhere(): readonly Iterable<Host>[] {
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
    return words.map(({ word }) => this.#meaning(word, []))
  }

  #role(role: string, above: readonly string[]): HostSet {
    const known = this.#roles.get(role)
    if (known) return known
    if (above.includes(role))
      throw new UsageError(`role ${role} contains itself: ${[...above, role].join(' > ')}`)
    const members = this.#membersOf(role)
    const way = [...above, role]
    const set = members.reduce((hosts, part) => this.#carryOut(parseSelection(part), hosts, way), hostSet())
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

/** Whether a host is what a word with wildcards means, by name or by address; undefined for words without. */
function wildcard(word: string): ((host: Host) => boolean) | undefined {
  if (!isWildcard(word)) return undefined
  const patterns = expandRanges(word)
  return (host) =>
    patterns.some(
      (pattern) =>
        matchesPattern(pattern, host.name) || (host.kind === 'ssh' && matchesPattern(pattern, host.address)),
    )
}
