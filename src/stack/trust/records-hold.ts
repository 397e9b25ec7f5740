import { GachetteError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import type { Store } from '../store.ts'
import { verbLine } from '../where.ts'
import { type Claimed, judgeRecord, lackingText, type TrustPolicy } from './believe.ts'
import type { Problem } from './problem.ts'
import { type ChannelPointer, type FreezeRecord, parseChannelPointer, parseFreezeRecord } from './record.ts'
import { checkFreeze, checkPointer } from './record-fits.ts'
import { aliasProblems, lone } from './record-links.ts'
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
    if (!file.endsWith('.json') || !concerns(survey, file, bytes)) continue
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
  const aliases = await aliasProblems(survey, {
    domain: judging.store.domain,
    frozen: frozen.map(({ stack }) => stack),
  })
  return { frozen, channels, problems: [...problems, ...large, ...lone(survey), ...aliases] }
}

/** Where one stack was looked at, other stacks' channels are not; a damaged pointer may be anybody's. */
function concerns({ isWhole, entries }: Survey, file: string, bytes: Uint8Array): boolean {
  if (isWhole || file.startsWith('.gachette/frozen/')) return true
  try {
    const { channel, stack } = parseChannelPointer(bytes, file)
    return entries.some(({ name }) => name === channel || name === stack || file.includes(`/${name}/`))
  } catch {
    return true
  }
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
