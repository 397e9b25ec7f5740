import type { Settings } from '../../config/index.ts'
import { expandRanges, membersOf, parseSelection } from '../../inventory/index.ts'

/** The hosts that settings name, one by one, and the roles as `@web`. */
export const knownHosts = (settings: Pick<Settings, 'hosts' | 'roles' | 'projects'>): readonly string[] => {
  const named = [
    ...settings.hosts,
    ...Object.values(settings.roles).flatMap(membersOf),
    ...Object.values(settings.projects).flatMap(({ hosts }) => hosts ?? []),
  ]
  const hosts = named
    .flatMap(parseSelection)
    .filter(({ operation, word }) => operation === ',' && !/^@|[*?]/.test(word))
    .flatMap(({ word }) => expandRanges(word))
  return [...new Set([...hosts, ...knownRoles(settings).map((role) => `@${role}`), 'local'])]
}

/** The roles that settings name. */
export const knownRoles = ({ roles }: Pick<Settings, 'roles'>): readonly string[] => Object.keys(roles)
