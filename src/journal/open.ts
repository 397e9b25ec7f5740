import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Earlier, StepId } from '../run/index.ts'
import { UsageError } from '../shell/index.ts'
import { Journal, type JournalOptions } from './journal.ts'
import { cutTornLine } from './lines.ts'
import { claim, ownerOf } from './owner.ts'
import type { Note, Past } from './past.ts'
import { EVENTS, makePrivateFolder, runsFolder, type StateWhere } from './place.ts'
import { prune } from './prune.ts'
import { type RunRecord, writeRecord } from './record.ts'

export interface Keeping {
  /** The most that is kept of what one host prints, in bytes. */
  readonly limit: number
  /** So many runs are kept. */
  readonly kept: number
  /** Hears once why nothing is recorded, or nothing more. */
  readonly warn: (message: string) => void
}

/**
 * Begins to record a run. Undefined where it cannot be recorded, which is warned about: the run goes on without. Older
 * runs that are one too many go meanwhile.
 */
export function beginJournal(
  where: StateWhere,
  record: RunRecord,
  keeping: Keeping & { readonly notes?: readonly Note[] },
): Journal | undefined {
  const folder = join(runsFolder(where), record.run)
  try {
    makePrivateFolder(runsFolder(where))
    makePrivateFolder(folder)
    claim(folder, 1)
    writeRecord(folder, record)
    const journal = journalIn(folder, keeping, { attempt: 1, notes: keeping.notes ?? [], cut: {}, jobs: [] })
    void prune(where, keeping.kept)
    return journal
  } catch (error) {
    removeQuietly(folder)
    keeping.warn(`this run is not recorded: ${reasonOf(error)}`)
    return undefined
  }
}

/**
 * Goes on recording an interrupted run, as its new owner. Refuses where somebody else was quicker: what was read of its
 * past is then no longer all.
 */
export function takeUpJournal(folder: string, past: Past, keeping: Keeping): Journal {
  const attempt = past.attempt + 1
  if (!claim(folder, attempt)) {
    const pid = ownerOf(folder)?.pid
    throw new UsageError(
      `the run was taken up by another gachette just now${pid === undefined ? '' : ` (pid ${pid})`}`,
    )
  }
  cutTornLine(join(folder, EVENTS))
  return journalIn(folder, keeping, { attempt, notes: [], cut: past.cut, jobs: past.jobs })
}

/** What of a run is not done again, and what it noted. `attach` leaves alone all that ended by itself, `--resume` what is done. */
export function earlierOf(past: Past, how: 'attach' | 'resume'): Earlier {
  const notes = new Map<string, Map<string, unknown>>()
  for (const note of past.notes) {
    const key = keyOf(note)
    notes.set(key, (notes.get(key) ?? new Map()).set(note.name, note.value))
  }
  return {
    ended: (id) => {
      const last = past.ended(id)
      if (last === undefined) return undefined
      const stays = how === 'attach' ? past.isOver(id) : last.outcome.type === 'done'
      return stays ? last : undefined
    },
    notes: (id) => notes.get(keyOf(id)) ?? new Map(),
  }
}

/** The hosts on which not every step of the plan is done. */
export function failedHosts(plan: RunRecord['plan'], past: Past): readonly string[] {
  const failed = plan.steps.flatMap(({ hosts }, step) =>
    hosts.filter((host) => past.ended({ host, step })?.outcome.type !== 'done'),
  )
  return plan.hosts.map(({ label }) => label).filter((label) => failed.includes(label))
}

function journalIn(
  folder: string,
  { limit, warn }: Keeping,
  attempt: Pick<JournalOptions, 'attempt' | 'notes' | 'cut' | 'jobs'>,
): Journal {
  const onBroken = (why: string) => warn(`the rest of this run is not recorded: ${why}`)
  return new Journal({ folder, limit, onBroken, ...attempt })
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // What is left of it holds no request, and is no run.
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const keyOf = ({ host, step }: StepId): string => `${step} ${host}`
