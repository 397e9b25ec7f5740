import { type Query, sh, TaskError } from '../../shell/index.ts'
import type { Edit } from '../add.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import { parseGeneration } from '../manifest.ts'
import { parseStackName, type StackName } from '../name.ts'
import { LATEST, LINK_TO } from '../shell/semver.ts'
import { SIGNED } from '../shell/signed.ts'
import { WRITTEN } from '../shell/written.ts'
import { newEditId, type Store } from '../store.ts'
import type { FreezeRecord } from '../trust/index.ts'
import { warningsOf } from './edited.ts'
import { signedRequest } from './records.ts'
import { type EditOptions, editScript } from './script.ts'

/** What is to be frozen. */
export interface StackToFreeze {
  readonly generation: string
  readonly digest: string
  /** Packages. */
  readonly count: number
  /** The bytes of its freeze record, where it is frozen already. */
  readonly record?: string
  readonly warnings: readonly string[]
}

/** What freezing did: nothing where it was frozen, and no signature is new. */
export interface Freezing {
  readonly change: 'frozen' | 'signed' | 'same'
  /** Where `latest` leads to now, if that has moved it. */
  readonly latest?: string
  readonly warnings: readonly string[]
}

/** What a freeze record of the stack must say. A plain folder of 2013 becomes a generation by being asked. */
export function stackToFreeze(
  store: Store,
  stack: StackName,
  options: EditOptions = {},
  id = newEditId(),
): Query<StackToFreeze> {
  return {
    command: editScript(
      store,
      { ...options, stack, id },
      sh`finish_if_left
find_stack "$stack" || no_stack "$stack"
if is_plain; then
  begin
  take_stack any
else
  generation_of
  expect_generation
fi
head -n 1 -- "$root/gen/$domain/$current/.manifest.json"
[ ! -f "$root/frozen/$domain/$stack.json" ] || cat -- "$root/frozen/$domain/$stack.json"`,
    ),
    parse: parseToFreeze,
    assumed: { generation: '', digest: '', count: 0, warnings: [] },
    failed: refusal(store, options.typed),
  }
}

function parseToFreeze(stdout: string): StackToFreeze {
  const [head, record] = parseAnswer(stdout).json
  if (head === undefined) throw new TaskError('the store did not say what is to be frozen')
  const { generation, digest, count } = parseGeneration(head)
  return {
    generation,
    digest,
    count,
    ...(record !== undefined && { record: `${record}\n` }),
    warnings: warningsOf(stdout),
  }
}

/**
 * Publishes a freeze record with its signatures, and moves `latest`. Fails with StaleGeneration where the stack is no
 * longer at the record's generation, with StaleRecord where another record is there. The same record again adds signatures.
 */
export function freezeStack(
  store: Store,
  record: FreezeRecord & { readonly bytes: string },
  signatures: readonly string[] = [],
  options: Pick<EditOptions, 'why' | 'typed'> = {},
  id = newEditId(),
): Edit<Freezing> {
  const query: Query<Freezing> = {
    command: editScript(
      store,
      { ...options, expectGeneration: record.generation, stack: parseStackName(record.stack), id },
      sh`expected_digest=${record.digest}
${WRITTEN}
${LINK_TO}
${LATEST}
${SIGNED}
${FREEZE}`,
    ),
    parse(stdout) {
      const [change, latest] = parseAnswer(stdout).first('froze') ?? []
      if (change !== 'frozen' && change !== 'signed' && change !== 'same')
        throw new TaskError('the store did not say whether it froze the stack')
      return { change, ...(latest && { latest }), warnings: warningsOf(stdout) }
    },
    assumed: { change: 'frozen', warnings: [] },
    failed: refusal(store, options.typed),
  }
  return { query, stdin: signedRequest(record.bytes, signatures) }
}

const FREEZE = sh`begin
read_signed "frozen/$domain" "$stack"
take_stack any
digest_of_current
digest=$word
latest=
new=$ready/records/frozen/$domain/$stack.json
old=$root/frozen/$domain/$stack.json
if [ -f "$old" ]; then
  cmp -s -- "$new" "$old" || die 79 stale-freeze "$stack"
  must rm -f -- "$new"
  if drop_known "frozen/$domain" "$stack"; then state=signed; else state=same; fi
else
  [ "$digest" = "$expected_digest" ] || die 79 other-digest "$stack" "$digest" "$expected_digest"
  scan_written 9>&-
  refuse_written
  link_latest
  state=frozen
fi
if [ "$state" != same ]; then
  settle_disk 9>&-
  accept
  record freeze "$current" null ''
fi
if [ -n "$latest" ] && [ -L "$meta/dists/$domain/latest" ]; then fact suite-behind latest "$domain"; fi
fact froze "$state" "$latest"`
