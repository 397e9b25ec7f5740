import type { Variables } from './host.ts'

/** What the settings and the inventory program know of hosts. Every list of hosts is a selection in parts, see `parseSelection`. */
export interface KnownHosts {
  /** Used where neither hosts nor roles are asked for. */
  readonly hosts: readonly string[]
  readonly roles: Readonly<Record<string, readonly string[] | Role>>
  /** Roles whose hosts a program has named: this machine is not among them, be it by a role within or a wildcard. */
  readonly foreign?: ReadonlySet<string>
  /** Hosts that are in no role, for wildcards. */
  readonly others?: readonly string[]
  /** What is known of single hosts, by name; wins over roles. */
  readonly entries?: ReadonlyMap<string, HostEntry>
  /** Whom a host is logged in to as when nobody says. */
  readonly user?: string
  /** What was said on the command line, and wins over roles and entries. */
  readonly overruled?: readonly (keyof Properties)[]
}

/** What can be said of all hosts of a role; what is typed in a host string wins. */
export interface Properties {
  readonly user?: string
  readonly port?: number
  readonly gateway?: string
  /** Absolute paths on this machine. */
  readonly keyFiles?: readonly string[]
  /** Environment of every command. */
  readonly env?: Readonly<Record<string, string>>
  readonly vars?: Variables
}

/** A named list of hosts, and what holds for all of them. */
export interface Role extends Properties {
  readonly hosts: readonly string[]
}

/** What is known of one host. */
export interface HostEntry extends Properties {
  /** Where it is found, when not under its name. */
  readonly address?: string
}

/** The hosts of a role, as they were written down. */
export const membersOf = (role: readonly string[] | Partial<Role>): readonly string[] =>
  isList(role) ? role : (role.hosts ?? [])

/** What holds for the hosts of a role. */
export const propertiesOf = (role: readonly string[] | Role): Properties => (isList(role) ? {} : role)

const isList = (role: readonly string[] | Partial<Role>): role is readonly string[] => Array.isArray(role)
