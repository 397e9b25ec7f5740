import {
  askProgram,
  Inventory,
  type KnownHosts,
  type Properties,
  programName,
  type Role,
} from '../inventory/index.ts'
import { type InventoryText, readInventory } from './inventory-text.ts'
import type { RoleSettings } from './kinds-of-hosts.ts'
import type { LoadedSettings } from './load.ts'
import type { Environment } from './variables.ts'

/** Keeps what an inventory program has printed, for a while. */
export interface InventoryKeeper {
  /** What it printed at most so long ago; undefined: it is to be asked. */
  readonly read: (words: readonly string[], maxAgeMs: number) => string | undefined
  readonly write: (words: readonly string[], text: string) => void
}

export interface InventoryOptions {
  readonly env: Environment
  readonly signal?: AbortSignal | undefined
  readonly keeper?: InventoryKeeper | undefined
}

/**
 * All that the settings and the inventory program know of hosts. Runs the program, or takes what it said a moment ago.
 * Rejects with a SettingsError where it fails or says what makes no sense, or with a CancelledError.
 */
export async function openInventory(loaded: LoadedSettings, options: InventoryOptions): Promise<Inventory> {
  const { inventory } = loaded.settings
  const text = inventory.length === 0 ? undefined : await printedBy(inventory, loaded, options)
  return new Inventory(knownHosts(loaded, text))
}

/** What the settings alone know of hosts, for those who cannot wait for a program. */
export const settingsInventory = (loaded: LoadedSettings): Inventory =>
  new Inventory(knownHosts(loaded, undefined))

/** Only what can be read is kept, and so an answer that was kept can be read. */
async function printedBy(
  words: readonly string[],
  { settings, projectDir: cwd }: LoadedSettings,
  { env, signal, keeper }: InventoryOptions,
): Promise<InventoryText> {
  const maxAgeMs = settings.inventory_cache * 1000
  const kept = maxAgeMs > 0 ? keeper?.read(words, maxAgeMs) : undefined
  const timeoutMs = settings.inventory_timeout * 1000
  const printed = kept ?? (await askProgram({ words, cwd, env, timeoutMs, signal }))
  const read = readInventory(printed, programName(words))
  if (kept === undefined && maxAgeMs > 0) keeper?.write(words, printed)
  return read
}

function knownHosts({ settings, originOf }: LoadedSettings, text: InventoryText | undefined): KnownHosts {
  const roles: Record<string, Role> = Object.create(null)
  for (const [name, role] of text?.roles ?? []) roles[name] = asRole(role)
  for (const [name, role] of Object.entries(settings.roles)) roles[name] = merged(roles[name], role)
  const { hosts, user } = settings
  const foreign = [...(text?.roles.keys() ?? [])].filter((name) => !namesHosts(settings.roles[name]))
  return {
    hosts,
    roles,
    foreign: new Set(foreign),
    others: text?.hosts ?? [],
    entries: text?.entries ?? new Map(),
    overruled: FLAGS.filter(([, key]) => originOf(key).startsWith('--')).map(([name]) => name),
    ...(user === undefined ? {} : { user }),
  }
}

/** What stands for a property on the command line. */
const FLAGS = [
  ['user', 'user'],
  ['port', 'port'],
  ['gateway', 'gateway'],
  ['keyFiles', 'key_filename'],
] as const satisfies readonly (readonly [keyof Properties, string])[]

/** Settings are nearer than the inventory; a role of theirs that names no hosts takes them from there. */
function merged(known: Role | undefined, role: readonly string[] | RoleSettings): Role {
  const near = asRole(role)
  if (known === undefined) return near
  const { env, vars } = known
  return {
    ...known,
    ...near,
    hosts: namesHosts(role) ? near.hosts : known.hosts,
    env: { ...env, ...near.env },
    vars: { ...vars, ...near.vars },
  }
}

function asRole(role: readonly string[] | RoleSettings): Role {
  if (!isMap(role)) return { hosts: role }
  const { hosts = [], key_filename: keyFiles, ...others } = role
  return { ...others, hosts, ...(keyFiles === undefined ? {} : { keyFiles }) }
}

const namesHosts = (role: readonly string[] | RoleSettings | undefined): boolean =>
  role !== undefined && (!isMap(role) || role.hosts !== undefined)

const isMap = (role: readonly string[] | RoleSettings): role is RoleSettings => !Array.isArray(role)
