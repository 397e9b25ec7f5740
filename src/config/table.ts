import { role } from './kinds-of-hosts.ts'
import { secret } from './kinds-of-secrets.ts'
import { setting } from './setting.ts'
import { CONNECTING, RUNNING } from './table-of-hosts.ts'
import { INVENTORY } from './table-of-inventory.ts'
import { BUILDING, PROJECT } from './table-of-packages.ts'
import { members, STACKS } from './table-of-stacks.ts'

/**
 * Settings that the user names: `roles.<name>`, `members.<role>`, `secrets.<name>`; of `projects.<name>` there are several,
 * see PROJECT.
 */
export const NAMED = {
  roles: setting({
    kind: role,
    about:
      'Hosts by role: run on them with -R, or write @role where a host may stand. As a map, a role says what holds for its hosts, too: {hosts: ["db[1-3]"], user: postgres, vars: {…}}',
    example: '[web1, hero@web2:2222, "web[03-20]"]',
  }),
  members,
  secrets: setting({
    kind: secret,
    about: "Secrets for your own tasks (a parameter's setting may name one); never shown",
    example: '"s3cret"',
  }),
}

/** The settings that are not inside a section. */
export const PLAIN = { ...CONNECTING, ...INVENTORY, ...RUNNING, ...BUILDING, ...STACKS }

/** The settings by subject, in the order of the guide. */
export const GROUPS = [
  ['How hosts are reached', CONNECTING],
  ['Where hosts come from', INVENTORY],
  ['How tasks run', RUNNING],
  ['How packages are built, and where they are kept', BUILDING],
  ['How stacks are signed and deployed', STACKS],
] as const

export { BUILDING, CONNECTING, INVENTORY, PROJECT, RUNNING, STACKS }
