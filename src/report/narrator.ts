import { outcomeName, type RunEvent, type RunFact, type StepName } from '../run/index.ts'
import { cleanLines } from './clean.ts'
import type { Paint } from './paint.ts'
import type { WhereTold } from './place-name.ts'
import type { Rerun } from './reporter.ts'
import type { Speech, StepEnded } from './speech.ts'
import { Summary } from './summary.ts'
import { type Told, told } from './told.ts'
import { warningOf } from './warning.ts'
import { batchText, commandText, progressText, retryText, secondsText, transferText } from './words.ts'

export interface NarratorOptions {
  readonly paint: Paint
  /** Only what failed, and warnings. */
  readonly quiet: boolean
  readonly verbose: boolean
  /** What stands in front of each line about a host. */
  readonly prefix: (place: WhereTold) => string
  /** How what the machines and the tasks say is told. */
  readonly speech: Speech
  /** Whether a line says that a step begins, where there are several. */
  readonly hasHeadings: boolean
  readonly rerun?: Rerun
}

/** Between two lines about the progress of transfers of one host, in milliseconds. */
const PROGRESS_EVERY_MS = 5000

/**
 * Puts a run into words: on stdout what the machines and the tasks say (a machine's stderr on stderr), on stderr what
 * is said about the run: headings, commands, warnings, failures, the summary. In a dry run the commands are the answer,
 * and go to stdout.
 */
export class Narrator {
  readonly #options: NarratorOptions
  readonly #summary = new Summary()
  readonly #progressAt = new Map<string, number>()
  #steps: readonly StepName[] = []
  #isDryRun = false
  #isHushed = false

  constructor(options: NarratorOptions) {
    this.#options = options
  }

  tell(event: RunEvent): readonly Told[] {
    const isQuiet = this.#options.quiet || this.#isHushed
    const isTold = event.type === 'step-ended' && !isQuiet && this.#options.speech.hasTold(event)
    this.#summary.on(event, isTold)
    const lines = this.#said(event, isQuiet)
    this.#summary.hear(lines)
    return event.type === 'run-ended' ? [...lines, ...this.#ended(isQuiet)] : lines
  }

  /** Nobody listens any more, and the run is ended for that: only what failed by itself is still said. */
  hush(): void {
    this.#isHushed = true
  }

  #said(event: RunEvent, isQuiet: boolean): readonly Told[] {
    const warning = warningOf(event)
    if (warning !== undefined) return told('stderr', [this.#options.paint.careful(warning)])
    if (isQuiet) return event.type === 'host-concluded' && event.is === 'failed' ? this.#about(event) : []
    const about = this.#about(event)
    const said = this.#options.speech.hear(event)
    if (said.length === 0) return about
    return event.type === 'step-ended' ? [...said, ...about] : [...about, ...said]
  }

  #ended(isQuiet: boolean): readonly Told[] {
    const { paint, verbose, rerun } = this.#options
    const failures = this.#summary.failures(paint, { verbose, isHushed: this.#isHushed })
    const again = isQuiet ? undefined : this.#summary.again(rerun)
    return told('stderr', [
      ...failures,
      ...(isQuiet ? [] : [this.#summary.total(paint)]),
      ...(again === undefined ? [] : [`what failed, again:  ${paint.strong(again)}`]),
    ])
  }

  /** What is said about the run, not by it. */
  #about(event: RunEvent): readonly Told[] {
    switch (event.type) {
      case 'run-started':
        return this.#started(event)
      case 'host-connected':
        return this.#ifVerbose(event, `connected in ${secondsText(event.afterMs)}`)
      case 'step-started':
        return this.#isHeaded && this.#options.hasHeadings
          ? this.#of(event, this.#steps[event.step]?.text, 'strong')
          : []
      case 'command-started':
        return this.#ifVerbose(event, commandText(event, this.#options.verbose))
      case 'job-started':
        return event.joined
          ? this.#of(event, joinedText(event), 'careful')
          : this.#ifVerbose(event, `job ${event.job}`)
      case 'retrying':
        return this.#of(event, retryText(event), 'careful')
      case 'batch-started':
        return told(this.#isDryRun ? 'stdout' : 'stderr', [this.#options.paint.strong(batchText(event))])
      case 'transfer-started':
        return this.#ifVerbose(event, transferText(event))
      case 'progress':
        return this.#isProgressDue(event.host) ? this.#of(event, progressText(event), 'faint') : []
      case 'host-concluded':
        return this.#of({ host: event.on ?? event.host }, event.text, LOOKS[event.is])
      case 'step-ended':
        return this.#stepEnded(event)
      default:
        return []
    }
  }

  #started({ steps, dryRun }: RunFact & { readonly type: 'run-started' }): readonly Told[] {
    this.#steps = steps
    this.#isDryRun = dryRun
    return dryRun
      ? told('stdout', ['dry run: nothing runs, nothing changes; what depends on answers is assumed'])
      : []
  }

  /** The summary says what is to be said of a failure; where more is to come, one line says it at once. */
  #stepEnded({ host, step, outcome, earlier }: StepEnded): readonly Told[] {
    const task = this.#steps[step]?.task ?? ''
    if (earlier)
      return this.#options.hasHeadings
        ? this.#of({ host }, `${task} ${outcomeName(outcome)} earlier`, 'faint')
        : []
    if (!this.#isHeaded || outcome.type === 'done' || outcome.type === 'skipped') return []
    return this.#of({ host }, `${task} ${outcomeName(outcome)}`, 'bad')
  }

  /** A run of one task needs no headings. */
  get #isHeaded(): boolean {
    return this.#isDryRun || this.#steps.length > 1
  }

  /** Under the name of the task that another one called, for those who want to know. */
  #ifVerbose(place: WhereTold & { readonly in?: string }, text: string): readonly Told[] {
    const { verbose } = this.#options
    const within = verbose && place.in !== undefined ? `${place.in}: ` : ''
    return verbose || this.#isDryRun ? this.#of(place, within + text, 'faint') : []
  }

  #of(place: WhereTold, text: string | undefined, look: keyof Paint): readonly Told[] {
    const { paint, prefix } = this.#options
    const lines = cleanLines(text ?? '').map((line) => prefix(place) + paint[look](line))
    return told(this.#isDryRun ? 'stdout' : 'stderr', lines)
  }

  #isProgressDue(host: string): boolean {
    const now = performance.now()
    const last = this.#progressAt.get(host)
    if (last !== undefined && now - last < PROGRESS_EVERY_MS) return false
    this.#progressAt.set(host, now)
    return last !== undefined
  }
}

const LOOKS = { done: 'good', failed: 'bad', skipped: 'careful' } as const

const joinedText = ({ job, startedBy, since }: RunFact & { readonly type: 'job-started' }): string =>
  `it runs there already, as job ${job}${startedBy === undefined ? '' : `, started by run ${startedBy} at ${since}`}: joined`
