import { type Query, sh, TaskError, UsageError } from '../shell/index.ts'
import { warningsOf } from './edit/edited.ts'
import { type EditOptions, editScript } from './edit/script.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { parseReadName, parseStackName } from './name.ts'
import { NEXT_NAME } from './shell/next-name.ts'
import { STANDING } from './shell/standing.ts'
import { newEditId, type Store } from './store.ts'

/** Which part of the highest version a new stack's name raises. */
export type Bump = 'patch' | 'minor' | 'major'

/**
 * A new stack: of a name, or named by raising the highest version; empty, or a clone. The generation that is expected is
 * that of the stack to clone.
 */
export type NewStack = ({ readonly name: string } | { readonly bump: Bump }) &
  EditOptions & {
    /** A stack, or `latest` or a channel: the frozen stack that it leads to. */
    readonly from?: string
    /** A stack of this name that is there already, and is at another generation, is refused. */
    readonly mustBeNew?: boolean
  }

/** What `createStack` answers; a stack that was there already is left as it is. */
export interface CreatedStack {
  readonly name: string
  readonly existed: boolean
  /** Absent where the stack is a plain folder of 2013 that was left as it is. */
  readonly generation?: string
  /** The stack it is a clone of: where `latest` or a channel was to be cloned, the one that it leads to. */
  readonly from?: string
  readonly warnings: readonly string[]
}

/** Makes a stack; a clone is one new link, however large the stack. Without any version yet, a bump starts at 0.0.0. */
export function createStack(store: Store, stack: NewStack, id = newEditId()): Query<CreatedStack> {
  const name = 'name' in stack ? parseStackName(stack.name) : ''
  const bump = 'bump' in stack ? parseBump(stack.bump) : ''
  const from = stack.from === undefined ? '' : parseReadName(stack.from)
  return {
    command: editScript(
      store,
      { ...stack, stack: name, id },
      sh`from=${from}
bump=${bump}
new=${stack.mustBeNew ? 'yes' : ''}
${NEXT_NAME}
${STANDING}
${CREATE}`,
    ),
    parse(stdout) {
      const answer = parseAnswer(stdout)
      const [verb, values] = answer.first('created')
        ? ['created', answer.first('created')]
        : ['exists', answer.first('exists')]
      const [made, generation, from] = values ?? []
      if (made === undefined) throw new TaskError('the store did not say whether it made the stack')
      return {
        name: made,
        existed: verb === 'exists',
        ...(generation && { generation }),
        ...(from && { from }),
        warnings: warningsOf(stdout),
      }
    },
    assumed: { name: name || `<next ${bump}>`, existed: false, ...(from && { from }), warnings: [] },
    failed: refusal(store, stack.typed),
  }
}

function parseBump(text: string): Bump {
  if (text === 'patch' || text === 'minor' || text === 'major') return text
  throw new UsageError(`bump is ${JSON.stringify(text)}; it must be patch, minor or major`)
}

const CREATE = sh`leave_existing() {
  current=
  [ ! -L "$place" ] || current=$(readlink -- "$place")
  fact exists "$stack" "\${current##*/}" \${new:+"$from"}
  exit 0
}
source_of() {
  clone=$stack
  stack=$from
  follow_released
  from=$stack
  find_stack "$from" || no_stack "$from"
  migrate
  generation_of
  expect_generation
  stack=$clone
  place=$stacks/$stack
}
# Whatever latest or a channel leads to now is what is cloned, and recorded.
follow_released() {
  [ "$stack" = latest ] || is_channel "$stack" || return 0
  follow_alias
  [ "$stack" != "$from" ] || no_stack "$from"
  is_frozen "$stack" || die 80 unfrozen "$stack"
}
refuse_channel() { ! is_channel "$stack" || die 73 is-channel "$stack"; }
# Whoever may not write is told so too.
if [ -z "$bump" ]; then
  refuse_channel
  [ -n "$new" ] || ! find_stack "$stack" || leave_existing
fi
begin
take_store
if [ -n "$bump" ]; then stack=$(next_name) || unwritten name; fi
refuse_channel
place=$stacks/$stack
if [ -e "$place" ] || [ -L "$place" ]; then
  [ -n "$new" ] || leave_existing
  source_of
  [ "$place" -ef "$root/gen/$domain/$current" ] || die 73 exists "$stack" "$from"
  leave_existing
fi
if [ -n "$from" ]; then
  source_of
  digest_of_current
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
fact created "$stack" "$current" \${from:+"$from"}`
