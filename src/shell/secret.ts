import { inspect } from 'node:util'

const values = new WeakMap<Secret, string>()

/** A value that prints as `***` wherever it is printed, logged or made JSON of; `reveal` is the one way to it. */
export class Secret {
  constructor(value: string) {
    values.set(this, value)
  }

  /** The value itself: call it only where it leaves for stdin or for a library that needs it. */
  reveal(): string {
    return values.get(this) ?? ''
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}
