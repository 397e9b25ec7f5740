import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { NoSuchStack } from '../failure.ts'
import { parseStackName, type StackName } from '../name.ts'
import { parseStore, type Store, type StoreOptions } from '../store.ts'
import { verbLine } from '../where.ts'
import type { TrustPolicy } from './believe.ts'
import { verifyExports } from './exports.ts'
import { usersOf, verifyFiles } from './files.ts'
import { layoutProblems } from './layout.ts'
import { asked, frozenStacks, pick } from './names.ts'
import type { Problem } from './problem.ts'
import { readStack } from './read.ts'
import { type ChannelSigned, type FrozenSigned, verifyRecords } from './records-hold.ts'
import { isStackName } from './shape.ts'
import { type Survey, survey } from './survey.ts'

/** What to verify, and what to hold it to. */
export interface VerifyOptions extends StoreOptions {
  /** A stack, a channel, `latest` or a range; all stacks of the domain unless given. */
  readonly name?: string
  readonly policy?: TrustPolicy
  /** Look whether files are there and of their size, and read none of them. */
  readonly quick?: boolean
  /** Name of the gpg key that exports must be signed by; unless given, those are judged whose key gpg here knows. */
  readonly gpgKey?: string
  /** How gachette was called, for the lines a message tells to type. */
  readonly typed?: string
  /** Instead of the time now, in ms. */
  readonly now?: number
}

/** What was verified, and everything that is wrong. */
export interface Verified {
  readonly v: 1
  readonly domain: string
  readonly stacks: readonly VerifiedStack[]
  readonly channels: readonly VerifiedChannel[]
  /** Packages that stacks pin, each counted once. */
  readonly packages: number
  /** Whether their files were read. */
  readonly hashed: boolean
  /** How many signatures were asked for; null: none. */
  readonly signaturesNeeded: number | null
  readonly problems: readonly Problem[]
}

/** One stack that was verified. */
export interface VerifiedStack {
  readonly name: string
  /** Null for a plain folder of 2013. */
  readonly digest: string | null
  readonly frozen: boolean
  readonly signers: readonly string[]
}

/** One channel that was verified. */
export interface VerifiedChannel {
  readonly name: string
  readonly number: number
  readonly stack: string
  readonly signers: readonly string[]
}

/** Verifies a stack, or all of a domain: links, manifests, what readers see, files, freeze records, channels, signatures. */
export async function verifyStacks(remote: Remote, local: Remote, options: VerifyOptions): Promise<Verified> {
  const { policy = {}, quick = false, typed = 'gachette', now = Date.now() } = options
  const store = parseStore(options)
  const { only, also } = options.name === undefined ? {} : await stackMeant(remote, store, options.name)
  const found = await remote.ask(survey(store, only, also), {
    title: only ? `survey stack ${only}` : 'survey stacks',
  })
  if (only !== undefined && found.entries.length === 0 && !remote.dryRun)
    throw new NoSuchStack(`there is no stack ${only} in ${store.meta} (domain ${store.domain})`, {
      hint: `see which there are:  ${verbLine({ store, typed }, 'list')}`,
    })
  const layout = layoutProblems(found, { store, typed })
  const files = await verifyFiles(remote, store, { members: found.members, quick })
  const users = await usersOf(remote, store, { found, files })
  const { gpgKey } = options
  const exports = await verifyExports(remote, local, { store, typed, only, also, gpgKey })
  const records = await verifyRecords(found, { remote, local, store, typed, policy, now })
  return {
    v: 1,
    domain: store.domain,
    stacks: stacksOf(found, records.frozen),
    channels: records.channels.map(({ channel, pointer, signers }) => ({
      name: channel,
      number: pointer.number,
      stack: pointer.stack,
      signers,
    })),
    packages: found.members.length,
    hashed: !quick,
    signaturesNeeded: policy.allowedSigners === undefined ? null : (policy.signaturesNeeded ?? 1),
    problems: [...layout, ...users, ...records.problems, ...exports],
  }
}

/** A store is not what it says it is; the message names every file. */
export class VerifyFailed extends TaskError {
  override readonly code = 'verify-failed'
}

const SHOWN = 60

/** Throws a VerifyFailed that names every problem, where there is any. */
export function mustHold(verified: Verified): void {
  const { problems } = verified
  if (problems.length === 0) return
  const lines = problems.slice(0, SHOWN).map(problemText)
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : []
  const what = problems.length === 1 ? 'one thing does not hold:' : `${problems.length} things do not hold:`
  throw new VerifyFailed([what, ...lines, ...more].join('\n'), { found: verified })
}

function problemText({ file, what, hint }: Problem): string {
  const subject = `${file} ${what}`.replaceAll('\n', '\n  ')
  return hint === undefined ? subject : `${subject}\n    ${hint.replaceAll('\n', '\n    ')}`
}

/** The stack that a name stands for; a channel is followed, not believed: what is wrong with it is said with the rest. */
async function stackMeant(
  remote: Remote,
  store: Store,
  name: string,
): Promise<{ readonly only?: StackName; readonly also?: StackName }> {
  const wanted = asked(name)
  const exact =
    wanted.type === 'name' ? wanted.name : await pick(wanted, await remote.ask(frozenStacks(store)))
  const { stack } = await remote.ask(readStack(store, exact), { title: `look up ${exact}` })
  return { only: isStackName(stack) ? parseStackName(stack) : exact, also: exact }
}

function stacksOf(
  { entries, generations }: Survey,
  frozen: readonly FrozenSigned[],
): readonly VerifiedStack[] {
  const records = new Map(frozen.map((each) => [each.stack, each]))
  return entries.flatMap((entry): VerifiedStack[] => {
    if (entry.type !== 'stack' && entry.type !== 'folder') return []
    const digest = entry.type === 'stack' ? (generations.get(entry.generation)?.digest ?? null) : null
    const record = records.get(entry.name)
    return [{ name: entry.name, digest, frozen: record !== undefined, signers: record?.signers ?? [] }]
  })
}

export type { ChannelSigned, FrozenSigned }
