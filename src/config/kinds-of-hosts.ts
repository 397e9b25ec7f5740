import { parseHost, parseSelection } from '../inventory/index.ts'
import { UsageError } from '../shell/index.ts'
import { type Kind, plainText } from './kinds.ts'
import { hosts } from './kinds-of-lists.ts'
import { environment, mapOf, type Read, variables } from './kinds-of-maps.ts'
import { nameOf } from './raw.ts'
import { CONNECTING } from './table-of-hosts.ts'

const { user, port, gateway, key_filename } = CONNECTING

const LOGIN = { user: user.kind, port: port.kind, gateway: gateway.kind }
const ABOUT = { env: environment, vars: variables }

/** A role as a map: its hosts, and what holds for all of them. Without `hosts`, the inventory names them. */
export type RoleSettings = Read<typeof roleMap>

const roleMap = mapOf('a map of hosts, user, port, gateway, key_filename, env and vars', {
  hosts,
  ...LOGIN,
  key_filename: key_filename.kind,
  ...ABOUT,
})

/** A list of hosts, or a map of them and their properties. */
export const role: Kind<readonly string[] | RoleSettings> = {
  what: 'a list of hosts, or a map of hosts, user, port, gateway, key_filename, env and vars',
  read: (raw, reading) => (raw.kind === 'map' ? roleMap : hosts).read(raw, reading),
}

const FOREIGN = 'a list of hosts, or a map of hosts, user, port, gateway, env and vars'

/** Hosts as a program may name them: this machine is not among them. */
export const foreignHosts: Kind<readonly string[]> = {
  what: hosts.what,
  read(raw, reading) {
    const read = hosts.read(raw, reading)
    if (!read?.some((entry) => parseSelection(entry).some(({ word }) => word === 'local'))) return read
    return reading.wrong(raw.at, `${reading.name}: local is this machine, which no inventory can name`)
  },
}

const foreignRoleMap = mapOf(FOREIGN, { hosts: foreignHosts, ...LOGIN, ...ABOUT })

/** What an inventory program may say of a role: paths on this machine are not for it to name. */
export const foreignRole: Kind<readonly string[] | RoleSettings> = {
  what: FOREIGN,
  read: (raw, reading) => (raw.kind === 'map' ? foreignRoleMap : foreignHosts).read(raw, reading),
}

/** The name of one host, without user, ranges and wildcards; not `local`. */
export const hostName: Kind<string> = {
  what: 'the name of a host',
  read(raw, reading) {
    const value = plainText(raw, this.what, reading)
    if (value === undefined) return undefined
    try {
      const host = parseHost(value)
      if (host.kind === 'ssh' && host.user === undefined) return value
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
    }
    return reading.wrong(raw.at, `${reading.name} is ${this.what}, not ${nameOf(raw)}`)
  },
}

/** What an inventory program may say of one host. */
export const hostEntry = mapOf('a map of address, user, port, gateway, env and vars', {
  address: hostName,
  ...LOGIN,
  ...ABOUT,
})
