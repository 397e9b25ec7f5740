import type { Remote } from '../../task/context.ts'
import type { ChannelName, StackName } from '../name.ts'
import type { Store } from '../store.ts'
import {
  type ChannelPointer,
  type FreezeRecord,
  parseChannelPointer,
  parseFreezeRecord,
} from '../trust/index.ts'
import { type Freezing, freezeStack, stackToFreeze } from './freeze.ts'
import { type Promoting, promoteStack, type StackToPromote, stackToPromote } from './promote.ts'
import { channelPointer, freezeRecord, now } from './records.ts'
import { StaleRecord } from './refusals.ts'
import type { EditOptions } from './script.ts'

/** Signs the exact bytes of a record, on this machine: armored SSH signatures. */
export type Sign = (bytes: string) => Promise<readonly string[]>

/** How a stack is frozen. */
export interface FreezeOptions extends EditOptions {
  /** Throws where the stack, at this generation, must not be frozen; not asked of what is frozen already. */
  readonly check?: ((generation: string) => Promise<void>) | undefined
  readonly sign?: Sign | undefined
}

/** How a stack is promoted. */
export interface PromoteOptions extends Pick<EditOptions, 'why' | 'typed'> {
  readonly sign?: Sign | undefined
  /** The number the channel must be at (0: it is new); else it fails with StaleRecord. */
  readonly expectNumber?: number | undefined
  /** ISO time after which the pointer holds no more. */
  readonly until?: string | undefined
}

/** What became of a stack that was to be frozen: its record, and whether that or a signature is new. */
export interface FrozenStackNow extends Freezing {
  readonly record: FreezeRecord
}

/** What became of a channel: its pointer, and whether that or a signature is new. */
export interface PromotedStack extends Promoting {
  readonly pointer: ChannelPointer
}

/**
 * Freezes a stack for good, or adds signatures to what is frozen: one question, then one edit; both again where somebody
 * else froze it meanwhile, to sign what they have written.
 */
export async function freeze(
  remote: Remote,
  store: Store,
  stack: StackName,
  options: FreezeOptions = {},
): Promise<FrozenStackNow> {
  try {
    return await freezeOnce(remote, store, stack, options)
  } catch (error) {
    if (!(error instanceof StaleRecord)) throw error
    return await freezeOnce(remote, store, stack, options)
  }
}

async function freezeOnce(
  remote: Remote,
  store: Store,
  stack: StackName,
  { check, sign, ...options }: FreezeOptions,
): Promise<FrozenStackNow> {
  const { domain, who } = store
  const found = await remote.ask(stackToFreeze(store, stack, options), { title: `look at stack ${stack}` })
  const { generation, digest, count } = found
  const fresh = { domain, stack, digest, generation, count, when: now(), who, why: options.why ?? null }
  if (found.record === undefined) await check?.(generation)
  const bytes = found.record ?? freezeRecord(fresh)
  if (remote.dryRun)
    return { change: 'frozen', record: { v: 1, kind: 'gachette-stack', ...fresh }, warnings: [] }
  const record = parseFreezeRecord(
    Buffer.from(bytes),
    `${store.meta}/.gachette/frozen/${domain}/${stack}.json`,
  )
  const { query, stdin } = freezeStack(store, { ...record, bytes }, await sign?.(bytes), options)
  const frozen = await remote.ask(query, { stdin, title: `freeze stack ${stack}` })
  return { ...frozen, record, warnings: told(remote, [...found.warnings, ...frozen.warnings]) }
}

/** Which stack a channel is to lead to. */
export interface Destination {
  readonly stack: StackName
  readonly channel: ChannelName
}

/** How often a promotion is tried while others promote to the same channel. */
const TRIES = 10

/**
 * Lets a channel lead to a frozen stack, or adds signatures where it leads there already: one question, then one edit,
 * both again where somebody else was faster.
 */
export async function promote(
  remote: Remote,
  store: Store,
  to: Destination,
  options: PromoteOptions = {},
): Promise<PromotedStack> {
  for (let left = TRIES; ; left--) {
    try {
      return await promoteOnce(remote, store, to, options)
    } catch (error) {
      if (!(error instanceof StaleRecord) || options.expectNumber !== undefined || left <= 1) throw error
    }
  }
}

async function promoteOnce(
  remote: Remote,
  store: Store,
  to: Destination,
  options: PromoteOptions,
): Promise<PromotedStack> {
  const { sign, why, typed } = options
  const { stack, channel } = to
  const asking = stackToPromote(store, to, { typed })
  const found = await remote.ask(asking, { title: `look at channel ${channel}` })
  if (remote.dryRun) return { change: 'promoted', pointer: pointerTo(store, to, options), warnings: [] }
  const bytes = nextPointer(store, to, found, options)
  const pointer = parseChannelPointer(Buffer.from(bytes), `the new pointer of channel ${channel}`)
  const edit = promoteStack(store, { ...pointer, bytes }, await sign?.(bytes), { why, typed })
  const promoted = await remote.ask(edit.query, {
    stdin: edit.stdin,
    title: `promote ${stack} to ${channel}`,
  })
  return { ...promoted, pointer, warnings: told(remote, promoted.warnings) }
}

/** The pointer that holds now where it says the same already, else one of the next number. */
function nextPointer(store: Store, to: Destination, found: StackToPromote, options: PromoteOptions): string {
  const { meta, domain } = store
  const folder = `${meta}/.gachette`
  const frozen = parseFreezeRecord(Buffer.from(found.record), `${folder}/frozen/${domain}/${to.stack}.json`)
  const wanted = { ...pointerTo(store, to, options), digest: frozen.digest }
  if (found.pointer === undefined) return atNumber(1)
  const file = `${folder}/channels/${domain}/${to.channel}`
  const last = parseChannelPointer(Buffer.from(found.pointer), file)
  const isSaid = (['stack', 'digest', 'until'] as const).every((key) => last[key] === wanted[key])
  if (!isSaid) return atNumber(last.number + 1)
  expect(last.number)
  return found.pointer

  function atNumber(number: number): string {
    expect(number - 1)
    return channelPointer({ ...wanted, number })
  }
  function expect(number: number): void {
    const { expectNumber = number } = options
    if (expectNumber === number) return
    throw new StaleRecord(`channel ${to.channel} is at number ${number}, and ${expectNumber} was expected`, {
      hint: 'somebody else promoted a stack: look where it leads to, then repeat',
    })
  }
}

const pointerTo = (
  { domain, who }: Store,
  { stack, channel }: Destination,
  { until, why }: PromoteOptions,
): ChannelPointer => ({
  v: 1,
  kind: 'gachette-channel',
  domain,
  channel,
  number: 1,
  stack,
  digest: '',
  when: now(),
  until: until ?? null,
  who,
  why: why ?? null,
})

function told(remote: Remote, warnings: readonly string[]): readonly string[] {
  for (const warning of warnings) remote.warn(warning)
  return warnings
}
