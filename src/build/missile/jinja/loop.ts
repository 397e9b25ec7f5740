import { Callable, isEqual, PythonError, present, Thing, Tuple, type Value } from '../python/index.ts'

/** Jinja2's `loop`: where a `for` stands in its items. */
export class Loop extends Thing {
  readonly type = 'LoopContext'
  readonly #items: readonly Value[]
  readonly #depth: number
  readonly #again: ((items: Value, depth: number) => Value) | undefined
  #at = -1
  #last: Value | undefined

  constructor(items: readonly Value[], depth: number, again?: (items: Value, depth: number) => Value) {
    super()
    this.#items = items
    this.#depth = depth
    this.#again = again
  }

  moveTo(at: number): void {
    this.#at = at
  }

  override attribute(name: string): Value | undefined {
    const length = this.#items.length
    switch (name) {
      case 'index':
        return this.#at + 1
      case 'index0':
        return this.#at
      case 'revindex':
        return length - this.#at
      case 'revindex0':
        return length - this.#at - 1
      case 'first':
        return this.#at === 0
      case 'last':
        return this.#at === length - 1
      case 'length':
        return length
      case 'depth':
        return this.#depth
      case 'depth0':
        return this.#depth - 1
      case 'previtem':
        return present(this.#items[this.#at - 1], 'there is no previous item')
      case 'nextitem':
        return present(this.#items[this.#at + 1], 'there is no next item')
      case 'cycle':
        return new Callable('cycle', (args) => this.#cycle(args))
      case 'changed':
        return new Callable('changed', (args) => this.#changed(new Tuple(args)))
      case '__call__':
        return new Callable('loop', ([items]) => this.#recurse(items ?? null))
      default:
        return undefined
    }
  }

  #cycle(values: readonly Value[]): Value {
    const value = values[this.#at % values.length]
    if (value === undefined) throw new PythonError('no items for cycling given')
    return value
  }

  #changed(values: Tuple): boolean {
    const isSame = this.#last !== undefined && isEqual(this.#last, values)
    this.#last = values
    return !isSame
  }

  #recurse(items: Value): Value {
    if (!this.#again) throw new PythonError('loop() works only in a loop marked recursive')
    return this.#again(items, this.#depth + 1)
  }
}
