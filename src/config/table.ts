import { hosts, secret } from './kinds-of-lists.ts'
import { setting } from './setting.ts'
import { CONNECTING, RUNNING } from './table-of-hosts.ts'
import { BUILDING, PROJECT } from './table-of-packages.ts'

/** Settings that the user names: `roles.<name>`, `secrets.<name>`; of `projects.<name>` there are several, see PROJECT. */
export const NAMED = {
  roles: setting({
    kind: hosts,
    about: 'Hosts by role: run on them with -R, or write @role where a host may stand',
    example: '[web1, hero@web2:2222]',
  }),
  secrets: setting({
    kind: secret,
    about: "Secrets for your own tasks (a parameter's setting may name one); never shown",
    example: '"s3cret"',
  }),
}

/** The settings that are not inside a section. */
export const PLAIN = { ...CONNECTING, ...RUNNING, ...BUILDING }

/** The settings by subject, in the order of the guide. */
export const GROUPS = [
  ['How hosts are reached', CONNECTING],
  ['How tasks run', RUNNING],
  ['How packages are built, and where they are kept', BUILDING],
] as const

export { BUILDING, CONNECTING, PROJECT, RUNNING }
