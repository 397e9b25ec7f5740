import { TaskError } from '../shell/index.ts'

/** Which packages of a stack the hosts of each role have: role → names, with `*` and `?`. */
export type Members = Readonly<Record<string, readonly string[]>>

/**
 * The packages a host of these roles has: those of all its roles that say which; a host in no such role has them all.
 * Throws a TaskError where its roles say some, and the stack has none of them: that is a slip, and not to be empty.
 */
export function membersOf<P extends { readonly name: string }>(
  packages: readonly P[],
  roles: readonly string[],
  members: Members,
): readonly P[] {
  const lists = roles.flatMap((role) => (Object.hasOwn(members, role) ? [members[role] ?? []] : []))
  if (lists.length === 0) return packages
  const patterns = lists.flat().map(patternOf)
  const found = packages.filter(({ name }) => patterns.some((pattern) => pattern.test(name)))
  if (found.length > 0 || patterns.length === 0) return found
  throw new TaskError(
    `the stack has no ${lists.flat().join(', no ')}, which is all that its roles are to have`,
    {
      hint: 'see  members  in the settings, and what is in the stack:  gachette stack show',
    },
  )
}

const patternOf = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
