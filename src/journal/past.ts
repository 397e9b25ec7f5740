import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent, RunFact, StepId, StepOutcome } from '../run/index.ts'
import { type Entry, mayGoOn, type OpenJob, parseEntry, placeOf } from './entry.ts'
import { linesOf } from './lines.ts'
import { ownerOf } from './owner.ts'
import { EVENTS } from './place.ts'

/** What `once` has noted. */
export type Note = RunFact & { readonly type: 'noted' }

/** How a step ended the last time it was tried. */
export type Ended = RunEvent & { readonly type: 'step-ended' }

/** What the events of a run come to, over all attempts. */
export interface Past {
  /** How often the run was begun or taken up, when its journal was read: nobody else may have done so since. */
  readonly attempt: number
  /** The last end of each step on each host. */
  readonly ended: (id: StepId) => Ended | undefined
  /** Whether a step came to its end by itself: it is not run again when the run is taken up. */
  readonly isOver: (id: StepId) => boolean
  readonly notes: readonly Note[]
  /** Durable jobs that were started, and whose end nobody saw. */
  readonly jobs: readonly OpenJob[]
  /** How it ended; undefined where it was interrupted, or still runs. */
  readonly exitCode: number | undefined
  /** Where in the log of each host the first command began that did not come to its end. */
  readonly cut: Readonly<Record<string, number>>
}

/** Every entry of a run's journal, in order; what cannot be read is passed over. */
export function* entriesOf(folder: string): Generator<Entry> {
  const path = join(folder, EVENTS)
  if (!existsSync(path)) return
  for (const line of linesOf(path)) {
    const entry = parseEntry(line)
    if (entry !== undefined) yield entry
  }
}

/** Reads a run's journal for whoever goes on with it. */
export function readPast(folder: string): Past {
  const attempt = ownerOf(folder)?.attempt ?? 0
  const ended = new Map<string, Ended>()
  const notes = new Map<string, Note>()
  const jobs = new Map<string, OpenJob>()
  let running = new Map<number, Started>()
  let exitCode: number | undefined
  for (const entry of entriesOf(folder)) {
    switch (entry.type) {
      case 'taken-up':
        exitCode = undefined
        break
      case 'run-started':
        running = new Map()
        break
      case 'command-started':
        running.set(entry.command, { place: placeOf(entry), log: entry.log ?? 0 })
        break
      case 'job-started': {
        const { host, step, job, on } = entry
        const open = { host, step, job, ...(on === undefined ? {} : { on }) }
        jobs.set(jobKey(open), open)
        const place = placeOf(open)
        running.set(entry.command, { place, log: 0, ...running.get(entry.command), job: jobKey(open) })
        break
      }
      case 'command-ended': {
        const { job } = running.get(entry.command) ?? {}
        if (job !== undefined && !mayGoOn(entry.outcome)) jobs.delete(job)
        // The output of a job that goes on is heard once more, from its beginning.
        if (job === undefined || !mayGoOn(entry.outcome)) running.delete(entry.command)
        break
      }
      case 'noted':
        notes.set(`${keyOf(entry)} ${entry.name}`, entry)
        break
      case 'step-ended':
        ended.set(keyOf(entry), entry)
        break
      case 'run-ended':
        exitCode = entry.exitCode
        jobs.clear()
        for (const job of entry.jobs ?? []) jobs.set(jobKey(job), job)
        break
    }
  }
  return {
    attempt,
    ended: (id) => ended.get(keyOf(id)),
    isOver: (id) => FINAL.includes(ended.get(keyOf(id))?.outcome.type ?? 'skipped'),
    notes: [...notes.values()],
    jobs: [...jobs.values()],
    exitCode,
    cut: firstOf(running.values()),
  }
}

interface Started {
  readonly place: string
  readonly log: number
  readonly job?: string
}

function firstOf(started: Iterable<Started>): Readonly<Record<string, number>> {
  const first: Record<string, number> = Object.create(null)
  for (const { place, log } of started) first[place] = Math.min(log, first[place] ?? log)
  return first
}

/** Outcomes that stay as they are when a run is taken up again: the step came to its end by itself. */
const FINAL: readonly StepOutcome['type'][] = ['done', 'failed', 'signalled', 'timed-out']

const jobKey = (job: OpenJob): string => `${placeOf(job)} ${job.job}`
const keyOf = ({ host, step }: StepId): string => `${step} ${host}`
