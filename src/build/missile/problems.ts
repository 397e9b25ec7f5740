import { TaskError } from '../../shell/index.ts'
import type { Value } from './python/index.ts'

/** Where a value stands in the missile, both counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

interface Finding extends Partial<Place> {
  readonly message: string
}

/** Everything wrong or doubtful with one missile, collected so that its author sees all of it at once. */
export class Problems {
  readonly #file: string
  readonly #errors: Finding[] = []
  readonly #warnings: Finding[] = []
  readonly #places = new WeakMap<object, Map<Value, Place>>()

  constructor(file: string) {
    this.#file = file
  }

  get found(): boolean {
    return this.#errors.length > 0
  }

  /** Each as `.missile.yml:3:5: message`, without repeats, in the order of the file. */
  get warnings(): readonly string[] {
    return this.#lines(this.#warnings)
  }

  add(message: string, place?: Place): void {
    this.#errors.push({ message, ...place })
  }

  warn(message: string, place?: Place): void {
    this.#warnings.push({ message, ...place })
  }

  /** Remembers where the value of a key (or of an index) stands. */
  note(container: object, key: Value, place: Place): void {
    const places = this.#places.get(container) ?? new Map<Value, Place>()
    this.#places.set(container, places.set(key, place))
  }

  copyNote(from: object, to: object, key: Value): void {
    const place = this.placeOf(from, key)
    if (place) this.note(to, key, place)
  }

  placeOf(container: object, key: Value): Place | undefined {
    return this.#places.get(container)?.get(key)
  }

  /** Throws one error that holds every problem, if there is any. */
  throwIfAny(): void {
    if (!this.found) return
    const lines = this.#lines(this.#errors)
    const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`
    throw new TaskError(`the missile has ${count}:\n${lines.map((line) => `  ${line}`).join('\n')}`)
  }

  #lines(findings: readonly Finding[]): string[] {
    const sorted = [...findings].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    )
    const lines = sorted.map(({ message, line, column }) =>
      line === undefined ? `${this.#file}: ${message}` : `${this.#file}:${line}:${column}: ${message}`,
    )
    return [...new Set(lines)]
  }
}
