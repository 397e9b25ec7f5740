import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import type { Edit } from '../add.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import { type ChannelName, parseChannelName, parseStackName, type StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import { EDIT } from '../shell/edit.ts'
import { FIND, FINISH, LOCK } from '../shell/lock.ts'
import { LINK_TO } from '../shell/semver.ts'
import { SIGNED } from '../shell/signed.ts'
import { newEditId, type Store } from '../store.ts'
import type { ChannelPointer } from '../trust/index.ts'
import { warningsOf } from './edited.ts'
import { signedRequest, slotOf } from './records.ts'
import { type EditOptions, editScript } from './script.ts'

/** What a channel's next pointer must say. */
export interface StackToPromote {
  /** The bytes of the stack's freeze record. */
  readonly record: string
  /** The bytes of the pointer that holds now; absent for a new channel. */
  readonly pointer?: string
}

/** What promoting did: nothing where the pointer was there, and no signature is new. */
export interface Promoting {
  readonly change: 'promoted' | 'signed' | 'same'
  readonly warnings: readonly string[]
}

/** The freeze record of the stack, and where the channel leads to now. Fails where the stack is not frozen. */
export function stackToPromote(
  store: Store,
  { stack, channel }: { readonly stack: StackName; readonly channel: ChannelName },
  options: Pick<EditOptions, 'typed'> = {},
): Query<StackToPromote> {
  return {
    command: script(sh`${base(store)}
stack=${stack}
channel=${channel}
${LOCK}
${FINISH}
${FIND}
${EDIT}
${CHANNEL}
finish_if_left
judge_names
cat -- "$root/frozen/$domain/$stack.json"
newest=$(newest_pointer)
[ -z "$newest" ] || cat -- "$root/channels/$domain/$channel/$newest.json"`),
    parse(stdout) {
      const [record, pointer] = parseAnswer(stdout).json
      if (record === undefined) throw new TaskError('the store did not say what is to be promoted')
      return { record: `${record}\n`, ...(pointer !== undefined && { pointer: `${pointer}\n` }) }
    },
    assumed: { record: '' },
    failed: refusal(store, options.typed),
  }
}

/**
 * Publishes a channel's pointer with its signatures, and lets the link of old readers follow. Fails with StaleRecord where
 * the channel's number is not the one before it. The same pointer again adds signatures.
 */
export function promoteStack(
  store: Store,
  pointer: ChannelPointer & { readonly bytes: string },
  signatures: readonly string[] = [],
  options: Pick<EditOptions, 'why' | 'typed'> = {},
  id = newEditId(),
): Edit<Promoting> {
  const query: Query<Promoting> = {
    command: editScript(
      store,
      { ...options, stack: parseStackName(pointer.stack), id },
      sh`channel=${parseChannelName(pointer.channel)}
number=${pointer.number}
slot=${slotOf(pointer.number)}
before=${pointer.number > 1 ? slotOf(pointer.number - 1) : ''}
expected_digest=${pointer.digest}
${LINK_TO}
${SIGNED}
${CHANNEL}
${PROMOTE}`,
    ),
    parse(stdout) {
      const [change] = parseAnswer(stdout).first('pointed') ?? []
      if (change !== 'promoted' && change !== 'signed' && change !== 'same')
        throw new TaskError('the store did not say whether it promoted the stack')
      return { change, warnings: warningsOf(stdout) }
    },
    assumed: { change: 'promoted', warnings: [] },
    failed: refusal(store, options.typed),
  }
  return { query, stdin: signedRequest(pointer.bytes, signatures) }
}

/** Pointers are never removed, and their names sort as their numbers do. */
const CHANNEL = sh`newest_pointer() {
  newest=
  for each in "$root/channels/$domain/$channel"/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].json; do
    [ ! -f "$each" ] || newest=$each
  done
  newest=\${newest##*/}
  printf '%s\n' "\${newest%.json}"
}
judge_names() {
  ! is_channel "$stack" || die 78 channel "$stack" "$(readlink -- "$stacks/$stack")"
  find_stack "$stack" || no_stack "$stack"
  is_frozen "$stack" || die 80 unfrozen "$stack"
  is_channel "$channel" || { [ ! -e "$stacks/$channel" ] && [ ! -L "$stacks/$channel" ]; } || die 73 is-stack "$channel"
}`

const PROMOTE = sh`begin
to=channels/$domain/$channel
read_signed "$to" "$slot"
take_store
judge_names
generation_of
digest_of_current
digest=$word
digest_in "$root/frozen/$domain/$stack.json"
[ "$digest" = "$expected_digest" ] && [ "$word" = "$expected_digest" ] ||
  die 79 other-digest "$stack" "$digest" "$expected_digest"
newest=$(newest_pointer)
new=$ready/records/$to/$slot.json
if [ "$newest" = "$slot" ] && cmp -s -- "$new" "$root/$to/$slot.json"; then
  must rm -f -- "$new"
  if drop_known "$to" "$slot"; then state=signed; else state=same; fi
else
  [ "$newest" = "$before" ] || die 79 stale-channel "$channel" "$newest" "$before"
  link_to "$stack" "$channel"
  state=promoted
fi
if [ "$state" != same ]; then
  settle_disk 9>&-
  accept
  record promote "$current" null ",\"channel\":\"$channel\",\"number\":$number"
fi
if [ "$state" = promoted ] && [ -L "$meta/dists/$domain/$channel" ]; then fact suite-behind "$channel" "$domain"; fi
fact pointed "$state"`
