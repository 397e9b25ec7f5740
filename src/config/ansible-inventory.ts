import type { Raw, RawMap, RawScalar } from './raw.ts'

/** Whether a document is what Ansible's dynamic inventories print: groups at the top, `_meta` beside them. */
export function isAnsible(raw: Raw): raw is RawMap {
  if (raw.kind !== 'map') return false
  const names = raw.entries.map(({ key }) => key.value)
  return names.includes('_meta') || !['v', 'hosts', 'roles'].some((name) => names.includes(name))
}

/**
 * Ansible's document as one of ours: groups are roles, children are members, `ansible_host`, `ansible_user` and
 * `ansible_port` are address, user and port. Every other variable that begins with `ansible_` is left out: they hold
 * passwords, options and paths.
 */
export function ofAnsible({ at, entries }: RawMap): RawMap {
  const groups = entries.filter(({ key }) => key.value !== '_meta')
  const names = new Set(groups.map(({ key }) => key.value))
  const meta = entries.find(({ key }) => key.value === '_meta')
  const hostvars = field(meta?.value, 'hostvars')
  const roles = groups.map(({ key, value }) => ({ key, value: roleOf(value, names) }))
  const hosts = entriesOf(hostvars).map(({ key, value }) => ({ key, value: hostOf(value) }))
  return map(at, [
    ['hosts', hostvars === undefined || hostvars.kind === 'map' ? map(at, hosts) : hostvars],
    ['roles', map(at, roles)],
  ])
}

const LOGIN: Readonly<Record<string, string>> = {
  ansible_host: 'address',
  ansible_ssh_host: 'address',
  ansible_user: 'user',
  ansible_ssh_user: 'user',
  ansible_port: 'port',
  ansible_ssh_port: 'port',
}

function roleOf(group: Raw, names: ReadonlySet<unknown>): Raw {
  if (group.kind !== 'map') return group
  const hosts = field(group, 'hosts') ?? list(group.at, [])
  const children = field(group, 'children') ?? list(group.at, [])
  if (hosts.kind !== 'list' || children.kind !== 'list') return hosts.kind === 'list' ? children : hosts
  // Ansible's own groups are named as children, whether they are there or not.
  const inner = children.items.filter((child) => child.kind !== 'scalar' || names.has(child.value))
  const members = [...hosts.items, ...inner.map(asRole)]
  const vars = field(group, 'vars')
  // Where a group is found has no meaning: its hosts are found in many places.
  const said = hostOf(vars ?? map(group.at, []))
  if (said.kind !== 'map') return said
  return map(group.at, [
    ['hosts', list(hosts.at, members)],
    ...said.entries.filter(({ key }) => key.value !== 'address'),
  ])
}

function hostOf(vars: Raw): Raw {
  if (vars.kind !== 'map') return vars
  const said = new Map<string, Entry>()
  const own: Entry[] = []
  for (const { key, value } of vars.entries) {
    const name = String(key.value)
    const login = Object.hasOwn(LOGIN, name) ? LOGIN[name] : undefined
    if (login !== undefined && !isNothing(value))
      said.set(login, entry(login, login === 'port' ? loosely(value) : value))
    if (!name.startsWith('ansible_')) own.push({ key, value })
  }
  return map(vars.at, [...said.values(), entry('vars', map(vars.at, own))])
}

type Entry = RawMap['entries'][number]

function field(raw: Raw | undefined, name: string): Raw | undefined {
  return entriesOf(raw).find(({ key, value }) => key.value === name && !isNothing(value))?.value
}

const entriesOf = (raw: Raw | undefined): readonly Entry[] => (raw?.kind === 'map' ? raw.entries : [])

const isNothing = (raw: Raw): boolean => raw.kind === 'scalar' && (raw.value === null || raw.value === '')

/** Ansible takes "22" for a port as well. */
const loosely = (raw: Raw): Raw => (raw.kind === 'scalar' ? { ...raw, loose: true } : raw)

const asRole = (raw: Raw): Raw => (raw.kind === 'scalar' ? { ...raw, value: `@${raw.value}` } : raw)

const list = (at: string, items: readonly Raw[]): Raw => ({ kind: 'list', at, items })

const map = (at: string, entries: readonly (Entry | readonly [string, Raw])[]): RawMap => ({
  kind: 'map',
  at,
  entries: entries.map((each) => ('key' in each ? each : entry(...each))),
})

const entry = (name: string, value: Raw): Entry => ({ key: word(name, value.at), value })

const word = (value: string, at: string): RawScalar => ({
  kind: 'scalar',
  at,
  value,
  source: value,
  loose: false,
})
