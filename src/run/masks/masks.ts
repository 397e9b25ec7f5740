import { inspect } from 'node:util'
import { Secret } from '../../shell/index.ts'
import type { RunOptions } from '../../task/context.ts'
import type { RunEvent } from '../events.ts'
import { Hidden, MaskedStream } from './masked-stream.ts'
import { formsOf } from './secret-forms.ts'

/**
 * The secrets of a run, and its events without them: `***` stands wherever a machine, a message or an answer holds one,
 * also where output comes in pieces that cut one in two.
 */
export class Masks {
  readonly #known = new WeakSet<Secret>()
  readonly #values = new Set<string>()
  /** What gives them away. */
  readonly #texts = new Set<string>()
  /** Made of the texts when it is needed; undefined after one has come. */
  #hidden: Hidden | undefined
  readonly #streams = new Map<string, { readonly stream: MaskedStream; last: Output }>()

  constructor(secrets: readonly Secret[] = []) {
    this.add(secrets)
  }

  /** From now on these are masked, too. */
  add(secrets: readonly Secret[]): void {
    for (const secret of secrets) {
      if (this.#known.has(secret)) continue
      this.#known.add(secret)
      if (secret.isKnown) this.#learn(secret)
      else secret.onceKnown(() => this.#learn(secret))
    }
  }

  /** Tasks make new secrets of one value on each host: what is hidden already costs nothing. */
  #learn(secret: Secret): void {
    const value = secret.reveal()
    if (this.#values.has(value)) return
    this.#values.add(value)
    for (const form of formsOf(value)) this.#texts.add(form)
    this.#hidden = undefined
  }

  readonly text = (text: string): string => (this.#isIdle ? text : this.stream().whole(text))

  /** For a text that comes in pieces. */
  stream(): MaskedStream {
    return new MaskedStream(() => this.#allHidden)
  }

  /** What may be told of an event: nothing yet, itself, or what was kept back and itself. */
  of(event: RunEvent): readonly RunEvent[] {
    if (this.#isIdle) return [event]
    if (event.type === 'output') return this.#ofOutput(event)
    return [...this.#restBefore(event), maskedEvent(event, this.text)]
  }

  get #isIdle(): boolean {
    return this.#texts.size === 0
  }

  get #allHidden(): Hidden {
    this.#hidden ??= new Hidden([...this.#texts])
    return this.#hidden
  }

  #ofOutput(event: Output): readonly Output[] {
    const key = `${event.command} ${event.stream}`
    const kept = this.#streams.get(key) ?? { stream: this.stream(), last: event }
    this.#streams.set(key, kept)
    kept.last = event
    const text = kept.stream.push(event.text)
    if (text === event.text) return [event]
    return text === '' ? [] : [{ ...event, text }]
  }

  /** What was kept back of a command that has ended; some end without saying so, when their session cannot. */
  #restBefore(event: RunEvent): readonly Output[] {
    if (event.type !== 'command-ended' && event.type !== 'step-ended') return []
    const isOver = ({ command, host, step }: Output): boolean =>
      event.type === 'command-ended' ? event.command === command : event.host === host && event.step === step
    const over = [...this.#streams].filter(([, { last }]) => isOver(last))
    return over.flatMap(([key, { stream, last }]) => {
      this.#streams.delete(key)
      const text = stream.end()
      return text === '' ? [] : [{ ...last, text }]
    })
  }
}

type Output = RunEvent & { readonly type: 'output' }

/** The secrets a command is run with, besides those it holds itself. */
export const secretsOfOptions = ({ env = {}, stdin }: RunOptions): readonly Secret[] =>
  [...Object.values(env), stdin].filter((value) => value instanceof Secret)

/** Words of our own and names of hosts: a password that is one of them hides nothing, and events must stay events. */
const OURS = new Set('v time type run host hosts on task stream level direction code signal'.split(' '))
/** What tasks make up; here numbers and keys may give away something, too. */
const THEIRS = new Set(['result', 'value'])

function maskedEvent(event: RunEvent, masked: (text: string) => string): RunEvent {
  const ours = (part: unknown): unknown => {
    if (typeof part === 'string') return masked(part)
    if (Array.isArray(part)) return part.map(ours)
    if (!isPlain(part)) return part
    return Object.fromEntries(
      Object.entries(part).map(([key, inner]) => {
        if (THEIRS.has(key)) return [key, answer(inner, masked)]
        return [key, OURS.has(key) ? inner : ours(inner)]
      }),
    )
  }
  // It has the shape it had: only strings were replaced, by strings.
  return ours(event) as RunEvent
}

/** What cannot be gone through, such as a circle, is told as Node prints it. */
function answer(part: unknown, masked: (text: string) => string): unknown {
  try {
    return theirs(part, masked)
  } catch {
    return masked(inspect(part))
  }
}

function theirs(part: unknown, masked: (text: string) => string): unknown {
  if (typeof part === 'string') return masked(part)
  if (typeof part === 'number') return masked(String(part)) === String(part) ? part : '***'
  if (Array.isArray(part)) return part.map((inner) => theirs(inner, masked))
  if (isPlain(part))
    return Object.fromEntries(
      Object.entries(part).map(([key, inner]) => [masked(key), theirs(inner, masked)]),
    )
  return typeof part === 'object' && part !== null && !(part instanceof Secret) ? ofClass(part, masked) : part
}

/** A class of the task's own, a date, a map: itself, unless what is written of it holds a secret. */
function ofClass(part: object, masked: (text: string) => string): unknown {
  try {
    const written: unknown = JSON.parse(JSON.stringify(part) ?? 'null')
    const told = theirs(written, masked)
    return JSON.stringify(told) === JSON.stringify(written) ? part : told
  } catch {
    // It cannot be written down at all, but printed.
    const printed = inspect(part)
    const told = masked(printed)
    return told === printed ? part : told
  }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
