import { didYouMean, TaskError, UsageError } from '../shell/index.ts'

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
  show = 'gachette stack show',
): readonly P[] {
  const lists = roles.flatMap((role) => (Object.hasOwn(members, role) ? [members[role] ?? []] : []))
  if (lists.length === 0) return packages
  const patterns = lists.flat().map(patternOf)
  const found = packages.filter(({ name }) => patterns.some((pattern) => pattern.test(name)))
  if (found.length > 0 || patterns.length === 0) return found
  throw new TaskError(
    `the stack has no ${lists.flat().join(', no ')}, which is all that its roles are to have`,
    {
      hint: `see  members  in the settings, and what is in the stack:  ${show}`,
    },
  )
}

/** Settings by name, and the hosts of a selection such as `@web`: what a TaskContext has as `setting`. */
export interface RoleLookup {
  (name: string): unknown
  /** Rejects with a UsageError for what names nothing. */
  readonly hosts?: (selection: readonly string[]) => Promise<readonly unknown[]>
}

/**
 * Refuses `members` of a role that nobody has: its hosts would have the whole stack. Roles are those of the settings and of
 * the inventory. Throws a UsageError.
 */
export async function refuseOddRoles(members: Members, setting: RoleLookup): Promise<void> {
  const roles = Object.keys((setting('roles') ?? {}) as object)
  for (const role of Object.keys(members)) {
    if (roles.includes(role) || (await isKnown(role, setting))) continue
    const meant = didYouMean(role, roles).hint
    throw new UsageError(
      `members names the role ${role}, and there is none${meant === undefined ? '' : `; ${meant}`}`,
      { hint: roles.length === 0 ? 'the settings define no roles' : `there are: ${roles.join(', ')}` },
    )
  }
}

/** Whether the inventory has it. */
async function isKnown(role: string, { hosts }: RoleLookup): Promise<boolean> {
  try {
    return hosts !== undefined && (await hosts([`@${role}`])) !== undefined
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}

const patternOf = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
