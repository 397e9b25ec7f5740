import {
  type ListrRenderer,
  type ListrRendererFactory,
  ListrTaskEventType,
  type ListrTaskObject,
  ListrTaskState,
} from 'listr2'
import { frame, type HostState, type Hosts, type HostView } from './frame.ts'
import type { Paint } from './paint.ts'
import type { Screen } from './screen.ts'

export interface TreeRendererOptions {
  readonly screen: Screen
  readonly paint: Paint
  /** A host as it is now, by its place in the tree. */
  readonly view: (at: number) => HostView | undefined
}

type Item = ListrTaskObject<unknown, ListrRendererFactory, ListrRendererFactory>

/**
 * Draws a listr2 list of hosts, as much of it as fits, when the screen asks for it: a change costs its host, a picture
 * its rows. listr2's own renderer draws everything at every change: 50 hosts × 50 lines took it 32 s.
 */
export class TreeRenderer implements ListrRenderer, Hosts {
  static readonly rendererOptions: TreeRendererOptions
  static readonly rendererTaskOptions: never
  /** listr2 looks at this program's own stdout; what is drawn on was decided already. */
  static readonly nonTTY = true

  readonly #items: readonly Item[]
  readonly #options: TreeRendererOptions
  readonly #states = new Map<number, HostState>()
  /** Places in the tree, by the state of the host. */
  readonly #places: Readonly<Record<HostState, Set<number>>> = {
    waiting: new Set(),
    running: new Set(),
    done: new Set(),
    failed: new Set(),
    skipped: new Set(),
  }
  #beat = 0

  constructor(items: readonly Item[], options: TreeRendererOptions) {
    this.#items = items
    this.#options = options
  }

  readonly render = (): void => {
    for (const [at, item] of this.#items.entries()) {
      this.#sort(at, item)
      item.on(ListrTaskEventType.STATE, () => this.#sort(at, item))
    }
    const { screen, paint } = this.#options
    screen.draw((rows, columns) => frame(this, { rows, columns }, this.#beat++, paint))
  }

  readonly end = (): void => this.#options.screen.draw(() => [])

  get total(): number {
    return this.#items.length
  }

  readonly count = (state: HostState): number => this.#places[state].size

  readonly first = (state: HostState, most: number): readonly HostView[] => {
    const places: number[] = []
    for (const at of this.#places[state]) {
      if (places.length >= most) break
      places.push(at)
    }
    return this.#views(places)
  }

  readonly all = (): readonly HostView[] => this.#views(this.#items.keys())

  #views(places: Iterable<number>): readonly HostView[] {
    return Array.from(places).flatMap((at) => this.#options.view(at) ?? [])
  }

  #sort(at: number, item: Item): void {
    const [before, now] = [this.#states.get(at), stateOf(item)]
    if (before === now) return
    if (before !== undefined) this.#places[before].delete(at)
    this.#places[now].add(at)
    this.#states.set(at, now)
  }
}

function stateOf({ state }: Item): HostState {
  switch (state) {
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
