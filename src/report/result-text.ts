import { cleanLine, cleanLines } from './clean.ts'

const MOST_LINES = 20
const LONGEST = 300
/** What lies deeper in an answer is not shown; it may be a circle. */
const DEEPEST = 4

/**
 * What a task answered, as a few lines for people: a text as it is, a list line by line, an object as `key: value`.
 * Nothing for what says nothing (undefined, null, an empty text or list) or was shown already (a command's result).
 */
export function resultLines(result: unknown): readonly string[] {
  const lines = all(result)
  const shown = lines
    .slice(0, MOST_LINES)
    .map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line))
  return lines.length > MOST_LINES ? [...shown, `… ${lines.length - MOST_LINES} more`] : shown
}

function all(result: unknown): readonly string[] {
  if (result === undefined || result === null || result === '') return []
  if (typeof result === 'string') return cleanLines(result.replace(/\n+$/, ''))
  if (Array.isArray(result)) return result.map((each) => inline(each))
  if (!isPlain(result)) return [inline(result)]
  if ('exitCode' in result && 'stdout' in result && 'stderr' in result) return []
  return entries(result).map(([key, value]) => `${key}: ${value}`)
}

function inline(value: unknown, depth = 0): string {
  if (depth > DEEPEST && typeof value === 'object' && value !== null) return '…'
  if (Array.isArray(value)) return value.map((each) => inline(each, depth + 1)).join(', ')
  if (isPlain(value))
    return entries(value, depth + 1)
      .map(([key, text]) => `${key} ${text}`)
      .join(', ')
  return cleanLine(String(value).replaceAll('\n', ' '))
}

const entries = (object: object, depth = 0): (readonly [string, string])[] =>
  Object.entries(object)
    .filter(([, value]) => value !== undefined && typeof value !== 'function')
    .map(([key, value]) => [cleanLine(key), inline(value, depth)])

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value))
