import { UsageError } from '../shell/index.ts'
import type { Variable } from './host.ts'
import type { HostEntry, Properties } from './known.ts'

/** What one role says of its hosts. */
export interface Said {
  readonly role: string
  readonly properties: Properties
  /** The roles within it: what they say is nearer to the host. */
  readonly inner: ReadonlySet<string>
}

/**
 * What holds for a host: what is said of itself, else what its roles say; a role within another is nearer. Of `env` and
 * `vars` each name counts by itself; what is settled elsewhere is left out. Throws a UsageError where two roles disagree, neither of which is within the other.
 */
export function agreed(
  host: string,
  said: readonly Said[],
  entry: HostEntry | undefined,
  settled: readonly string[],
): Properties {
  const own = new Map(factsOf(entry ?? {}).map((fact) => [fact.path, fact]))
  const byPath = new Map<string, { readonly fact: Fact; readonly by: Said }[]>()
  for (const by of said)
    for (const fact of factsOf(by.properties)) {
      if (own.has(fact.path) || settled.includes(fact.group)) continue
      const others = byPath.get(fact.path)
      if (others) others.push({ fact, by })
      else byPath.set(fact.path, [{ fact, by }])
    }
  const facts = [...own.values(), ...[...byPath.values()].map((claims) => nearest(host, claims))]
  return propertiesOf(facts.filter(({ group }) => !settled.includes(group)))
}

/** One value: `user`, or one name of `env` or `vars`. */
interface Fact {
  readonly path: string
  readonly group: keyof Properties
  readonly name: string
  readonly value: Variable
}

function factsOf({ env, vars, ...plain }: Properties & HostEntry): readonly Fact[] {
  const { user, port, gateway, keyFiles } = plain
  const single = { user, port, gateway, keyFiles }
  const several = (group: 'env' | 'vars', values: Properties['vars']) =>
    Object.entries(values ?? {}).map(([name, value]) => ({ path: `${group}.${name}`, group, name, value }))
  return [
    ...GROUPS.flatMap((group) => {
      const value = single[group]
      return value === undefined ? [] : [{ path: group, group, name: group, value }]
    }),
    ...several('env', env),
    ...several('vars', vars),
  ]
}

const GROUPS = ['user', 'port', 'gateway', 'keyFiles'] as const

function nearest(host: string, claims: readonly { readonly fact: Fact; readonly by: Said }[]): Fact {
  const near = claims.filter(({ by }) => !claims.some((other) => by.inner.has(other.by.role)))
  const [first, ...others] = near.length > 0 ? near : claims
  if (first === undefined) throw new Error('nobody said anything')
  const other = others.find(({ fact }) => !isSame(fact.value, first.fact.value))
  if (other === undefined) return first.fact
  const inWords = ({ fact, by }: typeof first) => `${by.role} (${shown(fact.value)})`
  throw new UsageError(
    `${host} is in the roles ${inWords(first)} and ${inWords(other)}: they disagree about ${first.fact.path}`,
    { hint: hintFor(first.fact, host) },
  )
}

const hintFor = ({ group }: Fact, host: string): string =>
  group === 'user'
    ? `say which:  -u NAME  or  NAME@${host}`
    : 'say it in one of them only, or make one a member of the other: the inner one wins'

const isSame = (a: Variable, b: Variable): boolean => JSON.stringify(a) === JSON.stringify(b)

function shown(value: Variable): string {
  const json = JSON.stringify(value)
  return json.length > 60 ? `${json.slice(0, 57)}...` : json
}

function propertiesOf(facts: readonly Fact[]): Properties {
  const of = (group: keyof Properties) => facts.filter((fact) => fact.group === group)
  const single = GROUPS.flatMap((group) => of(group).map(({ value }) => [group, value] as const))
  const several = (['env', 'vars'] as const).flatMap((group) => {
    const entries = of(group).map(({ name, value }) => [name, value] as const)
    return entries.length === 0 ? [] : [[group, Object.freeze(Object.fromEntries(entries))] as const]
  })
  // The values are put back where they were taken from.
  return Object.freeze(Object.fromEntries([...single, ...several])) as Properties
}
