import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { NoSuchStack } from '../failure.ts'
import type { Pin } from '../manifest.ts'
import type { Store } from '../store.ts'
import { verbLine } from '../where.ts'
import { believe, type Claimed, type TrustPolicy } from './believe.ts'
import { readManifest } from './digest.ts'
import { asked, frozenStacks, pick } from './names.ts'
import type { Packed } from './packed.ts'
import { places, type ReadStack, readStack } from './read.ts'
import {
  BadRecord,
  type ChannelPointer,
  type FreezeRecord,
  parseChannelPointer,
  parseFreezeRecord,
} from './record.ts'
import { Replayed, refuseReplayed, type SeenPointer, watched } from './seen.ts'

export type { TrustPolicy }

/** A name, and what it stands for: one stack, whose digest was counted here, from its packages. */
export interface ResolvedStack {
  readonly name: string
  readonly domain: string
  /** What was asked for: `latest`, `^1.2`, a channel, or the name itself. */
  readonly asked: string
  readonly digest: string
  readonly generation?: string
  readonly packages: readonly Pin[]
  readonly frozen?: FreezeRecord
  readonly channel?: ChannelPointer
  /** Who of the allowed signers has signed this stack (its freeze record). */
  readonly signers: readonly string[]
}

/** What to resolve, and what to hold it to. */
export interface ResolveOptions {
  readonly store: Store
  /** A stack, a channel, `latest`, or a range: `^1.2`, `~1.2`, `1.x`. */
  readonly name: string
  readonly policy?: TrustPolicy
  /** Instead of the time now, in ms. */
  readonly now?: number
  /** How gachette was called, for the lines a message tells to type: `gachette -H build1`. */
  readonly typed?: string
}

/**
 * From a name to one stack that may be relied on: its manifest makes its digest, its freeze record and the channel's
 * pointer say the same, and those who must have signed have. Throws a TaskError that names the file which does not.
 */
export async function resolveStack(
  remote: Remote,
  local: Remote,
  { store, name, policy = {}, typed = 'gachette', now = Date.now() }: ResolveOptions,
): Promise<ResolvedStack> {
  const wanted = asked(name)
  const exact =
    wanted.type === 'name' ? wanted.name : await pick(wanted, await remote.ask(frozenStacks(store)))
  const read = await remote.ask(readStack(store, exact), { title: `read stack ${exact}` })
  const found = { domain: store.domain, asked: name }
  if (remote.dryRun) return { ...found, name: exact, digest: '', packages: [], signers: [] }
  const where = { store, typed }
  const seen = watched(remote, store, exact)
  const channel = await channelOf(local, read, { ...where, channel: exact, policy })
  if (channel) refuseReplayed(channel, seen.last, now)
  else if (seen.last) throw noChannel(exact, seen.last)
  const stack = stackOf(read, { ...where, asked: exact })
  const frozen = freezeOf(read, where, stack.digest)
  if (channel && channel.digest !== stack.digest)
    throw new BadRecord(
      `channel ${exact} points to stack ${read.stack} of digest ${channel.digest}, and that stack's is ${stack.digest}`,
    )
  if (frozen === undefined && policy.unfrozen && policy.allowedSigners !== undefined)
    throw new TaskError(
      `stack ${read.stack} is not frozen, and allowed_signers is set: nobody can have signed what may change`,
      { hint: `freeze it:  ${verbLine(where, 'freeze', read.stack)}` },
    )
  if (frozen === undefined && !policy.unfrozen)
    throw new TaskError(`stack ${read.stack} is not frozen: it may change while it is deployed`, {
      hint: `freeze it:  ${verbLine(where, 'freeze', read.stack)}`,
    })
  const signers = await believe(local, claimOfStack(read, where), policy)
  if (channel) seen.remember(channel)
  return { ...found, ...stack, ...(frozen && { frozen }), ...(channel && { channel }), signers }
}

const noChannel = (channel: string, seen: SeenPointer): TaskError =>
  new Replayed(
    `${channel} is no channel, and was one at number ${seen.number} (stack ${seen.stack}) when this machine saw it`,
    { hint: `where it was removed on purpose, remove\n${seen.file}` },
  )

function stackOf(
  { is, stack, files }: ReadStack,
  { store, typed, asked }: Called & { readonly asked: string },
) {
  if (is.type === 'missing') {
    const of = stack === asked ? '' : `, to which channel ${asked} points,`
    throw new NoSuchStack(`there is no stack ${stack}${of} in ${store.meta} (domain ${store.domain})`, {
      hint: `see which there are:  ${typed} stack list`,
    })
  }
  if (is.type === 'alias')
    throw new BadRecord(
      `domain/${store.domain}/stacks/${stack} leads to a stack, and no channel's pointer does`,
    )
  if (is.type !== 'generation')
    throw new TaskError(`stack ${stack} is a plain folder of 2013, without digests`, {
      hint: 'any edit of it migrates it; then freeze it',
    })
  const { generation } = is
  const file = places.manifest(store.domain, generation)
  const { head, packages } = readManifest(textOf(files, file), file)
  if (head.generation !== generation)
    throw new BadRecord(`${file} is the manifest of generation ${head.generation}`)
  return { name: stack, generation, digest: head.digest, packages }
}

function freezeOf(read: ReadStack, where: Called, digest: string): FreezeRecord | undefined {
  const { store } = where
  const file = places.frozen(store.domain, read.stack)
  const bytes = read.files.get(file)
  if (bytes === undefined) return undefined
  const record = parseFreezeRecord(bytes, file)
  if (record.stack !== read.stack || record.domain !== store.domain)
    throw new BadRecord(`${file} is the record of stack ${record.stack} (domain ${record.domain})`)
  if (record.digest !== digest)
    throw new BadRecord(
      `stack ${read.stack} was changed after it was frozen: its digest was ${record.digest}, and is ${digest}`,
      { hint: `${file} says so; see what changed:  ${verbLine(where, 'log', read.stack)}` },
    )
  return record
}

/** The pointer of a channel, signed as the policy asks; undefined where the name is none. */
async function channelOf(
  local: Remote,
  read: ReadStack,
  { channel, policy, ...where }: Called & { readonly channel: string; readonly policy: TrustPolicy },
): Promise<ChannelPointer | undefined> {
  const pointer = pointerOf(read, where, channel)
  if (pointer === undefined || read.channel === undefined) return undefined
  await believe(
    local,
    {
      file: places.pointer(pointer.domain, channel, read.channel.number),
      files: read.files,
      namespace: 'gachette-channel',
      what: `number ${pointer.number} of channel ${channel} (stack ${pointer.stack})`,
      signLine: verbLine(where, 'promote', pointer.stack, channel, '--sign'),
    },
    policy,
  )
  return pointer
}

const claimOfStack = ({ stack, files }: ReadStack, where: Called): Claimed => ({
  file: places.frozen(where.store.domain, stack),
  files,
  namespace: 'gachette-stack',
  what: `stack ${stack}`,
  signLine: verbLine(where, 'freeze', stack, '--sign'),
})

/** Which store, and how gachette was called. */
type Called = { readonly store: Store; readonly typed: string }

function pointerOf(read: ReadStack, where: Called, channel: string): ChannelPointer | undefined {
  const { store } = where
  if (read.channel === undefined) return undefined
  const file = places.pointer(store.domain, channel, read.channel.number)
  const bytes = read.files.get(file)
  if (bytes === undefined) throw new BadRecord(`${file} is gone`)
  const pointer = parseChannelPointer(bytes, file)
  if (pointer.channel !== channel || pointer.domain !== store.domain)
    throw new BadRecord(`${file} is the pointer of channel ${pointer.channel} (domain ${pointer.domain})`)
  if (pointer.number !== Number(read.channel.number))
    throw new BadRecord(`${file} is pointer number ${pointer.number}`)
  if (pointer.stack !== read.stack) throw new BadRecord(`${file} can be read as pointing to two stacks`)
  if (read.channel.link !== pointer.stack)
    throw new BadRecord(
      `domain/${store.domain}/stacks/${channel} leads to ${read.channel.link || 'nowhere'}, and the channel's pointer to ${pointer.stack}`,
      { hint: `promote again:  ${verbLine(where, 'promote', pointer.stack, channel)}` },
    )
  return pointer
}

function textOf(files: Packed, file: string): string {
  const bytes = files.get(file)
  if (bytes === undefined) throw new TaskError(`${file} is not there`)
  return Buffer.from(bytes).toString('utf8')
}
