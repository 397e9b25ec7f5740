import { inspect } from 'node:util'
import type { RunEvent } from './events.ts'

/**
 * A value as JSON that no terminal minds: DEL and the C1 control characters are escaped too. What a task answers may be
 * anything; what JSON cannot hold (a circle) is told as Node would print it.
 */
export function jsonText(value: unknown, indent = 0): string {
  return stringify(value, indent).replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function stringify(value: unknown, indent: number): string {
  try {
    return JSON.stringify(value, bigIntsAsText, indent) ?? 'null'
  } catch {
    return JSON.stringify(inspect(value))
  }
}

const bigIntsAsText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value

/**
 * An event as one line, without its newline. What a task answers is made JSON by itself, so that an odd answer spoils
 * nothing else of its event.
 */
export const eventLine = (event: RunEvent): string =>
  event.type === 'step-ended' && typeof event.result === 'object'
    ? jsonText({ ...event, result: JSON.parse(jsonText(event.result)) as unknown })
    : jsonText(event)
