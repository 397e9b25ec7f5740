import { Listr, type ListrTaskObject, ListrTaskState, type ListrTaskWrapper } from 'listr2'
import type { Conclusion, StepId, StepName, StepOutcome } from '../run/index.ts'
import { cleanLine } from './clean.ts'
import { HostSteps, type PlannedStep } from './host-steps.ts'
import type { Paint } from './paint.ts'
import type { Screen } from './screen.ts'
import { TreeRenderer } from './tree-renderer.ts'
import { withResolvers } from './with-resolvers.ts'

type Renderer = typeof TreeRenderer
type Wrapper = ListrTaskWrapper<unknown, Renderer, Renderer>

/** What a tree is drawn with. */
export interface TreeOptions {
  readonly screen: Screen
  readonly paint: Paint
  /** The last lines of a step, three at most; asked for only where they are drawn. */
  readonly lines: (id: StepId) => readonly string[]
}

/**
 * The hosts of a run as listr2 tasks that follow what they are told; the steps of each are ours, for a thousand hosts
 * with ten steps would be eleven thousand listr2 tasks.
 */
export class Tree {
  readonly #leaves: ReadonlyMap<string, Leaf>
  readonly #running: Promise<unknown>
  readonly #conducted: (step: number) => readonly string[]

  constructor(hosts: readonly string[], steps: readonly StepName[], { screen, paint, lines }: TreeOptions) {
    const leafOf = (host: string) => {
      const name = cleanLine(host)
      return new Leaf(name, new HostSteps(name, planned(host), (step) => lines({ host, step })))
    }
    const planned = plannedOn(steps)
    this.#conducted = (step) => steps[step]?.conducts ?? []
    this.#leaves = new Map(hosts.map((host) => [host, leafOf(host)]))
    const leaves = [...this.#leaves.values()]
    this.#running = new Listr<unknown, Renderer, Renderer>(
      leaves.map(({ title, work }) => ({ title, task: work })),
      {
        concurrent: true,
        exitOnError: false,
        // listr2 would end the whole process at Ctrl-C, leaving the remote ones behind.
        registerSignalListeners: false,
        renderer: TreeRenderer,
        rendererOptions: { screen, paint, view: (at) => leaves[at]?.steps.view },
      },
    ).run()
  }

  start({ host, step }: StepId): void {
    this.#leaves.get(host)?.start(step)
  }

  finish({ host, step }: StepId, { type }: StepOutcome): void {
    this.#leaves.get(host)?.finish(step, type === 'done' || type === 'skipped' ? type : 'failed')
    for (const conducted of this.#conducted(step)) this.#leaves.get(conducted)?.leave(step)
  }

  /** What became of a host that a task conducts. */
  conclude({ host, step }: StepId, is: Conclusion['is']): void {
    this.#leaves.get(host)?.finish(step, is)
  }

  async end(): Promise<void> {
    for (const leaf of this.#leaves.values()) leaf.end()
    await this.#running
  }
}

/** The steps that run on a host. */
function plannedOn(steps: readonly StepName[]): (host: string) => readonly PlannedStep[] {
  const all = steps.map(({ task, hosts, conducts = [] }, step) => ({
    step,
    name: cleanLine(task),
    hosts: hosts === undefined ? undefined : new Set([...hosts, ...conducts]),
  }))
  if (all.every(({ hosts }) => hosts === undefined)) return () => all
  return (host) => all.filter(({ hosts }) => hosts === undefined || hosts.has(host))
}

const STATES = {
  waiting: ListrTaskState.WAITING,
  running: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
} as const

/** One host. listr2 starts it when it likes; the state it has is what the run said of it. */
class Leaf {
  readonly title: string
  readonly steps: HostSteps
  readonly #over = withResolvers<void>()
  #item: ListrTaskObject<unknown, Renderer, Renderer> | undefined

  constructor(title: string, steps: HostSteps) {
    this.title = title
    this.steps = steps
  }

  readonly work = async (_: unknown, wrapper: Wrapper): Promise<void> => {
    this.#item = wrapper.task
    this.#follow()
    await this.#over.promise
    if (this.steps.state === 'failed') throw new Error('failed')
  }

  start(step: number): void {
    this.steps.start(step)
    this.#follow()
  }

  finish(step: number, state: 'done' | 'failed' | 'skipped'): void {
    this.steps.finish(step, state)
    this.#follow()
  }

  /** The task is over that conducted it; of a host of which it said nothing, nothing more is known. */
  leave(step: number): void {
    if (!this.steps.hasEnded(step)) this.finish(step, 'skipped')
  }

  end(): void {
    this.#over.resolve()
  }

  #follow(): void {
    const state = STATES[this.steps.state]
    if (this.#item !== undefined && this.#item.state !== state) this.#item.state$ = state
  }
}
