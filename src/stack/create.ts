import { type Query, script, sh, TaskError, UsageError } from '../shell/index.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { parseStackName } from './name.ts'
import { base } from './shell/base.ts'
import { DESCRIBE } from './shell/describe.ts'
import { COMMIT, GENERATION } from './shell/generation.ts'
import { LAYOUT } from './shell/layout.ts'
import { FIND, FINISH, LOCK } from './shell/lock.ts'
import { MIGRATE } from './shell/migrate.ts'
import { NEXT_NAME } from './shell/next-name.ts'
import { newEditId, parseLogText, type Store } from './store.ts'

/** Which part of the highest version a new stack's name raises. */
export type Bump = 'patch' | 'minor' | 'major'

/** A new stack: of a name, or named by raising the highest version; empty, or a clone. */
export type NewStack = ({ readonly name: string } | { readonly bump: Bump }) & {
  readonly from?: string
  readonly why?: string
}

/** What `createStack` answers; a stack that was there already is left as it is. */
export interface CreatedStack {
  readonly name: string
  readonly existed: boolean
  /** Absent where the stack is a plain folder of 2013 that was left as it is. */
  readonly generation?: string
  readonly warnings: readonly string[]
}

/** Makes a stack; a clone is one new link, however large the stack. Without any version yet, a bump starts at 0.0.0. */
export function createStack(store: Store, stack: NewStack, id = newEditId()): Query<CreatedStack> {
  const name = 'name' in stack ? parseStackName(stack.name) : ''
  const bump = 'bump' in stack ? parseBump(stack.bump) : ''
  const from = stack.from === undefined ? '' : parseStackName(stack.from)
  const why = stack.why === undefined ? 'null' : JSON.stringify(parseLogText(stack.why))
  return {
    command: script(sh`${base(store)}
id=${id}
stack=${name}
from=${from}
bump=${bump}
why=${why}
${LOCK}
${FINISH}
${FIND}
${LAYOUT}
${DESCRIBE}
${GENERATION}
${COMMIT}
${MIGRATE}
${CREATE}`),
    parse(stdout) {
      const answer = parseAnswer(stdout)
      const [verb, values] = answer.first('created')
        ? ['created', answer.first('created')]
        : ['exists', answer.first('exists')]
      const [made, generation] = values ?? []
      if (made === undefined) throw new TaskError('the store did not say whether it made the stack')
      return {
        name: made,
        existed: verb === 'exists',
        ...(generation && { generation }),
        warnings: warningsOf(stdout),
      }
    },
    assumed: { name: name || `<next ${bump}>`, existed: false, warnings: [] },
    failed: refusal(store),
  }
}

/** What an edit wants people to know beside its result. */
export function warningsOf(stdout: string): readonly string[] {
  const answer = parseAnswer(stdout)
  return [
    ...answer
      .all('migrated')
      .map(([name]) => `stack ${name} was a plain folder; it is kept in .gachette/aside`),
    ...answer
      .all('kept-odd')
      .map(
        ([name, entry]) => `stack ${name}: packages/${entry} names no valid version; it is kept as it was`,
      ),
    ...answer
      .all('nfs')
      .map(() => 'the store is on NFS: its locks hold only as far as the NFS server keeps them'),
    ...answer.all('unlogged').map(() => 'the edit is done, but its line could not be added to the log'),
    ...answer.all('unsynced').map(() => 'the edit is done, but the disk did not confirm it'),
  ]
}

function parseBump(text: string): Bump {
  if (text === 'patch' || text === 'minor' || text === 'major') return text
  throw new UsageError(`bump is ${JSON.stringify(text)}; it must be patch, minor or major`)
}

const CREATE = sh`${NEXT_NAME}
leave_existing() {
  current=
  [ ! -L "$place" ] || current=$(readlink -- "$place")
  fact exists "$stack" "\${current##*/}"
  exit 0
}
# Whoever may not write is told so too.
[ -n "$bump" ] || ! find_stack "$stack" || leave_existing
begin
lock
finish
layout
if [ -n "$bump" ]; then stack=$(next_name) || unwritten name; fi
place=$stacks/$stack
if [ -e "$place" ] || [ -L "$place" ]; then leave_existing; fi
if [ -n "$from" ]; then
  clone=$stack
  stack=$from
  find_stack "$from" || die 72 no-stack "$from"
  migrate
  generation_of
  stack=$clone
  first_word "$root/gen/$domain/$current/.digest" || die 78 foreign-link "$place" "$current"
  digest=$word
else
  current=$stamp-$id
  : >"$scratch/lines" && : >"$scratch/pins" || unwritten lines
  sum_of "$scratch/lines"
  digest=$sum
  count=0
  make_generation '' "$current" create 9>&-
  settle_disk 9>&-
  publish "$current"
fi
must ln -sT "../../../.gachette/gen/$domain/$current" "$stacks/$stack"
origin=null
[ -z "$from" ] || origin="\"$from\""
record create "$current" null ",\"from\":$origin"
case $(stat -f -c %T -- "$meta") in nfs*) fact nfs ;; esac
fact created "$stack" "$current"`
