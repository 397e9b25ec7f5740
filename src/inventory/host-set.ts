import { UsageError } from '../shell/index.ts'
import type { Host, SshHost } from './host.ts'

/** More is no selection, but somebody's mistake or bad will. */
const MOST = 100_000

/** Hosts in the order in which they were named, each once; one name as two users is two. */
export type HostSet = ReadonlyMap<string, Host>

/** A set of these hosts; of two that are the same the first stays. */
export function hostSet(...lists: readonly Iterable<Host>[]): HostSet {
  const set = new Map<string, Host>()
  for (const list of lists)
    for (const host of list) {
      const key = keyOf(host)
      if (!set.has(key)) set.set(key, host)
      if (set.size > MOST) throw new UsageError(`more than ${MOST} hosts are named`)
    }
  return set
}

/** All of these together; a single set is itself. */
export function joined(parts: readonly (HostSet | readonly Host[])[]): HostSet {
  const [first, ...others] = parts.filter((part) => ('size' in part ? part.size : part.length) > 0)
  if (first !== undefined && 'size' in first && others.length === 0) return first
  return hostSet(...[first ?? [], ...others].map((part) => part.values()))
}

/** Those that none of the others means: what an other leaves out (user, port), it leaves open. */
export function without(set: HostSet, others: Iterable<Host>, fallbackUser?: string): HostSet {
  const isMeant = matcher(others, (other, host) => {
    const user = host.user ?? fallbackUser
    return (other.user ?? user) === user && (other.port ?? host.port) === host.port
  })
  return filtered(set, (host) => !isMeant(host))
}

/** Those that are among the others, too: what either leaves out is open. */
export const within = (set: HostSet, others: Iterable<Host>): HostSet =>
  filtered(
    set,
    matcher(others, (a, b) => agree(a.user, b.user) && agree(a.port, b.port)),
  )

/** Those for which a question is answered with yes. */
export function filtered(set: HostSet, is: (host: Host) => boolean): HostSet {
  const left = new Map<string, Host>()
  for (const [key, host] of set) if (is(host)) left.set(key, host)
  return left
}

/** Whether any of these hosts is a given one, as `isSame` compares two of one address. */
function matcher(
  others: Iterable<Host>,
  isSame: (other: SshHost, host: SshHost) => boolean,
): (host: Host) => boolean {
  const byAddress = new Map<string, Host[]>()
  for (const other of others) {
    for (const address of addressesOf(other)) {
      const same = byAddress.get(address)
      if (same) same.push(other)
      else byAddress.set(address, [other])
    }
  }
  return (host) =>
    addressesOf(host)
      .flatMap((address) => byAddress.get(address) ?? [])
      .some((other) => host.kind === 'local' || (other.kind === 'ssh' && isSame(other, host)))
}

const agree = <T>(a: T | undefined, b: T | undefined): boolean =>
  a === undefined || b === undefined || a === b

const keyOf = (host: Host): string => (host.kind === 'ssh' ? `${host.user ?? ''}@${host.name}` : '')

/** What it is called, and where it is found: the inventory may know another address. */
function addressesOf(host: Host): readonly string[] {
  if (host.kind === 'local') return ['']
  const { name, address } = host
  const called = name === address ? name : (/^\[(.*)\]|^([^:]*):\d+$/.exec(name)?.slice(1).join('') ?? name)
  return called === address ? [called] : [called, address]
}
