import { printable, TaskError } from '../../shell/index.ts'
import { isDigest, isGeneration, isStackName } from './shape.ts'

/** What freezing a stack wrote down: this name is these bytes, for good. Its file's exact bytes are what is signed. */
export interface FreezeRecord {
  readonly v: 1
  readonly kind: 'gachette-stack'
  readonly domain: string
  readonly stack: string
  /** Of the stack, lower-case hex. */
  readonly digest: string
  readonly generation: string
  /** Packages. */
  readonly count: number
  /** ISO time, UTC. */
  readonly when: string
  readonly who: string
  readonly why: string | null
}

/** Where a channel points to, and since when; the highest number of a channel holds. */
export interface ChannelPointer {
  readonly v: 1
  readonly kind: 'gachette-channel'
  readonly domain: string
  readonly channel: string
  /** From 1 on; each promotion has a higher one. */
  readonly number: number
  readonly stack: string
  readonly digest: string
  /** ISO time, UTC. */
  readonly when: string
  /** ISO time after which it holds no more; null: it holds until the next one. */
  readonly until: string | null
  readonly who: string
  readonly why: string | null
}

/** A record of the store is not what its name says, or not of the form this program writes. */
export class BadRecord extends TaskError {
  override readonly code = 'bad-record'
}

/** Reads the bytes of a freeze record; `file` names it in what is said. Throws a BadRecord. */
export function parseFreezeRecord(bytes: Uint8Array, file: string): FreezeRecord {
  const entry = canonical(bytes, file, 'gachette-stack')
  const is = holder(entry, file)
  return {
    v: 1,
    kind: 'gachette-stack',
    domain: is('domain', isStackName),
    stack: is('stack', isStackName),
    digest: is('digest', isDigest),
    generation: is('generation', isGeneration),
    count: is('count', isCount),
    when: is('when', isTime),
    who: is('who', isText),
    why: is('why', isTextOrNull),
  }
}

/** Reads the bytes of a channel's pointer; `file` names it in what is said. Throws a BadRecord. */
export function parseChannelPointer(bytes: Uint8Array, file: string): ChannelPointer {
  const entry = canonical(bytes, file, 'gachette-channel')
  const is = holder(entry, file)
  return {
    v: 1,
    kind: 'gachette-channel',
    domain: is('domain', isStackName),
    channel: is('channel', isStackName),
    number: is('number', isNumber),
    stack: is('stack', isStackName),
    digest: is('digest', isDigest),
    when: is('when', isTime),
    until: is('until', isTimeOrNull),
    who: is('who', isText),
    why: is('why', isTextOrNull),
  }
}

const LONGEST = 16 * 1024

/**
 * One line of JSON as JSON.stringify writes it: then every reader, whatever it makes of doubled keys or odd escapes,
 * reads the same.
 */
function canonical(bytes: Uint8Array, file: string, kind: string): Readonly<Record<string, unknown>> {
  if (bytes.length > LONGEST) throw new BadRecord(`${file} is larger than any record`)
  const text = Buffer.from(bytes).toString('utf8')
  const entry = text.endsWith('\n') && Buffer.from(text).equals(bytes) ? parsed(text.slice(0, -1)) : undefined
  if (entry === undefined)
    throw new BadRecord(`${file} is no record of this store: ${printable(text.slice(0, 60))}`)
  if (entry.kind !== kind) throw new BadRecord(`${file} is no ${kind} record`)
  if (entry.v !== 1)
    throw new BadRecord(`${file} was written by a newer gachette`, { hint: 'update this program' })
  return entry
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return JSON.stringify(value) === line ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Reads one key by its rule, or says which one is wrong. */
function holder(entry: Readonly<Record<string, unknown>>, file: string) {
  return <T>(key: string, rule: (value: unknown) => value is T): T => {
    const value = Object.hasOwn(entry, key) ? entry[key] : undefined
    if (rule(value)) return value
    const seen = value === undefined ? 'missing' : printable(String(value).slice(0, 60))
    throw new BadRecord(`${file}: its ${key} is ${seen}`)
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isNumber = (value: unknown): value is number => isCount(value) && value >= 1 && value <= 99_999_999
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1000
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value)
const isTime = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value) &&
  !Number.isNaN(Date.parse(value))
const isTimeOrNull = (value: unknown): value is string | null => value === null || isTime(value)
