import { outcomeName, type RunEvent, type StepName, type StepOutcome } from '../run/index.ts'
import { failureLines } from './failure.ts'
import type { Paint } from './paint.ts'
import { secondsText } from './words.ts'

/** Hears a run, and says at its end what became of which host. */
export class Summary {
  readonly #ends = new Map<string, Ended[]>()
  #steps: readonly StepName[] = []
  #hosts: readonly string[] = []
  #isDryRun = false
  #ms = 0

  on(event: RunEvent): void {
    if (event.type === 'run-started') {
      this.#steps = event.steps
      this.#hosts = event.hosts
      this.#isDryRun = event.dryRun
    } else if (event.type === 'step-ended') {
      // Of a run of one task, nobody needs to be told which.
      const task = this.#steps.length > 1 ? this.#steps[event.step]?.task : undefined
      const ended = { task, outcome: event.outcome }
      this.#ends.set(event.host, [...(this.#ends.get(event.host) ?? []), ended])
    } else if (event.type === 'run-ended') this.#ms = event.ms
  }

  /** What failed where, host by host: name of the outcome, message, last lines, hint. */
  failures(
    paint: Paint,
    { verbose, isHushed }: { readonly verbose: boolean; readonly isHushed: boolean },
  ): readonly string[] {
    const untold = ['done', ...(isHushed ? ['cancelled', 'skipped'] : [])]
    return this.#hosts.flatMap((host) =>
      (this.#ends.get(host) ?? [])
        .filter(({ outcome }) => !untold.includes(outcome.type))
        .flatMap(({ task, outcome }) => failureLines({ host, task, outcome }, paint, verbose)),
    )
  }

  /** The run in one line: `3 hosts: 2 done, 1 failed in 4.2 s`. */
  total(paint: Paint): string {
    const counts = new Map<string, number>()
    for (const host of this.#hosts) {
      const name = nameOf(this.#ends.get(host) ?? [])
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const colored = (name: string, text: string) => (name === 'done' ? paint.good(text) : paint.bad(text))
    const dry = this.#isDryRun ? 'dry run: ' : ''
    const seconds = `in ${secondsText(this.#ms)}`
    const [only] = this.#hosts
    if (this.#hosts.length === 1 && only !== undefined) {
      const [name = 'done'] = counts.keys()
      return `${dry}${only}: ${colored(name, name)} ${seconds}`
    }
    const parts = [...counts].map(([name, count]) => colored(name, `${count} ${name}`))
    return `${dry}${this.#hosts.length} hosts: ${parts.join(', ')} ${seconds}`
  }
}

interface Ended {
  readonly task: string | undefined
  readonly outcome: StepOutcome
}

/** A host is what its first step that is not done is. */
function nameOf(ends: readonly Ended[]): string {
  const first = ends.find(({ outcome }) => outcome.type !== 'done')
  return first === undefined ? 'done' : outcomeName(first.outcome).replace(/ \(.*/, '')
}
