import { Dict, present, Thing, type Value } from '../python/index.ts'

/** Names and their values where a statement stands; what it does not know itself, the scope around it may. */
export class Scope {
  readonly #around: Scope | undefined
  readonly #names = new Map<string, Value>()

  constructor(around?: Scope, names: Iterable<readonly [string, Value]> = []) {
    this.#around = around
    for (const [name, value] of names) this.#names.set(name, value)
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value)
  }

  get(name: string): Value {
    return present(this.#find(name), `'${name}' is undefined`)
  }

  /** Its own names, without those of the scopes around it. */
  own(): ReadonlyMap<string, Value> {
    return this.#names
  }

  /** Everything visible here, the nearest value of each name. */
  all(): Dict {
    const dict = this.#around?.all() ?? new Dict()
    for (const [name, value] of this.#names) dict.set(name, value)
    return dict
  }

  #find(name: string): Value | undefined {
    const own = this.#names.get(name)
    return own !== undefined || !this.#around ? own : this.#around.#find(name)
  }
}

/** An object whose attributes are given: `loop`, `self`, an imported template, a namespace. */
export class Attributes extends Thing {
  readonly type: string
  readonly names: Map<string, Value>
  readonly canBeSet: boolean

  constructor(type: string, names: Iterable<readonly [string, Value]>, canBeSet = false) {
    super()
    this.type = type
    this.names = new Map(names)
    this.canBeSet = canBeSet
  }

  override attribute(name: string): Value | undefined {
    return this.names.get(name)
  }
}
