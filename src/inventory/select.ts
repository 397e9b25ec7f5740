import { didYouMean, printable, UsageError } from '../shell/index.ts'
import type { Host } from './host.ts'
import { parseHost, showHost } from './parse-host.ts'

/** Which hosts somebody asks for. Each entry is a comma list as typed: `web1,root@web2:22,@db`. */
export interface HostRequest {
  readonly hosts: readonly string[]
  readonly roles: readonly string[]
  readonly exclude: readonly string[]
}

/** What the settings know of hosts; entries of both may name roles: `@web`. */
export interface KnownHosts {
  /** Used where neither hosts nor roles are asked for. */
  readonly hosts: readonly string[]
  readonly roles: Readonly<Record<string, readonly string[]>>
}

/**
 * The hosts of a run, in the order they were named, each once. Throws a UsageError for what is no host and for a role
 * nobody defined; an empty list is the caller's to judge.
 */
export function selectHosts(request: HostRequest, known: KnownHosts): Host[] {
  const asked = [
    ...request.hosts,
    ...request.roles.flatMap(words).map((role) => `@${role.replace(/^@/, '')}`),
  ]
  const chosen = expand(asked.length > 0 ? asked : known.hosts, known, [])
  const excluded = expand(request.exclude, known, [])
  const unique = new Map(chosen.map((host) => [showHost(host), host]))
  return [...unique.values()].filter((host) => !excluded.some((each) => covers(each, host)))
}

function expand(entries: readonly string[], known: KnownHosts, above: readonly string[]): Host[] {
  return entries.flatMap(words).flatMap((word) => {
    if (!word.startsWith('@')) return parseHost(word)
    const role = word.slice(1)
    if (above.includes(role))
      throw new UsageError(`role ${role} contains itself: ${[...above, role].join(' > ')}`)
    return expand(membersOf(role, known), known, [...above, role])
  })
}

function membersOf(role: string, { roles }: KnownHosts): readonly string[] {
  const members = Object.hasOwn(roles, role) ? roles[role] : undefined
  if (members) return members
  const names = Object.keys(roles)
  const near = didYouMean(role, names)
  throw new UsageError(`there is no role ${printable(role)}`, {
    hint: near.hint ?? (names.length > 0 ? `there are: ${names.join(', ')}` : 'the settings define no roles'),
  })
}

/** Whether an excluded host means this one: what it leaves out (user, port), it leaves open. */
function covers(excluded: Host, host: Host): boolean {
  if (excluded.kind === 'local' || host.kind === 'local') return excluded.kind === host.kind
  return (
    excluded.address === host.address &&
    (excluded.user === undefined || excluded.user === host.user) &&
    (excluded.port === undefined || excluded.port === host.port)
  )
}

const words = (list: string): string[] =>
  list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
