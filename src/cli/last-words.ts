import type { RunEvent } from '../run/index.ts'

/** Knows which durable jobs of a run have not ended yet: what a program that ends at once leaves behind. */
export class LastWords {
  readonly #jobs = new Map<number, RunEvent & { readonly type: 'command-started' }>()
  #run = ''

  on(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#run = event.run
        break
      case 'command-started':
        if (event.job !== undefined) this.#jobs.set(event.command, event)
        break
      case 'command-ended':
        this.#jobs.delete(event.command)
        break
      case 'step-ended':
        for (const [command, { host, step }] of this.#jobs)
          if (host === event.host && step === event.step) this.#jobs.delete(command)
        break
    }
  }

  /** One line each, and what to do; empty where there is none. */
  text(isRecorded: boolean): string {
    const lines = [...this.#jobs.values()].map(
      ({ host, on = host, job }) => `${on}: the job ${job} may go on there\n`,
    )
    if (lines.length === 0 || !isRecorded) return lines.join('')
    return `${lines.join('')}  gachette cancel ${this.#run}  ends what is left, gachette attach ${this.#run}  takes it up\n`
  }
}
