import { Secret } from '../shell/index.ts'
import type { RunOptions } from '../task/context.ts'
import type { RunEvent } from './events.ts'

/** Shorter ones are in every other word: masking them would hide the output, and would give them away. */
const SHORTEST = 4

/**
 * The secrets of a run, and its events without them: `***` stands wherever a machine, a message or an answer holds one,
 * also where output comes in pieces that cut one in two.
 */
export class Masks {
  readonly #known = new Set<Secret>()
  /** The longest first: one may be a part of another. */
  #values: readonly string[] = []
  readonly #kept = new Map<string, Output>()

  constructor(secrets: readonly Secret[] = []) {
    this.add(secrets)
  }

  /** From now on these are masked, too. */
  add(secrets: readonly Secret[]): void {
    const fresh = secrets.filter((secret) => !this.#known.has(secret))
    if (fresh.length === 0) return
    for (const secret of fresh) this.#known.add(secret)
    const values = new Set([...this.#known].map((secret) => secret.reveal()))
    this.#values = [...values]
      .filter((value) => value.length >= SHORTEST)
      .sort((one, other) => other.length - one.length)
  }

  readonly text = (text: string): string =>
    this.#values.reduce((told, value) => told.replaceAll(value, '***'), text)

  /** What may be told of an event: nothing yet, itself, or what was kept back and itself. */
  of(event: RunEvent): readonly RunEvent[] {
    if (this.#values.length === 0) return [event]
    if (event.type === 'output') return this.#ofOutput(event)
    return [...this.#restBefore(event), maskedIn(event, this.text)]
  }

  #ofOutput(event: Output): readonly Output[] {
    const key = `${event.command} ${event.stream}`
    const text = this.text((this.#kept.get(key)?.text ?? '') + event.text)
    const toldLength = text.length - startOfSecret(text, this.#values)
    this.#kept.set(key, { ...event, text: text.slice(toldLength) })
    return toldLength === 0 ? [] : [{ ...event, text: text.slice(0, toldLength) }]
  }

  /** What was kept back of a command that has ended; some end without saying so, when their session cannot. */
  #restBefore(event: RunEvent): readonly Output[] {
    const isOver = ({ command, host, step }: Output): boolean =>
      event.type === 'command-ended'
        ? event.command === command
        : event.type === 'step-ended' && event.host === host && event.step === step
    const over = [...this.#kept].filter(([, rest]) => isOver(rest))
    for (const [key] of over) this.#kept.delete(key)
    return over.map(([, rest]) => rest).filter(({ text }) => text !== '')
  }
}

type Output = RunEvent & { readonly type: 'output' }

/** The secrets a command is run with, besides those it holds itself. */
export const secretsOfOptions = ({ env = {}, stdin }: RunOptions): readonly Secret[] =>
  [...Object.values(env), stdin].filter((value) => value instanceof Secret)

/** How many characters at the end of a text may be the beginning of a secret. */
function startOfSecret(text: string, values: readonly string[]): number {
  const longest = Math.min(text.length, (values[0]?.length ?? 1) - 1)
  for (let length = longest; length > 0; length--) {
    const end = text.slice(-length)
    if (values.some((value) => value.startsWith(end))) return length
  }
  return 0
}

/** The same event with every string in it masked; what is no plain JSON (a Secret, a class of the user's) is left alone. */
function maskedIn<T>(value: T, masked: (text: string) => string): T {
  const walk = (part: unknown): unknown => {
    if (typeof part === 'string') return masked(part)
    if (Array.isArray(part)) return part.map(walk)
    if (!isPlain(part)) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]))
  }
  // It has the shape it had: only strings were replaced, by strings.
  return walk(value) as T
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
