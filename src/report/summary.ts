import { type Conclusion, outcomeName, type RunEvent, type StepName, type StepOutcome } from '../run/index.ts'
import { allFailureLines, type FailedStep, failedSteps } from './failure.ts'
import type { Paint } from './paint.ts'
import type { Rerun } from './reporter.ts'
import type { Told } from './told.ts'
import { secondsText } from './words.ts'

/** The output of a failure is not said again while it is at most so many lines ago. */
const NEAR = 40

/** Hears a run, and says at its end what became of which host. */
export class Summary {
  readonly #ends = new Map<string, Ended[]>()
  #run = ''
  #steps: readonly StepName[] = []
  #hosts: readonly string[] = []
  /** What tasks that conduct hosts have said of them. */
  readonly #concluded = new Map<string, Conclusion['is']>()
  #isDryRun = false
  #ms = 0
  /** Lines that were said since the first output that need not be said again; counted from then on only. */
  #lines: number | undefined

  /** @param isTold its last lines of output were told, just as they are in its outcome */
  on(event: RunEvent, isTold: boolean): void {
    if (event.type === 'run-started') {
      this.#run = event.run
      this.#steps = event.steps
      this.#hosts = event.hosts
      this.#isDryRun = event.dryRun
    } else if (event.type === 'step-ended') {
      if (isTold) this.#lines ??= 0
      const { outcome, step } = event
      const ended = { step, outcome, toldAt: isTold ? this.#lines : undefined }
      const known = this.#ends.get(event.host)
      if (known === undefined) this.#ends.set(event.host, [ended])
      else known.push(ended)
    } else if (event.type === 'host-concluded') this.#concluded.set(event.on ?? event.host, event.is)
    else if (event.type === 'run-ended') this.#ms = event.ms
  }

  /** What was said, for it may have moved away what was said before. */
  hear(said: readonly Told[]): void {
    if (this.#lines === undefined) return
    for (const { text } of said) this.#lines += text.split('\n').length - 1
  }

  /** What failed where: name of the outcome, message, last lines, hint; what failed alike on many hosts, once. */
  failures(
    paint: Paint,
    { verbose, isHushed }: { readonly verbose: boolean; readonly isHushed: boolean },
  ): readonly string[] {
    const untold = ['done', ...(isHushed ? ['cancelled', 'skipped'] : [])]
    const failed = this.#hosts.flatMap((host) =>
      (this.#ends.get(host) ?? [])
        .filter(({ outcome }) => !untold.includes(outcome.type))
        .map((ended) => this.#failed(host, ended)),
    )
    return allFailureLines(failedSteps(failed), paint, verbose)
  }

  /** The command that does again what failed; undefined where that is the run as it was, or nobody could. */
  again(rerun: Rerun | undefined): string | undefined {
    const all = [...this.#ends.values()]
    const isFailed = (ends: readonly Ended[]) => ends.some(({ outcome }) => isFailure(outcome))
    if (this.#isDryRun || !all.some(isFailed)) return undefined
    // Hosts that a limit or the canary spared are still to come.
    const isSpared = (ends: readonly Ended[]) => ends.some(({ outcome }) => outcome.type === 'skipped')
    if (all.some((ends) => !isFailed(ends) && isSpared(ends))) return rerun?.(this.#run, 'resume')
    if (!all.every(isFailed)) return rerun?.(this.#run, 'failed')
    const isAnyDone = all.flat().some(({ outcome }) => outcome.type === 'done')
    return isAnyDone ? rerun?.(this.#run, 'resume') : undefined
  }

  /** The run in one line: `3 hosts: 2 done, 1 failed in 4.2 s`. What became of a single host that failed stands above it. */
  total(paint: Paint): string {
    const hosts = this.#counted
    const names = hosts.map((host) => this.#concluded.get(host) ?? nameOf(this.#ends.get(host) ?? []))
    const dry = this.#isDryRun ? 'dry run: ' : ''
    const seconds = secondsText(this.#ms)
    const [only] = hosts
    if (names.length === 1)
      return `${dry}${names[0] === 'done' ? `${only}: ${paint.good('done')} in` : 'took'} ${seconds}`
    const counts = [...new Set(names)].map((name) => {
      const count = names.filter((each) => each === name).length
      return (name === 'done' ? paint.good : paint.bad)(`${count} ${name}`)
    })
    return `${dry}${names.length} hosts: ${counts.join(', ')} in ${seconds}`
  }

  /** The hosts of the run; of those that are conducted, the ones of which something was said, and then not where from. */
  get #counted(): readonly string[] {
    const conducted = new Set(this.#steps.flatMap(({ conducts = [] }) => conducts))
    const isOwn = (host: string) =>
      this.#steps.some(({ hosts, conducts }) => !conducts && (hosts?.includes(host) ?? true))
    const isCounted = (host: string) =>
      conducted.has(host)
        ? this.#concluded.has(host) || isOwn(host)
        : this.#concluded.size === 0 || isOwn(host)
    return this.#hosts.filter(isCounted)
  }

  #failed(host: string, { step, outcome, toldAt }: Ended): FailedStep {
    // Of a run of one task, nobody needs to be told which.
    const task = this.#steps.length > 1 ? this.#steps[step]?.task : undefined
    const isNear = toldAt !== undefined && (this.#lines ?? 0) - toldAt <= NEAR
    return { host, task, outcome: isNear ? withoutOutput(outcome) : outcome }
  }
}

interface Ended {
  readonly step: number
  readonly outcome: StepOutcome
  /** How many lines had been said when its output had; undefined where it was not said. */
  readonly toldAt: number | undefined
}

function withoutOutput(outcome: StepOutcome): StepOutcome {
  if (!('output' in outcome)) return outcome
  const { output: _, ...rest } = outcome
  return rest
}

const isFailure = ({ type }: StepOutcome): boolean => type !== 'done' && type !== 'skipped'

/** A host is what its first step that is not done is. */
function nameOf(ends: readonly Ended[]): string {
  const first = ends.find(({ outcome }) => outcome.type !== 'done')
  return first === undefined ? 'done' : outcomeName(first.outcome).replace(/ \(.*/, '')
}
