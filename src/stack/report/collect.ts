import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import type { PackageChange } from '../changes.ts'
import type { CommitHistory } from '../commits.ts'
import { diffStacks, NoStackBefore, type StackDiff } from '../diff.ts'
import type { Pin } from '../manifest.ts'
import { parseReadName } from '../name.ts'
import { showStack } from '../show.ts'
import { parseStore, type StoreOptions } from '../store.ts'
import { resolveStack, type TrustPolicy } from '../trust/index.ts'
import type { History, ReportedPackage, StackReport } from './data.ts'
import { type PackageDetails, packageDetails } from './details.ts'

/** Of which stack, compared with which; who is asked for signatures. */
export interface ReportOptions extends StoreOptions {
  /** A stack, a channel, `latest` or a range. */
  readonly name: string
  /** The stack to compare with; the one before it unless given. */
  readonly against?: string
  /** Where the mirrors of the projects are. */
  readonly workPath: string
  readonly policy?: TrustPolicy
  readonly typed?: string
  /** The program, for the foot of the page. */
  readonly by: string
  readonly now?: Date
}

/**
 * Everything a report tells of a stack. It is verified as for a deployment, save that it need not be frozen; a stack
 * whose signatures are missing has no report where `allowedSigners` asks for them.
 */
export async function stackReport(
  remote: Remote,
  local: Remote,
  options: ReportOptions,
): Promise<StackReport> {
  const store = parseStore(options)
  const { name: asked, policy = {}, typed } = options
  const named = { store, name: asked, ...(typed !== undefined && { typed }) }
  const resolved = await resolveStack(remote, local, { ...named, policy: { ...policy, unfrozen: true } })
  const shown = await remote.ask(showStack(store, parseReadName(resolved.name), typed))
  if (shown.digest !== resolved.digest && !remote.dryRun)
    throw new TaskError(`stack ${shown.name} has just been edited: repeat the report`)
  const diff = await compared(remote, { ...options, name: resolved.name })
  const { query, stdin } = packageDetails(store, shown.packages)
  const details = await remote.ask(query, { stdin, title: 'read where packages come from' })
  const { frozen } = shown
  return {
    name: shown.name,
    domain: store.domain,
    digest: resolved.digest,
    when: shown.when ?? '',
    who: shown.who ?? '',
    ...(frozen && { frozen: { when: frozen.when, who: frozen.who } }),
    ...(policy.allowedSigners !== undefined && {
      signatures: { signers: resolved.signers, needed: policy.signaturesNeeded ?? 1 },
    }),
    aliases: shown.aliases ?? [],
    ...(diff && { previous: diff.from.name }),
    packages: reportedPackages(shown.packages, details, diff),
    removed: (diff?.packages ?? []).flatMap((each) =>
      each.type === 'removed' ? [{ name: each.name, version: each.was.version }] : [],
    ),
    histories: (diff?.sources ?? []).map(({ history, ...source }) => ({ ...source, ...historyOf(history) })),
    deployed: (shown.hosts ?? []).map(({ host, when, who = '', generation }) => ({
      host,
      stack: shown.name,
      when,
      who,
      ...(generation !== undefined && { generation }),
    })),
    made: { when: (options.now ?? new Date()).toISOString(), by: options.by },
  }
}

/** Undefined for the first stack there is. */
async function compared(remote: Remote, options: ReportOptions): Promise<StackDiff | undefined> {
  const { name, against, ...rest } = options
  try {
    return await diffStacks(remote, {
      ...rest,
      ...(against === undefined ? { from: name } : { from: against, to: name }),
    })
  } catch (error) {
    if (error instanceof NoStackBefore) return undefined
    throw error
  }
}

function reportedPackages(
  pins: readonly Pin[],
  details: ReadonlyMap<string, PackageDetails>,
  diff: StackDiff | undefined,
): readonly ReportedPackage[] {
  const changes = new Map(diff?.packages.map((change) => [change.name, change]))
  return pins.map(({ name, version, architecture, size, sha256 }) => ({
    name,
    version,
    ...(architecture !== undefined && { architecture }),
    ...(size !== undefined && { size }),
    ...(sha256 !== undefined && { sha256 }),
    ...details.get(`${name} ${version}`),
    ...(diff && changeOf(changes.get(name))),
  }))
}

function changeOf(change: PackageChange | undefined): Pick<ReportedPackage, 'change' | 'was'> {
  if (change === undefined || change.type === 'removed') return { change: 'same' }
  if (change.type === 'added') return { change: 'added' }
  return { change: change.type, was: change.was.version }
}

function historyOf(history: CommitHistory): Pick<History, 'commits' | 'note'> {
  if (history.type === 'no-mirror')
    return { commits: [], note: 'The build machine has no mirror of it: the commits are not known.' }
  if (history.type === 'missing')
    return {
      commits: [],
      note: `Its mirror lacks ${history.commit.slice(0, 12)}: the commits are not known.`,
    }
  const { commits, count, dropped, atLeast } = history
  const most = atLeast ? 'at least ' : ''
  const notes = [
    ...(count > commits.length ? [`And ${most}${count - commits.length} more.`] : []),
    ...(dropped > 0 ? [`${most}${dropped} of the commits before are no longer in it.`] : []),
  ]
  return { commits, ...(notes.length > 0 && { note: notes.join(' ') }) }
}
