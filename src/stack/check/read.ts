import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import { object } from '../manifest.ts'
import type { StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import { FIND, FINISH, LOCK } from '../shell/lock.ts'
import { STANDING } from '../shell/standing.ts'
import { newEditId, type Store } from '../store.ts'
import type { SharedPaths, StackFinding } from './finding.ts'
import type { PackageToCheck } from './member.ts'
import { CONTENTS } from './shell/contents.ts'
import { MEMBERS } from './shell/members.ts'
import { OVERLAPS } from './shell/overlaps.ts'

/** What a check reads of a stack, in one round trip. */
export interface StackToCheck {
  /** The stack itself, where an alias was named. */
  readonly name: string
  readonly generation: string
  readonly digest: string
  readonly packages: readonly PackageToCheck[]
  readonly files: readonly SharedPaths[]
  /** The .debs that are gone, damaged, or of other bytes than those that are pinned. */
  readonly unreadable: readonly StackFinding[]
}

/**
 * Reads the control fields of all members and the paths they share. Which paths a .deb holds is read once, and kept by
 * its digest; which of them clash is kept by that of the stack.
 */
export const readStackToCheck = (
  store: Store,
  name: StackName,
  typed?: string,
  id = newEditId(),
): Query<StackToCheck> => ({
  command: script(sh`${base(store)}
id=${id}
stack=${name}
${LOCK}
${FINISH}
${FIND}
${STANDING}
${MEMBERS}
${CONTENTS}
${OVERLAPS}
${READ}`),
  parse: parseRead,
  assumed: { name, generation: '', digest: '', packages: [], files: [], unreadable: [] },
  failed: refusal(store, typed),
})

function parseRead(stdout: string): StackToCheck {
  const { first, all, json } = parseAnswer(stdout)
  const [name, generation, digest] = first('stack') ?? []
  if (!name || !generation || !digest) throw new TaskError('the store did not say what the stack holds')
  const members = json.map(memberOf)
  const byFile = new Map(members.map(({ file, member }) => [file, member.pin]))
  const unreadable = Object.entries(UNREADABLE).flatMap(([fact, why]) =>
    all(fact).flatMap(([file = '']): StackFinding[] => {
      const pin = byFile.get(file)
      if (pin === undefined) return []
      const message = `${pin.name} ${pin.version}: debs/${file} ${why}`
      return [{ type: 'unreadable', package: pin.name, version: pin.version, message }]
    }),
  )
  const files = all('overlap').map(([count, owners = '', ...paths]) => ({
    owners: owners.split(' '),
    count: Number(count),
    paths,
  }))
  return { name, generation, digest, packages: members.map(({ member }) => member), files, unreadable }
}

const UNREADABLE = {
  'wrong-bytes': 'is gone, or has other bytes than those that are pinned',
  'no-contents': 'is no package that dpkg-deb can unpack',
}

function memberOf(line: string): { readonly file: string; readonly member: PackageToCheck } {
  const { name, version, architecture, file, control } = object(line)
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const pin = { name: text(name), version: text(version) }
  return {
    file: text(file),
    member: {
      pin: architecture ? { ...pin, architecture: text(architecture) } : pin,
      control: control === null ? undefined : textFields(control),
    },
  }
}

const textFields = (control: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(control ?? {}).filter(([, value]) => typeof value === 'string'))

const READ = sh`trap 'rm -rf -- \${scratch:+"$scratch"} \${made:+"$made" "$made.wrong"}' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
finish_if_left
follow_alias
find_stack "$stack" || die 72 unknown-stack "$stack"
[ -L "$place" ] || die 78 plain-stack "$stack"
generation_of
first_word "$root/gen/$domain/$current/.digest" || die 78 foreign-link "$place" "$current"
digest=$word
scratch=$(mktemp -d) || unwritten mktemp
fact stack "$stack" "$current" "$digest"
list_members
overlaps`
