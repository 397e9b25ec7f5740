import { inspect } from 'node:util'
import { UsageError } from './errors.ts'

const values = new WeakMap<Secret, string>()
const sources = new WeakMap<Secret, () => Promise<string>>()
const searches = new WeakMap<Secret, Promise<string>>()
const listeners = new WeakMap<Secret, (() => void)[]>()

/**
 * A value that prints as `***` wherever it is printed, logged or made JSON of; `reveal` is the one way to it. It may be
 * kept somewhere else until it is needed: `find` fetches it then, once.
 */
export class Secret {
  constructor(value: string | (() => Promise<string>)) {
    if (typeof value === 'string') values.set(this, value)
    else sources.set(this, value)
  }

  /** Whether the value is at hand. */
  get isKnown(): boolean {
    return values.has(this)
  }

  /** Fetches the value where it is not at hand; rejects with what its source says, each time. */
  async find(): Promise<this> {
    const source = sources.get(this)
    if (source === undefined || this.isKnown) return this
    const search = searches.get(this) ?? source()
    searches.set(this, search)
    const value = await search
    if (this.isKnown) return this
    values.set(this, value)
    for (const listener of listeners.get(this) ?? []) listener()
    return this
  }

  /** Calls back when the value has been fetched. */
  onceKnown(listener: () => void): void {
    listeners.set(this, [...(listeners.get(this) ?? []), listener])
  }

  /** The value itself: call it only where it leaves for stdin or for a library that needs it. */
  reveal(): string {
    const value = values.get(this)
    if (value !== undefined) return value
    throw new UsageError('this secret has not been fetched yet: await its find() before reveal()', {
      hint: "a parameter of type secret with  setting: 'secrets.NAME'  is fetched before the task runs",
    })
  }

  /** `***`. */
  toString(): string {
    return '***'
  }

  /** `***`. */
  toJSON(): string {
    return '***'
  }

  /** `***`. */
  [inspect.custom](): string {
    return '***'
  }
}

/** Fetches those that are not at hand; nothing is waited for where all are. */
export function findSecrets(secrets: readonly Secret[]): Promise<unknown> | undefined {
  const unknown = secrets.filter(({ isKnown }) => !isKnown)
  return unknown.length === 0 ? undefined : Promise.all(unknown.map((secret) => secret.find()))
}
