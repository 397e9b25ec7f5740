import type { Host, HostRequest } from '../../inventory/index.ts'
import type { SettingLookup } from '../../task/index.ts'
import { openScript, type ScriptOptions } from './script.ts'

/** Which hosts somebody means, as selections: the fields of a `RunOrder` that name hosts. */
export interface Selected {
  /** As after `-H`: `['web[01-20]', '@db', '!web07']`. Without any: those of the settings. */
  readonly hosts?: readonly string[]
  /** Left out of all that is named. */
  readonly exclude?: readonly string[]
  /** Only these of all that is named. */
  readonly limit?: readonly string[]
}

/** Where a program looks for settings, and what wins over them: the part of `ScriptOptions` that says so. */
export type FindOptions = Pick<ScriptOptions, 'settings' | 'cwd' | 'configFile' | 'signal'>

/**
 * The hosts of a selection in the order they were named, each once, with roles and properties: what `gachette hosts`
 * shows. Runs the inventory program where the settings name one; connects to nothing. Rejects with a SettingsError, or a
 * UsageError for what is no host and for a role nobody defined. The rules: docs/hosts.md.
 */
export async function findHosts(selected: Selected & FindOptions = {}): Promise<readonly Host[]> {
  const { inventory } = await openScript(selected)
  return (await inventory()).select(requestOf(selected))
}

/**
 * The settings that hold in a folder, found as the command line finds them: by dotted name, and with `all()` each with
 * its place, as `gachette show_config` has them. Secrets are `Secret`s. Rejects with one SettingsError that has every
 * problem of every file.
 */
export async function findSettings(where: FindOptions = {}): Promise<SettingLookup> {
  return (await openScript(where)).setting
}

/** What is said of hosts in a program as the command line would say it. */
export const requestOf = ({ hosts = [], exclude = [], limit = [] }: Selected): HostRequest => ({
  hosts,
  roles: [],
  exclude,
  limit,
})
