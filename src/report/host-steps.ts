import type { HostState, HostView, StepState, StepView } from './frame.ts'

/** A step that is planned for a host, by its number in the run. */
export interface PlannedStep {
  readonly step: number
  readonly name: string
}

/** The steps of one host as they go, for the picture. */
export class HostSteps {
  readonly #name: string
  readonly #planned: readonly PlannedStep[]
  /** The steps that have begun or ended; most hosts of a large run have none for a long time. */
  readonly #steps = new Map<number, Step>()
  readonly #lines: (step: number) => readonly string[]
  #state: HostState = 'waiting'

  /** @param lines the last lines of a step, three at most; asked for only where they are drawn */
  constructor(name: string, planned: readonly PlannedStep[], lines: (step: number) => readonly string[]) {
    this.#name = name
    this.#planned = planned
    this.#lines = lines
  }

  /** Once is enough. */
  start(step: number): void {
    if (this.#steps.has(step)) return
    this.#steps.set(step, { state: 'running', start: performance.now(), end: undefined })
    this.#state = 'running'
  }

  finish(step: number, state: 'done' | 'failed' | 'skipped'): void {
    const now = performance.now()
    this.#steps.set(step, { state, start: this.#steps.get(step)?.start ?? now, end: now })
    this.#state = this.#judged()
  }

  hasEnded(step: number): boolean {
    const { state } = this.#steps.get(step) ?? WAITING
    return state !== 'waiting' && state !== 'running'
  }

  get state(): HostState {
    return this.#state
  }

  get view(): HostView {
    return { name: this.#name, state: this.#state, steps: this.#planned.map((step) => this.#view(step)) }
  }

  #judged(): HostState {
    const states = new Set(Array.from(this.#steps.values(), ({ state }) => state))
    if (states.has('running')) return 'running'
    if (states.has('failed')) return 'failed'
    if (this.#steps.size < this.#planned.length) return 'waiting'
    return states.has('skipped') ? 'skipped' : 'done'
  }

  #view({ step, name }: PlannedStep): StepView {
    const { state, start, end = performance.now() } = this.#steps.get(step) ?? WAITING
    return { name, state, ms: end - start, lines: state === 'running' ? this.#lines(step) : [] }
  }
}

interface Step {
  readonly state: StepState
  readonly start: number
  readonly end: number | undefined
}

const WAITING: Step = { state: 'waiting', start: 0, end: 0 }
