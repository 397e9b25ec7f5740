import { outcomeName, type RunEvent, type RunFact, type StepName } from '../run/index.ts'
import { cleanLines } from './clean.ts'
import { CommandLines } from './command-lines.ts'
import type { Paint } from './paint.ts'
import { resultLines } from './result-text.ts'
import { Summary } from './summary.ts'
import { type Told, told } from './told.ts'
import { warningOf } from './warning.ts'
import { commandText, progressText, secondsText, transferText } from './words.ts'

export interface NarratorOptions {
  readonly paint: Paint
  /** Only what failed, and warnings. */
  readonly quiet: boolean
  readonly verbose: boolean
  /** What stands in front of each line about a host. */
  readonly prefix: (host: string) => string
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
  readonly #lines: CommandLines
  readonly #progressAt = new Map<string, number>()
  /** The steps that spoke for themselves: the objects and lists they answer are then for programs. */
  readonly #spoke = new Set<string>()
  #steps: readonly StepName[] = []
  #isDryRun = false
  #isHushed = false

  constructor(options: NarratorOptions) {
    this.#options = options
    this.#lines = new CommandLines(options.prefix)
  }

  tell(event: RunEvent): readonly Told[] {
    const { paint, verbose } = this.#options
    const quiet = this.#options.quiet || this.#isHushed
    this.#summary.on(event)
    const warning = warningOf(event)
    if (warning !== undefined) return told('stderr', [paint.careful(warning)])
    if (event.type === 'run-ended') {
      const total = quiet ? [] : [this.#summary.total(paint)]
      return told('stderr', [
        ...this.#summary.failures(paint, { verbose, isHushed: this.#isHushed }),
        ...total,
      ])
    }
    return quiet ? [] : this.#inFull(event)
  }

  /** Nobody listens any more, and the run is ended for that: only what failed by itself is still said. */
  hush(): void {
    this.#isHushed = true
  }

  #inFull(event: RunEvent): readonly Told[] {
    switch (event.type) {
      case 'run-started':
        return this.#started(event)
      case 'host-connected':
        return this.#ifVerbose(event.host, `connected in ${secondsText(event.afterMs)}`)
      case 'step-started':
        return this.#isHeaded ? this.#about(event.host, this.#steps[event.step]?.text, 'strong') : []
      case 'command-started':
        return this.#ifVerbose(event.host, commandText(event, this.#options.verbose))
      case 'transfer-started':
        return this.#ifVerbose(event.host, transferText(event))
      case 'progress':
        return this.#isProgressDue(event.host) ? this.#about(event.host, progressText(event), 'faint') : []
      case 'output':
        return this.#lines.push(event)
      case 'command-ended':
        return this.#lines.end(event.command)
      case 'log':
        this.#spoke.add(`${event.step} ${event.host}`)
        return told('stdout', this.#prefixed(event.host, cleanLines(event.text)))
      case 'step-ended':
        return [...this.#lines.endStep(event), ...this.#ended(event)]
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

  #ended({ host, step, outcome, result }: RunFact & { readonly type: 'step-ended' }): readonly Told[] {
    const { paint } = this.#options
    if (outcome.type === 'done') {
      const isForPrograms = typeof result === 'object' && this.#spoke.has(`${step} ${host}`)
      const lines = resultLines(isForPrograms ? undefined : result).map(
        (line) => `${paint.good('→')} ${line}`,
      )
      return told('stdout', this.#prefixed(host, lines))
    }
    // The summary says what is to be said of it; where more is to come, one line says it at once.
    if (!this.#isHeaded || outcome.type === 'skipped') return []
    return this.#about(host, `${this.#steps[step]?.task ?? ''} ${outcomeName(outcome)}`, 'bad')
  }

  /** A run of one task needs no headings. */
  get #isHeaded(): boolean {
    return this.#isDryRun || this.#steps.length > 1
  }

  #ifVerbose(host: string, text: string): readonly Told[] {
    return this.#options.verbose || this.#isDryRun ? this.#about(host, text, 'faint') : []
  }

  #about(host: string, text: string | undefined, look: keyof Paint): readonly Told[] {
    const lines = cleanLines(text ?? '').map(this.#options.paint[look])
    return told(this.#isDryRun ? 'stdout' : 'stderr', this.#prefixed(host, lines))
  }

  #prefixed(host: string, lines: readonly string[]): readonly string[] {
    return lines.map((line) => this.#options.prefix(host) + line)
  }

  #isProgressDue(host: string): boolean {
    const now = performance.now()
    const last = this.#progressAt.get(host)
    if (last !== undefined && now - last < PROGRESS_EVERY_MS) return false
    this.#progressAt.set(host, now)
    return last !== undefined
  }
}
