import type { Settings } from '../../config/index.ts'

/** The hosts that settings name, and the roles as `@web`. */
export const knownHosts = (settings: Pick<Settings, 'hosts' | 'roles' | 'projects'>): readonly string[] => {
  const named = [
    ...settings.hosts,
    ...Object.values(settings.roles).flatMap((role) =>
      'hosts' in role ? (role.hosts ?? []) : (role as readonly string[]),
    ),
    ...Object.values(settings.projects).flatMap(({ hosts }) => hosts ?? []),
  ]
  return [...new Set([...named, ...knownRoles(settings).map((role) => `@${role}`), 'local'])]
}

/** The roles that settings name. */
export const knownRoles = ({ roles }: Pick<Settings, 'roles'>): readonly string[] => Object.keys(roles)
