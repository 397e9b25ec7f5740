import { GachetteError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import type { Store } from '../store.ts'
import { verbLine } from '../where.ts'
import { type Claimed, judgeRecord, lackingText, type TrustPolicy } from './believe.ts'
import { pick } from './names.ts'
import { signaturesBeside } from './packed.ts'
import type { Problem } from './problem.ts'
import {
  BadRecord,
  type ChannelPointer,
  type FreezeRecord,
  parseChannelPointer,
  parseFreezeRecord,
} from './record.ts'
import { refuseReplayed, watched } from './seen.ts'
import type { Survey } from './survey.ts'

/** A freeze record, and who has signed it. */
export interface FrozenSigned {
  readonly stack: string
  readonly record: FreezeRecord
  readonly signers: readonly string[]
}

/** A channel's pointer, and who has signed it. */
export interface ChannelSigned {
  readonly channel: string
  readonly pointer: ChannelPointer
  readonly signers: readonly string[]
}

/** What the records of a domain are worth. */
export interface RecordsVerdict {
  readonly frozen: readonly FrozenSigned[]
  readonly channels: readonly ChannelSigned[]
  readonly problems: readonly Problem[]
}

/** By whom records are judged, and when. */
export interface Judging {
  readonly remote: Remote
  readonly local: Remote
  readonly store: Store
  readonly typed: string
  readonly policy: TrustPolicy
  readonly now: number
}

/** Holds every freeze record and every channel's pointer against the stacks, the signatures, and what was seen. */
export async function verifyRecords(survey: Survey, judging: Judging): Promise<RecordsVerdict> {
  const frozen: FrozenSigned[] = []
  const channels: ChannelSigned[] = []
  const problems: Problem[] = []
  for (const [file, bytes] of survey.records) {
    const [, kind, ...names] = file.split('/')
    if (!file.endsWith('.json') || !concerns(survey, bytes)) continue
    const name = (names.at(-1) ?? '').replace(/\.json$/, '')
    try {
      if (kind === 'frozen') {
        const record = parseFreezeRecord(bytes, file)
        checkFreeze(record, { file, name, survey, store: judging.store })
        const claimed = claimOf(judging, { file, files: survey.records, record })
        const { signers, found } = await judged(judging, claimed, [name])
        frozen.push({ stack: name, record, signers })
        problems.push(...found)
      } else {
        const [, channel = ''] = names
        const pointer = parseChannelPointer(bytes, file)
        checkPointer(pointer, { file, name, channel, survey, store: judging.store })
        const claimed = claimOf(judging, { file, files: survey.records, record: pointer })
        const { signers, found } = await judged(judging, claimed, [pointer.stack])
        watch(pointer, judging, found.length === 0)
        channels.push({ channel, pointer, signers })
        problems.push(...found)
      }
    } catch (error) {
      problems.push(problemOf(error, file, kind === 'frozen' ? [name] : []))
    }
  }
  const large = survey.large.map((file): Problem => ({ file, what: 'is larger than any record' }))
  const aliases = await aliasProblems(survey, frozen, channels, judging)
  return { frozen, channels, problems: [...problems, ...large, ...lone(survey), ...aliases] }
}

/** Where one stack was looked at, other stacks' channels are not. */
const concerns = ({ isWhole, entries }: Survey, bytes: Uint8Array): boolean =>
  isWhole || entries.some(({ name }) => Buffer.from(bytes).includes(`:"${name}"`))

interface Place {
  readonly file: string
  /** Of the file, without `.json`. */
  readonly name: string
  readonly survey: Survey
  readonly store: Store
}

function checkFreeze(record: FreezeRecord, { file, name, survey, store }: Place): void {
  if (record.stack !== name || record.domain !== store.domain)
    throw new BadRecord(`${file} is the record of stack ${record.stack} (domain ${record.domain})`)
  mustHold(record.stack, record.digest, { file, survey })
}

function checkPointer(pointer: ChannelPointer, place: Place & { readonly channel: string }): void {
  const { file, name, channel, survey, store } = place
  if (pointer.channel !== channel || pointer.domain !== store.domain)
    throw new BadRecord(`${file} is the pointer of channel ${pointer.channel} (domain ${pointer.domain})`)
  if (pointer.number !== Number(name)) throw new BadRecord(`${file} is pointer number ${pointer.number}`)
  const link = survey.entries.find((each) => each.name === channel)
  // Where only one stack was looked at, the channel's own link was not.
  if (link !== undefined && (link.type !== 'alias' || link.target !== pointer.stack))
    throw new BadRecord(
      `domain/${store.domain}/stacks/${channel} leads to ${'target' in link ? link.target || 'nowhere' : link.type}, and ${file} to ${pointer.stack}`,
    )
  mustHold(pointer.stack, pointer.digest, { file, survey })
}

function mustHold(stack: string, digest: string, { file, survey }: Pick<Place, 'file' | 'survey'>): void {
  const entry = survey.entries.find((each) => each.name === stack)
  if (entry?.type !== 'stack') {
    if (survey.isWhole) throw new BadRecord(`${file} is of stack ${stack}, which is not there`)
    return
  }
  const now = survey.generations.get(entry.generation)?.digest
  if (now !== digest)
    throw new BadRecord(`${file} is of stack ${stack} with digest ${digest}, and that stack's is ${now}`)
}

function claimOf(
  { store, typed }: Judging,
  {
    file,
    files,
    record,
  }: Pick<Claimed, 'file' | 'files'> & { readonly record: FreezeRecord | ChannelPointer },
): Claimed {
  const where = { store, typed }
  return record.kind === 'gachette-stack'
    ? {
        file,
        files,
        namespace: record.kind,
        what: `stack ${record.stack}`,
        signLine: verbLine(where, 'freeze', record.stack, '--sign'),
      }
    : {
        file,
        files,
        namespace: record.kind,
        what: `number ${record.number} of channel ${record.channel}`,
        signLine: verbLine(where, 'promote', record.stack, record.channel, '--sign'),
      }
}

/** A signature that holds nothing is a problem also where enough others do: somebody put it there. */
async function judged({ local, policy }: Judging, claimed: Claimed, stacks: readonly string[]) {
  const verdict = await judgeRecord(local, claimed, policy)
  const found: Problem[] = verdict.bad.map(({ file, what }) => ({
    file,
    what: `does not count: ${what}`,
    stacks,
  }))
  const lacking = lackingText(claimed, { ...verdict, bad: [] }, policy)
  if (lacking !== undefined)
    found.push({
      file: claimed.file,
      what: lacking.replace(/: [^:]*$/, ''),
      hint: `who may sign it does so by:  ${claimed.signLine}`,
      stacks,
    })
  return { signers: verdict.signers, found }
}

/** An older pointer than was seen is refused; one that holds is remembered. */
function watch(pointer: ChannelPointer, { remote, store, now }: Judging, holds: boolean): void {
  const seen = watched(remote, store, pointer.channel)
  refuseReplayed(pointer, seen.last, now)
  if (holds) seen.remember(pointer)
}

function problemOf(error: unknown, file: string, stacks: readonly string[]): Problem {
  if (!(error instanceof GachetteError)) throw error
  const named = error.message.startsWith(`${file}: `) || error.message.startsWith(`${file} `)
  const what = named ? error.message.slice(file.length).replace(/^: /, ' ').trim() : error.message
  return { file, what, ...(error.hint !== undefined && { hint: error.hint }), stacks }
}

/** Signatures without a record: what they signed was taken away. */
function lone({ records }: Survey): readonly Problem[] {
  const folders = new Set([...records.keys()].flatMap((file) => /^(.*)\.sigs\//.exec(file)?.[1] ?? []))
  return [...folders]
    .filter((path) => !records.has(`${path}.json`) && signaturesBeside(records, `${path}.json`).length > 0)
    .map((path) => ({ file: `${path}.json`, what: 'is gone, and signatures of it are there' }))
}

/** Links to the names of stacks: `latest` leads to the highest that is frozen, any other is a channel's. */
async function aliasProblems(
  survey: Survey,
  frozen: readonly FrozenSigned[],
  channels: readonly ChannelSigned[],
  { store }: Judging,
): Promise<readonly Problem[]> {
  const known = new Set(
    [...survey.records.keys()].flatMap(
      (file) => /^\.gachette\/channels\/[^/]+\/([^/]+)\//.exec(file)?.[1] ?? [],
    ),
  )
  for (const { channel } of channels) known.add(channel)
  const problems: Problem[] = []
  for (const entry of survey.entries) {
    if (entry.type !== 'alias') continue
    const file = `domain/${store.domain}/stacks/${entry.name}`
    if (entry.name !== 'latest') {
      if (!known.has(entry.name))
        problems.push({ file, what: `leads to ${entry.target}, and no channel's pointer does` })
      continue
    }
    const highest = await pick(
      { type: 'range', range: '*' },
      frozen.map(({ stack }) => stack),
    ).catch(() => undefined)
    if (survey.isWhole && highest !== undefined && highest !== entry.target)
      problems.push({ file, what: `leads to ${entry.target}, and the highest frozen stack is ${highest}` })
  }
  return problems
}
