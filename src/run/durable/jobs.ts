import { createHash } from 'node:crypto'
import { type JobName, parseJobName } from '../../session/job/name.ts'
import type { Place } from '../events.ts'

/** The durable jobs of a run: what they are called, and which were heard to their end. */
export class Jobs {
  readonly run: string
  /** For how long a host is sought that was lost while a job of it runs, in milliseconds. */
  readonly reconnectMs: number
  readonly #counts = new Map<string, number>()
  readonly #seen = new Map<string, string>()

  constructor(run: string, reconnectMs: number) {
    this.run = run
    this.reconnectMs = reconnectMs
  }

  /**
   * The name of a step's next job: as given; else `RUN-STEP-N-HOST`, where HOST is a digest (two hosts may be one
   * machine), which is the same when the step is run again. Throws a UsageError.
   */
  nameFor({ host, step, on }: Place, durable: true | string): JobName {
    if (durable !== true) return parseJobName(durable)
    const place = JSON.stringify([host, step, on])
    const count = this.#counts.get(place) ?? 0
    this.#counts.set(place, count + 1)
    const digest = createHash('sha256').update(place).digest('hex').slice(0, 8)
    return parseJobName(`${this.run}-${step}-${count}-${digest}`)
  }

  /** The job of this name on this host that this run has heard to its end. */
  seen(where: string, name: JobName): string | undefined {
    return this.#seen.get(`${where} ${name}`)
  }

  hasSeen(where: string, name: JobName, token: string): void {
    this.#seen.set(`${where} ${name}`, token)
  }
}
