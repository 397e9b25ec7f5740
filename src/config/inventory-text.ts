import type { HostEntry } from '../inventory/index.ts'
import { SettingsError } from '../shell/index.ts'
import { isAnsible, ofAnsible } from './ansible-inventory.ts'
import type { Reading } from './kinds.ts'
import { foreignHosts, foreignRole, hostEntry, hostName, type RoleSettings } from './kinds-of-hosts.ts'
import { entriesOf } from './kinds-of-maps.ts'
import { didYouMean } from './nearest.ts'
import { asWord, type Problem, settingsError } from './problem.ts'
import { nameOf, type Raw, rawOfJson } from './raw.ts'

/** What an inventory program has answered, checked. */
export interface InventoryText {
  /** Hosts it names besides those of `roles`. */
  readonly hosts: readonly string[]
  readonly roles: ReadonlyMap<string, readonly string[] | RoleSettings>
  /** What it says of single hosts, by name. */
  readonly entries: ReadonlyMap<string, HostEntry>
}

/**
 * Reads the JSON an inventory program prints, ours (docs/hosts.md) or Ansible's. `source` names the program in messages.
 * Throws one SettingsError with every problem, each with the way to it.
 */
export function readInventory(text: string, source: string): InventoryText {
  const problems: Problem[] = []
  const raw = rawOfJson(parsed(text, source), '')
  if (raw === undefined) throw new SettingsError(`${source}: its answer is nested too deeply`)
  const reading: Reading = {
    name: 'the answer',
    folder: '/',
    home: '/',
    wrong(at, what, hint) {
      problems.push({ where: at === '' ? source : `${source}: ${at}`, what, hint })
    },
  }
  const read = ownInventory(isAnsible(raw) ? ofAnsible(raw) : raw, reading)
  const [first, ...others] = problems
  if (first !== undefined) throw settingsError([first, ...others], 'the inventory')
  return read
}

function parsed(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new SettingsError(
      `${source}: its answer is no JSON: ${error instanceof Error ? error.message : ''}`,
      {
        hint:
          text.trim() === '' ? 'it printed nothing' : 'what it prints on stdout is to be one JSON document',
      },
    )
  }
}

/** Programs and clouds name groups more freely than people do. */
const ROLE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._+~:/-]{0,199}$/
const FIELDS = ['v', 'hosts', 'roles']

function ownInventory(raw: Raw, reading: Reading): InventoryText {
  const [hosts, roles, entries] = [
    [] as string[],
    new Map<string, readonly string[] | RoleSettings>(),
    new Map<string, HostEntry>(),
  ]
  for (const [name, value, key] of entriesOf(raw, 'a map of hosts and roles', reading) ?? []) {
    if (name === 'hosts') readHosts(value)
    else if (name === 'roles') readRoles(value)
    else if (name !== 'v')
      reading.wrong(key.at, `${asWord(name)} is no part of an inventory`, didYouMean(name, FIELDS))
    else if (value.kind !== 'scalar' || value.value !== 1)
      reading.wrong(value.at, `v is the version of the format, 1, not ${nameOf(value)}`)
  }
  return { hosts, roles, entries }

  function readHosts(value: Raw) {
    if (value.kind !== 'map') {
      hosts.push(...(foreignHosts.read(value, { ...reading, name: 'hosts' }) ?? []))
      return
    }
    for (const entry of value.entries) {
      const name = hostName.read(entry.key, { ...reading, name: 'a key of hosts' })
      const said = entry.value
      if (name === undefined) continue
      const isBare = said.kind === 'scalar' && said.value === null
      entries.set(name, isBare ? {} : (hostEntry.read(said, { ...reading, name: `hosts.${name}` }) ?? {}))
    }
  }

  function readRoles(value: Raw) {
    for (const [name, members, key] of entriesOf(value, 'a map of roles', { ...reading, name: 'roles' }) ??
      []) {
      const held = foreignRole.read(members, { ...reading, name: `roles.${asWord(name)}` })
      if (!ROLE_NAME.test(name) || name in Object.prototype)
        reading.wrong(key.at, `no role can have the name ${asWord(name)}`)
      else if (held !== undefined) roles.set(name, held)
    }
  }
}
