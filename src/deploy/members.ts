/** Which packages of a stack the hosts of each role have: role → names, with `*` and `?`. */
export type Members = Readonly<Record<string, readonly string[]>>

/**
 * The packages a host of these roles has: those of all its roles that say which; a host in no such role has them all.
 */
export function membersOf<P extends { readonly name: string }>(
  packages: readonly P[],
  roles: readonly string[],
  members: Members,
): readonly P[] {
  const lists = roles.flatMap((role) => (Object.hasOwn(members, role) ? [members[role] ?? []] : []))
  if (lists.length === 0) return packages
  const patterns = lists.flat().map(patternOf)
  return packages.filter(({ name }) => patterns.some((pattern) => pattern.test(name)))
}

const patternOf = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
