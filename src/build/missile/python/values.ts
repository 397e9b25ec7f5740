/** A value as a missile and its templates know it: Python's, since their texts spell it Python's way. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Moment
  | Value[]
  | Tuple
  | Dict
  | Thing

/** A Python float: `7.0` prints as `7.0`, where the int 7 (a JavaScript number) prints as `7`. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** A date or a date with time, which missiles only print. `seconds` orders them. */
export class Moment {
  /** What `str()` says: `2013-05-01`, `2013-05-01 10:00:00`. */
  readonly text: string
  /** What `repr()` says: `datetime.date(2013, 5, 1)`. */
  readonly spelling: string
  readonly seconds: number

  constructor(text: string, spelling: string, seconds: number) {
    this.text = text
    this.spelling = spelling
    this.seconds = seconds
  }
}

/** A Python tuple, such as the pairs of `items()`. */
export class Tuple {
  readonly items: readonly Value[]

  constructor(items: readonly Value[]) {
    this.items = items
  }
}

/** A tuple whose items have names as well. */
export class NamedTuple extends Tuple {
  readonly names: readonly string[]

  constructor(names: readonly string[], items: readonly Value[]) {
    super(items)
    this.names = names
  }
}

/** A Python dict in the order of its making; keys are equal as Python's are (`1`, `1.0` and `True` are one key). */
export class Dict {
  readonly #entries = new Map<string, readonly [Value, Value]>()

  static of(entries: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict()
    for (const [key, value] of entries) dict.set(key, value)
    return dict
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(hash(key))?.[1]
  }

  has(key: Value): boolean {
    return this.#entries.has(hash(key))
  }

  /** Sets a key; one that is there keeps its place and its spelling, as in Python. */
  set(key: Value, value: Value): this {
    const hashed = hash(key)
    this.#entries.set(hashed, [this.#entries.get(hashed)?.[0] ?? key, value])
    return this
  }

  delete(key: Value): void {
    this.#entries.delete(hash(key))
  }

  keys(): Value[] {
    return [...this.#entries.values()].map(([key]) => key)
  }

  values(): Value[] {
    return [...this.#entries.values()].map(([, value]) => value)
  }

  entries(): (readonly [Value, Value])[] {
    return [...this.#entries.values()]
  }
}

/** Any other object a template meets: a function, a macro, `loop`, a namespace, an undefined name. */
export abstract class Thing {
  /** Python's name of its type. */
  abstract readonly type: string

  /** The attribute of that name; undefined where there is none. */
  attribute(_name: string): Value | undefined {
    return undefined
  }
}

/** Something a template can call with positional and named arguments. */
export class Callable extends Thing {
  readonly type = 'function'
  readonly name: string
  readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value

  constructor(name: string, call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value) {
    super()
    this.name = name
    this.call = call
  }

  override attribute(name: string): Value | undefined {
    return name === 'name' ? this.name : undefined
  }
}

/** A name that means nothing: Jinja2's StrictUndefined, which fails as soon as anybody looks at it. */
export class Undefined extends Thing {
  readonly type = 'StrictUndefined'
  readonly why: string
  /** Of an inline `if` without `else`: prints as nothing and is false, as Jinja2's ordinary Undefined. */
  readonly isQuiet: boolean

  constructor(why: string, isQuiet = false) {
    super()
    this.why = why
    this.isQuiet = isQuiet
  }

  /** Fails unless it is a quiet one. */
  look(): void {
    if (!this.isQuiet) throw new PythonError(this.why)
  }
}

/** A value that may not be there: None is one that is. */
export const present = (value: Value | undefined, why: string): Value =>
  value === undefined ? new Undefined(why) : value

/** What Python would have raised; whoever renders adds the template and the line. */
export class PythonError extends Error {}

export const isNumber = (value: Value): value is number | bigint | Float =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Float

export const isList = (value: Value): value is Value[] => Array.isArray(value)

/** The items of a list or tuple. */
export const itemsOf = (value: Value): readonly Value[] | undefined =>
  value instanceof Tuple ? value.items : isList(value) ? value : undefined

/** An int of any size: a JavaScript number where it is exact, else a bigint. */
export const int = (value: bigint): number | bigint =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value

/** The number a bool, int or float stands for; undefined for anything else. */
export function numeric(value: Value): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Float) return value.value
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
}

function hash(key: Value): string {
  if (key === null) return 'none'
  if (typeof key === 'string') return `s${key}`
  if (typeof key === 'bigint') return `n${key}`
  if (key instanceof Moment) return `m${key.spelling}`
  if (key instanceof Tuple) return `t${JSON.stringify(key.items.map(hash))}`
  const number = numeric(key)
  if (number !== undefined) return `n${number}`
  throw new PythonError(`unhashable type: '${key instanceof Dict ? 'dict' : 'list'}'`)
}
