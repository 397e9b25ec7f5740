import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Earlier, StepId } from '../run/index.ts'
import { TaskError, UsageError } from '../shell/index.ts'
import type { Journal } from './journal.ts'
import { cutTornLine } from './lines.ts'
import { journalIn, type Keeping } from './open.ts'
import { claim, ownerOf } from './owner.ts'
import type { Past } from './past.ts'
import { EVENTS } from './place.ts'
import type { RunRecord } from './record.ts'

/**
 * Goes on recording an interrupted run, as its new owner. Refuses where somebody else was quicker: what was read of its
 * past is then no longer all. Throws a TaskError where nothing can be written: who is killed then could not go on.
 */
export function takeUpJournal(folder: string, past: Past, keeping: Keeping): Journal {
  const attempt = past.attempt + 1
  const events = join(folder, EVENTS)
  try {
    if (claim(folder, attempt)) {
      if (existsSync(events)) cutTornLine(events)
      return journalIn(folder, keeping, { attempt, notes: [], cut: past.cut, jobs: past.jobs })
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TaskError(`the run cannot be taken up: ${why}`, {
      hint: `what happens in it is written to ${folder}`,
      cause,
    })
  }
  const pid = ownerOf(folder)?.pid
  throw new UsageError(
    `the run was taken up by another gachette just now${pid === undefined ? '' : ` (pid ${pid})`}`,
  )
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
  const failed = new Set(
    plan.steps.flatMap(({ hosts }, step) =>
      hosts.filter((host) => past.ended({ host, step })?.outcome.type !== 'done'),
    ),
  )
  return plan.hosts.map(({ label }) => label).filter((label) => failed.has(label))
}

const keyOf = ({ host, step }: StepId): string => `${step} ${host}`
