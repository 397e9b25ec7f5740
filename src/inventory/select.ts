import { Facts } from './facts.ts'
import type { Host } from './host.ts'
import { HostBook } from './host-book.ts'
import { hostSet, within, without } from './host-set.ts'
import type { KnownHosts } from './known.ts'
import { parseHost } from './parse-host.ts'
import { parseSelection, refuseDangling } from './selection.ts'

/** Which hosts somebody asks for. Each entry is a selection as typed: `web[1-3],root@db1:22`, `@web&@eu`. */
export interface HostRequest {
  readonly hosts: readonly string[]
  readonly roles: readonly string[]
  /** Left out of all that is asked for. */
  readonly exclude: readonly string[]
  /** Only these of all that is asked for; everybody unless given. */
  readonly limit?: readonly string[]
}

/** The hosts that are known, and the way to choose among them; made once for a run. */
export class Inventory {
  readonly #book: HostBook
  readonly #facts: Facts

  constructor(known: KnownHosts) {
    this.#book = new HostBook(known)
    this.#facts = new Facts(this.#book)
  }

  /**
   * The hosts of a run, in the order they were named, each once, with roles and properties. `otherwise` is taken where
   * nothing is asked for. Throws a UsageError for what is no host and for a role nobody defined; an empty list is the
   * caller's to judge.
   */
  select(request: HostRequest, otherwise: readonly string[] = this.#book.known.hosts): readonly Host[] {
    const { hosts, exclude, limit = [] } = request
    const asked = [...hosts, ...request.roles.map(asRoles)]
    // One flag knows nothing of the others: what it leaves out could come back by another.
    for (const each of [...asked, ...exclude, ...limit]) refuseDangling(each)
    const named = this.#book.hosts(asked.length > 0 ? asked : otherwise)
    let chosen = hostSet(mapped(named.values(), (host) => this.#facts.of(host)))
    if (limit.length > 0) chosen = within(chosen, this.#book.among(chosen).hosts(limit).values())
    if (exclude.length > 0) chosen = without(chosen, this.#book.among(chosen).hosts(exclude).values())
    return [...chosen.values()]
  }

  /** Every host that somebody has written down, for wildcards and completion. */
  names(): readonly string[] {
    return this.#book.names()
  }

  /** One host as typed, with its roles and properties. Throws a UsageError for what is no host. */
  host(text: string): Host {
    return this.#facts.of(parseHost(text))
  }
}

/** The hosts of one request, see `Inventory.select`. */
export const selectHosts = (request: HostRequest, known: KnownHosts): readonly Host[] =>
  new Inventory(known).select(request)

/** `web,!db` as it stands after -R. */
const asRoles = (list: string): string =>
  parseSelection(list)
    .map(({ operation, word }) => `${operation}@${word.replace(/^@/, '')}`)
    .join('')

function* mapped<T, U>(items: Iterable<T>, of: (item: T) => U): Iterable<U> {
  for (const item of items) yield of(item)
}
