import type { RunEvent, StepName } from '../run/index.ts'
import { cleanLine, cleanLines } from './clean.ts'
import { type FoldOptions, folded, type HostSaid } from './fold.ts'
import type { Said } from './kept.ts'
import { prefixWithoutHost } from './place-name.ts'
import { answerLines, type Speech, type StepEnded } from './speech.ts'
import type { StepLines } from './step-lines.ts'
import { type Told, told } from './told.ts'

/** What machines and tasks say, when a task has ended on all hosts: each text once, with the hosts that said it. */
export class Folding implements Speech {
  readonly #options: FoldOptions
  readonly #lines: StepLines
  #steps: readonly StepName[] = []
  /** The place of each host in the run. */
  #places: ReadonlyMap<string, number> = new Map()
  /** So many hosts the run has, or the batch that is going on. */
  #hosts = 0
  #step = 0
  #ended = 0
  #said: HostSaid[] = []

  constructor(lines: StepLines, options: FoldOptions) {
    this.#lines = lines
    this.#options = options
  }

  readonly hear = (event: RunEvent): readonly Told[] => {
    switch (event.type) {
      case 'run-started':
        this.#steps = event.steps
        this.#places = new Map(event.hosts.map((host, at) => [host, at]))
        this.#hosts = event.hosts.length
        return []
      case 'batch-started': {
        const before = this.#flush()
        this.#hosts = event.hosts.length
        return before
      }
      case 'step-started':
        return this.#turnTo(event.step)
      case 'log':
        this.#lines.log(
          event,
          cleanLines(event.text).map((line) => prefixWithoutHost(event) + line),
        )
        return []
      case 'step-ended':
        return this.#end(event)
      case 'run-ended':
        return this.#flush()
      default:
        return []
    }
  }

  /** The output of a step that failed is told with its failure only. */
  readonly hasTold = (): boolean => false

  #end(event: StepEnded): readonly Told[] {
    const before = this.#turnTo(event.step)
    if (event.outcome.type === 'done') {
      const answer = answerLines(event, this.#lines.hasSpoken(event), this.#options.paint)
      this.#said.push({ host: event.host, ...withAnswer(this.#lines.said(event), answer) })
    }
    this.#ended++
    return this.#ended < this.#awaited ? before : [...before, ...this.#flush()]
  }

  /** Tasks follow one another: with the first word of the next, all was said in the one before. */
  #turnTo(step: number): readonly Told[] {
    const before = step === this.#step ? [] : this.#flush()
    this.#step = step
    return before
  }

  /** So many hosts are to end the step that is going on; where that is not known exactly, the next step tells. */
  get #awaited(): number {
    return Math.min(this.#hosts, this.#steps[this.#step]?.hosts?.length ?? this.#hosts)
  }

  #flush(): readonly Told[] {
    const placeOf = ({ host }: HostSaid) => this.#places.get(host) ?? 0
    const inOrder = this.#said.sort((one, other) => placeOf(one) - placeOf(other))
    const lines = folded(inOrder, this.#options)
    const heading = this.#steps.length > 1 && lines.length > 0 ? this.#steps[this.#step]?.text : undefined
    this.#said = []
    this.#ended = 0
    return [
      ...told('stderr', heading === undefined ? [] : [this.#options.paint.strong(cleanLine(heading))]),
      ...told('stdout', lines),
    ]
  }
}

function withAnswer(said: Said, answer: readonly string[]): Said {
  if (answer.length === 0) return said
  const text = answer.map((line) => `${line}\n`).join('')
  return { key: `${said.key}\0${text}`, end: said.end + text, count: said.count + answer.length }
}
