import {
  type ListrRenderer,
  type ListrRendererFactory,
  ListrTaskEventType,
  type ListrTaskObject,
  ListrTaskState,
} from 'listr2'
import { frame, type HostView, type StepState, type StepView } from './frame.ts'
import type { Paint } from './paint.ts'
import type { Screen } from './screen.ts'

export interface TreeOptions {
  readonly screen: Screen
  readonly paint: Paint
}

type Item = ListrTaskObject<unknown, ListrRendererFactory, ListrRendererFactory>

/**
 * Draws a listr2 tree of hosts and their steps, as much of it as fits, when the screen asks for it. listr2's own
 * renderer draws everything at every change: 50 hosts × 50 lines took it 32 s.
 */
export class TreeRenderer implements ListrRenderer {
  static readonly rendererOptions: TreeOptions
  static readonly rendererTaskOptions: never
  /** listr2 looks at this program's own stdout; what is drawn on was decided already. */
  static readonly nonTTY = true

  readonly #hosts: readonly Item[]
  readonly #options: TreeOptions
  readonly #times = new Map<Item, { readonly start: number; end?: number }>()
  #beat = 0

  constructor(hosts: readonly Item[], options: TreeOptions) {
    this.#hosts = hosts
    this.#options = options
  }

  readonly render = (): void => {
    for (const host of this.#hosts) {
      host.on(ListrTaskEventType.SUBTASK, (steps: readonly Item[]) => {
        for (const step of steps) step.on(ListrTaskEventType.STATE, () => this.#clock(step))
      })
    }
    this.#options.screen.draw((rows, columns) =>
      frame(
        this.#hosts.map((host) => this.#view(host)),
        { rows, columns },
        this.#beat++,
        this.#options.paint,
      ),
    )
  }

  readonly end = (): void => this.#options.screen.draw(() => [])

  /** listr2 starts every step at once; the tree sets those back to waiting that have not begun. */
  #clock(step: Item): void {
    const known = this.#times.get(step)
    if (step.isStarted()) this.#times.set(step, { start: performance.now() })
    else if (!step.hasFinalized()) this.#times.delete(step)
    else if (known !== undefined) known.end = performance.now()
  }

  #view(host: Item): HostView {
    return { name: host.title ?? '', steps: (host.subtasks ?? []).map((step) => this.#stepView(step)) }
  }

  #stepView(step: Item): StepView {
    const time = this.#times.get(step)
    return {
      name: step.title ?? '',
      state: stateOf(step),
      ms: time === undefined ? 0 : (time.end ?? performance.now()) - time.start,
      lines: step.output?.split('\n').filter((line) => line !== '') ?? [],
    }
  }
}

function stateOf(step: Item): StepState {
  switch (step.state) {
    case ListrTaskState.STARTED:
      return 'running'
    case ListrTaskState.COMPLETED:
      return 'done'
    case ListrTaskState.FAILED:
      return 'failed'
    case ListrTaskState.SKIPPED:
      return 'skipped'
    default:
      return 'waiting'
  }
}
