import type { RunEvent } from '../run/index.ts'
import type { Secret } from '../shell/index.ts'

/** Hears the events of a run. */
export type Listener = (event: RunEvent) => void | Promise<void>

/** Shorter ones are in every other word: masking them would hide the output, and would give them away. */
const SHORTEST = 4

/**
 * A listener that is told `***` wherever a machine, a message or an answer holds one of these secrets, also where
 * output comes in pieces that cut one in two.
 */
export function masking(secrets: readonly Secret[], listener: Listener): Listener {
  const values = [...new Set(secrets.map((secret) => secret.reveal()))].filter(
    (value) => value.length >= SHORTEST,
  )
  if (values.length === 0) return listener
  // The longest first: one may be a part of another.
  values.sort((a, b) => b.length - a.length)
  const masked = (text: string): string => values.reduce((told, value) => told.replaceAll(value, '***'), text)
  const kept = new Map<string, RunEvent & { readonly type: 'output' }>()

  return (event) => {
    if (event.type === 'output') return hearOutput(event)
    const rest = event.type === 'command-ended' ? restOf(event.command) : []
    const told = [...rest, maskedIn(event, masked)].map(listener).filter((wait) => wait !== undefined)
    return told.length === 0 ? undefined : Promise.all(told).then(() => undefined)
  }

  function hearOutput(event: RunEvent & { readonly type: 'output' }): void | Promise<void> {
    const key = `${event.command} ${event.stream}`
    const text = masked((kept.get(key)?.text ?? '') + event.text)
    const length = startOfSecret(text, values)
    kept.set(key, { ...event, text: text.slice(text.length - length) })
    return length === text.length
      ? undefined
      : listener({ ...event, text: text.slice(0, text.length - length) })
  }

  function restOf(command: number): readonly RunEvent[] {
    return ['stdout', 'stderr'].flatMap((stream) => {
      const key = `${command} ${stream}`
      const rest = kept.get(key)
      kept.delete(key)
      return rest === undefined || rest.text === '' ? [] : [rest]
    })
  }
}

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
