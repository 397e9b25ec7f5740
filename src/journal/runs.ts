import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { didYouMean, printable, UsageError } from '../shell/index.ts'
import { isRunId, runsFolder, type StateWhere } from './place.ts'
import { type RunRecord, readRecord, recordOf } from './record.ts'
import { type RunState, stateOf } from './state.ts'

/** A recorded run. */
export interface KnownRun {
  readonly folder: string
  readonly record: RunRecord
}

/** A run in a list. */
export interface RunSummary {
  readonly run: string
  readonly startedAt: string
  /** As one would type it, secrets masked. */
  readonly line: string
  readonly hosts: readonly string[]
  readonly state: RunState
}

/** The last runs, the newest first; those that a newer program recorded, or that are damaged, are left out. */
export function listRuns(where: StateWhere, count: number): readonly RunSummary[] {
  const found: RunSummary[] = []
  for (const { run, folder } of folders(where)) {
    if (found.length === count) break
    const summary = orUndefined(() => summaryOf(run, folder))
    if (summary !== undefined) found.push(summary)
  }
  return found
}

/**
 * The run that somebody means: its name, the beginning of it or of the part behind the `-`, where only one begins so;
 * `last`, or `last~1` for the one before. Throws a UsageError for anything else.
 */
export function findRun(where: StateWhere, typed: string): KnownRun {
  const all = folders(where)
  const back = /^last(?:~(\d{1,4}))?$/.exec(typed)
  const meant =
    back === null
      ? all.filter(
          ({ run }) => typed !== '' && (run.startsWith(typed) || run.split('-')[1]?.startsWith(typed)),
        )
      : all.slice(Number(back[1] ?? 0)).slice(0, 1)
  const [only, ...others] = meant
  if (only === undefined)
    throw new UsageError(`no run ${printable(typed)} is recorded`, {
      hint: all.length === 0 ? `in ${runsFolder(where)} there is none` : 'gachette runs  lists them',
    })
  if (others.length > 0)
    throw new UsageError(`${printable(typed)} may be one of ${meant.length} runs`, {
      hint: `${meant
        .slice(0, 5)
        .map(({ run }) => run)
        .join('\n')}\ntype more of it, or the beginning of the part after the -`,
    })
  return { folder: only.folder, record: recordOf(only.run, only.folder) }
}

/** The name that a host of a run has in its events and in its log, as that or as it was typed. Throws a UsageError. */
export function labelOf({ record }: KnownRun, typed: string): string {
  const labels = record.plan.hosts.map(({ label }) => label)
  const found = record.plan.hosts.find(({ label, host }) => label === typed || host === typed)
  if (found !== undefined) return found.label
  throw new UsageError(`the run ${record.run} had no host ${printable(typed)}`, {
    hint: didYouMean(typed, labels).hint ?? `its hosts: ${labels.join(', ')}`,
  })
}

/** The folders of all runs, the newest first. */
export function folders(where: StateWhere): readonly { readonly run: string; readonly folder: string }[] {
  const base = runsFolder(where)
  return (orUndefined(() => readdirSync(base)) ?? [])
    .filter(isRunId)
    .sort()
    .reverse()
    .map((run) => ({ run, folder: join(base, run) }))
}

function summaryOf(run: string, folder: string): RunSummary | undefined {
  const record = readRecord(folder)
  if (record === undefined) return undefined
  const { startedAt, line, plan } = record
  return { run, startedAt, line, hosts: plan.hosts.map(({ label }) => label), state: stateOf(folder) }
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
