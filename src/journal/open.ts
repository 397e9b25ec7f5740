import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Journal, type JournalOptions } from './journal.ts'
import { claim } from './owner.ts'
import type { Note } from './past.ts'
import { makePrivateFolder, runsFolder, type StateWhere } from './place.ts'
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
    // Meanwhile: nobody waits for it.
    void import('./prune.ts').then(({ prune }) => prune(where, keeping.kept))
    return journal
  } catch (error) {
    removeQuietly(folder)
    keeping.warn(`this run is not recorded: ${reasonOf(error)}`)
    return undefined
  }
}

/** A journal in a folder that is there. */
export function journalIn(
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
