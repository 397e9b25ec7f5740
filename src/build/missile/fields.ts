import type { Place, Problems } from './problems.ts'
import { Dict, itemsOf, typeName, type Value } from './python/index.ts'

/** One mapping of a missile, read key by key; what does not fit becomes a problem with its path, line and column. */
export class Fields {
  readonly dict: Dict
  readonly #path: string
  readonly #problems: Problems
  readonly #place: Place | undefined

  constructor(dict: Dict, problems: Problems, path = '', place?: Place) {
    this.dict = dict
    this.#problems = problems
    this.#path = path
    this.#place = place
  }

  /** A text that must be there; '' stands for one that is wrong. */
  text(key: string): string {
    if (this.dict.get(key) === undefined) {
      this.problem(undefined, `${key} is missing`)
      return ''
    }
    return this.optionalText(key) ?? ''
  }

  optionalText(key: string): string | undefined {
    const value = this.dict.get(key)
    if (value === undefined || typeof value === 'string') return value
    this.problem(key, `${key} must be text, and ${spoken(value)} is not: quote it`)
    return undefined
  }

  /** A list of texts; none where the key is absent or empty. */
  texts(key: string): readonly string[] {
    return this.#items(key).flatMap((item, at) => {
      if (typeof item === 'string') return [item]
      this.problem(key, `${key}[${at}] must be text, and ${spoken(item)} is not: quote it`, at)
      return []
    })
  }

  /** One text or a list of them; undefined where the key is absent. */
  textOrTexts(key: string): string | readonly string[] | undefined {
    const value = this.dict.get(key)
    if (value === undefined || value === null) return undefined
    return typeof value === 'string' ? value : this.texts(key)
  }

  mapping(key: string): Fields | undefined {
    const value = this.dict.get(key)
    if (value === undefined || value === null) return undefined
    if (value instanceof Dict)
      return new Fields(value, this.#problems, `${this.#path}${key}.`, this.place(key))
    this.problem(key, `${key} must be a mapping of keys to values, not ${spoken(value)}`)
    return undefined
  }

  /** A list of mappings; none where the key is absent or empty. */
  mappings(key: string): readonly Fields[] {
    return this.#items(key).flatMap((item, at) => {
      const place = this.place(key, at)
      if (item instanceof Dict)
        return [new Fields(item, this.#problems, `${this.#path}${key}[${at}].`, place)]
      this.problem(key, `${key}[${at}] must be a mapping, not ${spoken(item)}`, at)
      return []
    })
  }

  problem(key: string | undefined, message: string, index?: number): void {
    this.#problems.add(`${this.#path}${message}`, this.place(key, index))
  }

  warn(key: string | undefined, message: string): void {
    this.#problems.warn(`${this.#path}${message}`, this.place(key))
  }

  place(key: string | undefined, index?: number): Place | undefined {
    if (key === undefined) return this.#place
    const value = this.dict.get(key)
    const item =
      index !== undefined && typeof value === 'object' && value
        ? this.#problems.placeOf(value, index)
        : undefined
    return item ?? this.#problems.placeOf(this.dict, key) ?? this.#place
  }

  #items(key: string): readonly Value[] {
    const value = this.dict.get(key)
    if (value === undefined || value === null) return []
    const items = itemsOf(value)
    if (items) return items
    this.problem(key, `${key} must be a list, not ${spoken(value)}`)
    return []
  }
}

const spoken = (value: Value): string => WORDS[typeName(value)] ?? 'a date'

const WORDS: Readonly<Record<string, string>> = {
  NoneType: 'nothing',
  bool: 'a boolean',
  int: 'a number',
  long: 'a number',
  float: 'a number',
  str: 'a text',
  list: 'a list',
  dict: 'a mapping',
}
