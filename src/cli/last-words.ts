import type { RunEvent } from '../run/index.ts'

/** Knows which durable jobs of a run have not ended yet: what a program that ends at once leaves behind. */
export class LastWords {
  readonly #jobs = new Map<number, string>()
  #run = ''

  on(event: RunEvent): void {
    if (event.type === 'run-started') this.#run = event.run
    else if (event.type === 'job-started')
      this.#jobs.set(event.command, `${event.on ?? event.host}: the job ${event.job} may go on there\n`)
    else if (event.type === 'command-ended') this.#jobs.delete(event.command)
  }

  /** One line each, and what to do; empty where there is none. */
  text(isRecorded: boolean): string {
    if (this.#jobs.size === 0) return ''
    const way = `  gachette cancel ${this.#run}  ends what is left, gachette attach ${this.#run}  takes it up\n`
    return [...this.#jobs.values(), ...(isRecorded ? [way] : [])].join('')
  }
}
