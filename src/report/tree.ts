import { Listr, type ListrTaskObject, ListrTaskState, type ListrTaskWrapper } from 'listr2'
import type { StepId, StepName, StepOutcome } from '../run/index.ts'
import { cleanLine } from './clean.ts'
import { type TreeOptions, TreeRenderer } from './tree-renderer.ts'
import { withResolvers } from './with-resolvers.ts'

type Renderer = typeof TreeRenderer
type Wrapper = ListrTaskWrapper<unknown, Renderer, Renderer>

/** The hosts and steps of a run as a listr2 tree that follows what it is told of them. */
export class Tree {
  readonly #leaves = new Map<string, Leaf>()
  readonly #running: Promise<unknown>

  constructor(hosts: readonly string[], steps: readonly StepName[], options: TreeOptions) {
    const items = hosts.map((host) => ({
      title: cleanLine(host),
      task: (_: unknown, wrapper: Wrapper) =>
        wrapper.newListr(
          steps.map(({ task }, step) => ({ title: cleanLine(task), task: this.#leaf({ host, step }).work })),
          { concurrent: true, exitOnError: false },
        ),
    }))
    this.#running = new Listr<unknown, Renderer, Renderer>(items, {
      concurrent: true,
      exitOnError: false,
      // listr2 would end the whole process at Ctrl-C, leaving the remote ones behind.
      registerSignalListeners: false,
      renderer: TreeRenderer,
      rendererOptions: options,
    }).run()
  }

  start(id: StepId): void {
    this.#leaf(id).start()
  }

  /** The last lines a step printed. */
  show(id: StepId, lines: readonly string[]): void {
    this.#leaf(id).show(lines)
  }

  finish(id: StepId, outcome: StepOutcome): void {
    this.#leaf(id).finish(outcome)
  }

  async end(): Promise<void> {
    for (const leaf of this.#leaves.values()) leaf.finish({ type: 'skipped', because: 'the run is over' })
    await this.#running
  }

  #leaf({ host, step }: StepId): Leaf {
    const key = `${step} ${host}`
    const leaf = this.#leaves.get(key) ?? new Leaf()
    this.#leaves.set(key, leaf)
    return leaf
  }
}

/** One step on one host. listr2 starts it when it likes; what it shows is what the run said of it. */
class Leaf {
  readonly #finished: Promise<StepOutcome>
  readonly finish: (outcome: StepOutcome) => void
  #item: ListrTaskObject<unknown, Renderer, Renderer> | undefined
  #isStarted = false
  #output = ''

  constructor() {
    const { promise, resolve } = withResolvers<StepOutcome>()
    this.#finished = promise
    this.finish = resolve
  }

  readonly work = async (_: unknown, wrapper: Wrapper): Promise<void> => {
    this.#item = wrapper.task
    wrapper.task.state$ = this.#isStarted ? ListrTaskState.STARTED : ListrTaskState.WAITING
    wrapper.task.output$ = this.#output
    const outcome = await this.#finished
    if (outcome.type === 'skipped') wrapper.skip(outcome.because)
    else if (outcome.type === 'done') wrapper.task.state$ = ListrTaskState.COMPLETED
    else throw new Error(outcome.type)
  }

  start(): void {
    this.#isStarted = true
    if (this.#item !== undefined) this.#item.state$ = ListrTaskState.STARTED
  }

  show(lines: readonly string[]): void {
    this.#output = lines.join('\n')
    if (this.#item !== undefined) this.#item.output$ = this.#output
  }
}
