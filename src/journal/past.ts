import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent, RunFact, StepId, StepOutcome } from '../run/index.ts'
import { type Entry, mayGoOn, type OpenJob, openJob, parseEntry, placeOf } from './entry.ts'
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
  /** Jobs whose host has not said that they were started, by command. */
  let supposed = new Map<number, OpenJob>()
  let running = new Map<number, Started>()
  let exitCode: number | undefined
  for (const entry of entriesOf(folder)) {
    switch (entry.type) {
      case 'taken-up':
        exitCode = undefined
        break
      case 'run-started':
        running = new Map()
        supposed = new Map()
        break
      case 'command-started': {
        const started = { place: placeOf(entry), log: entry.log ?? 0 }
        if (entry.job === undefined) running.set(entry.command, started)
        else {
          const open = openJob(entry, entry.job)
          running.set(entry.command, { ...started, job: jobKey(open) })
          if (!jobs.has(jobKey(open))) supposed.set(entry.command, open)
          jobs.set(jobKey(open), open)
        }
        break
      }
      case 'job-started': {
        const open = openJob(entry, entry.job)
        supposed.delete(entry.command)
        jobs.set(jobKey(open), open)
        const place = placeOf(open)
        running.set(entry.command, { place, log: 0, ...running.get(entry.command), job: jobKey(open) })
        break
      }
      case 'command-ended': {
        supposed.delete(entry.command)
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
        // Its host refused to start it: of what was started, the end would be known.
        for (const [command, open] of supposed)
          if (keyOf(open) === keyOf(entry) && supposed.delete(command)) jobs.delete(jobKey(open))
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
