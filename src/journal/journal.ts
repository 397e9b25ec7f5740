import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { withoutCredentials } from '../config/index.ts'
import { eventLine, jsonText, type RunEvent } from '../run/index.ts'
import { mayGoOn, type OpenJob, openJob, placeOf, type TakenUp } from './entry.ts'
import { HostLog } from './host-log.ts'
import { breakOff } from './owner.ts'
import type { Note } from './past.ts'
import { EVENTS, logName } from './place.ts'
import { scrubbed } from './withheld.ts'

export interface JournalOptions {
  readonly folder: string
  /** 1 for the program that began the run. */
  readonly attempt: number
  /** The most that is kept of what one host prints, and of the events, in bytes. */
  readonly limit: number
  /** What `once` noted in the run that this one goes on with. */
  readonly notes: readonly Note[]
  /** Where the logs of an interrupted run are cut; empty for a new run. */
  readonly cut: Readonly<Record<string, number>>
  /** What an earlier attempt started, and may still run. */
  readonly jobs: readonly OpenJob[]
  /** Hears once that the record breaks off, and why. */
  readonly onBroken: (why: string) => void
}

/** Beyond the limit of the events, only what somebody who goes on with the run must know. */
const ESSENTIAL = ['run-started', 'noted', 'job-started', 'command-ended', 'step-ended', 'run-ended']

/** In the text of a task or a command; `--json` shows it to whoever typed it, but it is not written down. */
const URL_WITH_USER = /:\/\/[^\s/"]*@/

/**
 * Writes a run down as it happens: its events, and what each host prints. Each is written at once, in one call: whoever
 * is killed has lost nothing but what it did not come to say. Never throws; where nothing can be written any more it
 * says so once, and the run goes on.
 */
export class Journal {
  readonly #options: JournalOptions
  readonly #logs = new Map<string, HostLog>()
  readonly #jobs = new Map<string, OpenJob>()
  readonly #jobOf = new Map<number, OpenJob>()
  #events: number | undefined
  #written = 0

  constructor(options: JournalOptions) {
    this.#options = options
    for (const job of options.jobs) this.#jobs.set(keyOf(job), job)
    this.#events = openSync(join(options.folder, EVENTS), 'a', 0o600)
    if (options.attempt > 1) this.#try(() => this.#takeUp())
  }

  on(event: RunEvent): void {
    if (this.#events === undefined || event.type === 'progress') return
    this.#try(() => this.#record(event))
  }

  close(): void {
    this.#try(() => {
      for (const log of this.#logs.values()) log.close()
      if (this.#events !== undefined) closeSync(this.#events)
    })
    this.#events = undefined
  }

  /** Nobody told the end of a job of an earlier attempt, but it has ended. */
  jobHasEnded(job: OpenJob): void {
    this.#jobs.delete(keyOf(job))
  }

  #record(event: RunEvent): void {
    if (event.type === 'output') {
      this.#log(placeOf(event)).append(event.text)
      return
    }
    if (event.type === 'command-started' && event.job !== undefined)
      this.#jobOf.set(event.command, openJob(event, event.job))
    if (event.type === 'job-started') this.#jobStarted(event)
    if (event.type === 'command-ended') this.#jobEnded(event)
    if (event.type === 'step-ended') this.#logs.get(event.host)?.close()
    this.#write(event, this.#more(event))
    if (event.type !== 'run-started') return
    for (const note of this.#options.notes) this.#write({ ...note, v: event.v, time: event.time })
  }

  /** What an entry has beside its event. */
  #more(event: RunEvent): object {
    switch (event.type) {
      case 'command-started':
      case 'command-ended':
      case 'step-ended':
        return this.#position(placeOf(event))
      case 'run-ended':
        return this.#jobs.size === 0 ? {} : { jobs: [...this.#jobs.values()] }
      default:
        return {}
    }
  }

  #jobStarted(event: RunEvent & { readonly type: 'job-started' }): void {
    const open = openJob(event, event.job)
    this.#jobOf.set(event.command, open)
    this.#jobs.set(keyOf(open), open)
  }

  #position(host: string): { readonly log?: number } {
    const position = this.#logs.get(host)?.position ?? 0
    return position === 0 ? {} : { log: position }
  }

  #jobEnded({ command, outcome }: RunEvent & { readonly type: 'command-ended' }): void {
    const job = this.#jobOf.get(command)
    if (job === undefined) return
    // Also one that was lost before its host could say that it was started.
    if (mayGoOn(outcome)) this.#jobs.set(keyOf(job), job)
    else this.#jobs.delete(keyOf(job))
  }

  #takeUp(): void {
    const { cut, attempt, folder, limit } = this.#options
    for (const [host, position] of Object.entries(cut)) {
      const log = new HostLog(join(folder, logName(host)), limit, false)
      log.cut(position)
      this.#logs.set(host, log)
    }
    const entry: TakenUp = { v: 1, time: new Date().toISOString(), type: 'taken-up', attempt, cut }
    this.#line(jsonText(entry))
  }

  #write(event: RunEvent, more: object = {}): void {
    if (this.#written > this.#options.limit && !ESSENTIAL.includes(event.type)) return
    const plain = eventLine(event)
    const line = URL_WITH_USER.test(plain) ? eventLine(scrubbed(event, withoutCredentials)) : plain
    const extra = jsonText(more).slice(1, -1)
    this.#line(extra === '' ? line : `${line.slice(0, -1)},${extra}}`)
  }

  #line(text: string): void {
    const bytes = Buffer.from(`${text}\n`)
    // Of what is appended to a file all goes at once, or the disk is full.
    const written = this.#events === undefined ? 0 : writeSync(this.#events, bytes)
    if (written < bytes.length) throw new Error('the disk is full')
    this.#written += written
  }

  #log(host: string): HostLog {
    const known = this.#logs.get(host)
    if (known !== undefined) return known
    const { folder, limit, attempt } = this.#options
    const log = new HostLog(join(folder, logName(host)), limit, attempt === 1)
    this.#logs.set(host, log)
    return log
  }

  #try(write: () => void): void {
    try {
      write()
    } catch (error) {
      const { folder, attempt, onBroken } = this.#options
      this.#events = undefined
      try {
        breakOff(folder, attempt)
      } catch {
        // The whole folder is gone: then nobody is misled by what it holds.
      }
      onBroken(error instanceof Error ? error.message : String(error))
    }
  }
}

const keyOf = (job: OpenJob): string => `${placeOf(job)} ${job.job}`
