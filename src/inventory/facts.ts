import { UsageError } from '../shell/index.ts'
import { agreed, type Said } from './agreed.ts'
import type { Host, HostFacts } from './host.ts'
import type { HostBook } from './host-book.ts'
import { type HostEntry, membersOf, type Properties, propertiesOf } from './known.ts'
import { parseSelection } from './selection.ts'

/** Which roles each host is in, and what follows from them and from what is known of the host itself. */
export class Facts {
  readonly #book: HostBook
  readonly #memberships: ReadonlyMap<string, readonly Membership[]>
  readonly #shared = new Map<string, Found>()
  readonly #inner = new Map<string, ReadonlySet<string>>()

  constructor(book: HostBook) {
    this.#book = book
    this.#memberships = membershipsIn(book)
  }

  /** A host with all that is known of it. Throws a UsageError where two of its roles disagree. */
  of(typed: Host): Host {
    const entry = this.#book.known.entries?.get(typed.name)
    const roles = this.#rolesOf(typed)
    if (entry !== undefined) return { ...typed, ...this.#found(typed, roles, entry) }
    // Hosts of the same roles have the same properties: they are looked at once, and shared.
    const key = `${typed.kind} ${typedIn(typed)} ${roles.join(' ')}`
    const found = this.#shared.get(key) ?? this.#found(typed, roles)
    this.#shared.set(key, found)
    return { ...typed, ...found }
  }

  #rolesOf(host: Host): readonly string[] {
    const memberships = this.#memberships.get(host.name)
    if (memberships === undefined) return []
    const user = host.kind === 'ssh' ? host.user : undefined
    const roles = memberships
      .filter((each) => (each.user ?? user) === (user ?? each.user))
      .map(({ role }) => role)
    return roles.length > 1 ? [...new Set(roles)] : roles
  }

  #found(typed: Host, roles: readonly string[], entry?: HostEntry): Found {
    const { user: fallbackUser, overruled = [], roles: all } = this.#book.known
    const said: readonly Said[] = roles.map((role) => ({
      role,
      properties: propertiesOf(all[role] ?? []),
      inner: this.#innerOf(role),
    }))
    const typedHere = typedIn(typed)
    const { env, vars, ...login } = agreed(typed.name, said, entry, [...overruled, ...typedHere])
    const facts = {
      ...(roles.length > 0 ? { roles } : {}),
      ...(env === undefined ? {} : { env }),
      ...(vars === undefined ? {} : { vars }),
    }
    if (typed.kind === 'local') return facts
    return {
      ...(entry?.address === undefined ? {} : { address: entry.address }),
      ...(fallbackUser === undefined || typedHere.includes('user') ? {} : { user: fallbackUser }),
      ...login,
      ...facts,
    }
  }

  /** The roles that a role has among its members, and theirs. */
  #innerOf(role: string): ReadonlySet<string> {
    const known = this.#inner.get(role)
    if (known) return known
    const found = new Set<string>()
    const open = [role]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const inner of rolesAmong(membersOf(this.#book.known.roles[next] ?? []))) {
        if (found.has(inner)) continue
        found.add(inner)
        open.push(inner)
      }
    }
    this.#inner.set(role, found)
    return found
  }
}

/** What is found out about a host besides what was typed. */
type Found = HostFacts & Properties & { readonly address?: string }

/** What a host string says itself. */
const typedIn = (host: Host): readonly (keyof Properties)[] =>
  host.kind === 'local' ? [] : (['user', 'port'] as const).filter((name) => host[name] !== undefined)

interface Membership {
  readonly role: string
  /** Whom the role logs in as, where it says so in the host string. */
  readonly user: string | undefined
}

/** By host name. A role that cannot be made out (a circle, a role nobody defined) is told where it is named, not here. */
function membershipsIn(book: HostBook): ReadonlyMap<string, readonly Membership[]> {
  const byName = new Map<string, Membership[]>()
  for (const role of Object.keys(book.known.roles)) {
    for (const host of hostsOf(role)) {
      const membership = { role, user: host.kind === 'ssh' ? host.user : undefined }
      const others = byName.get(host.name)
      if (others) others.push(membership)
      else byName.set(host.name, [membership])
    }
  }
  return byName

  function hostsOf(role: string): Iterable<Host> {
    try {
      return book.role(role).values()
    } catch (error) {
      if (error instanceof UsageError) return []
      throw error
    }
  }
}

const rolesAmong = (members: readonly string[]): readonly string[] =>
  members
    .flatMap(parseSelection)
    .filter(({ operation, word }) => operation === ',' && word.startsWith('@'))
    .map(({ word }) => word.slice(1))
