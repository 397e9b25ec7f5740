import { TaskError } from '../shell/index.ts'

/** One package of a stack, as the manifest of its generation has it. Digest, architecture and file are absent where a
 * store of 2013 had lost the .deb. */
export interface Pin {
  readonly name: string
  readonly version: string
  readonly architecture?: string
  /** Lower-case hex. */
  readonly sha256?: string
  /** Name of the .deb in the pool. */
  readonly file?: string
  /** Bytes. */
  readonly size?: number
  /** ISO time, UTC. */
  readonly pinnedAt?: string
  readonly pinnedBy?: string
}

/** The head of a generation's manifest: what it is and how it came to be. */
export interface Generation {
  readonly generation: string
  readonly parent?: string
  /** sha256 of the sorted lines `name version architecture sha256`: equal digest, equal stack. */
  readonly digest: string
  /** Number of packages. */
  readonly count: number
  readonly verb: string
  readonly when: string
  readonly who: string
  readonly why?: string
}

/** A manifest's first line; its packages follow it, one per line. */
export function parseGeneration(line: string): Generation {
  const head = object(`${line}]}`)
  const parent = text(head.parent)
  const why = text(head.why)
  return {
    generation: required(head, 'generation'),
    ...(parent && { parent }),
    digest: required(head, 'digest'),
    count: Number(head.count),
    verb: required(head, 'verb'),
    when: required(head, 'when'),
    who: required(head, 'who'),
    ...(why && { why }),
  }
}

/** One line of a manifest or of a build's record, with or without its comma. */
export function parsePin(line: string): Pin {
  const entry = object(line.replace(/,$/, ''))
  const known = {
    architecture: text(entry.architecture),
    sha256: text(entry.sha256),
    file: text(entry.file),
    size: typeof entry.size === 'number' && entry.size > 0 ? entry.size : undefined,
    pinnedAt: text(entry.pinnedAt),
    pinnedBy: text(entry.pinnedBy),
  }
  const present = Object.entries(known).filter(([, value]) => value !== undefined)
  return {
    name: required(entry, 'name'),
    version: required(entry, 'version'),
    ...Object.fromEntries(present),
  }
}

/** The packages of a manifest or of a build's record: the lines between its first and its last. */
export const parsePins = (lines: readonly string[]): readonly Pin[] =>
  lines.filter((line) => line.startsWith('{"name":')).map(parsePin)

/** A JSON object, or a TaskError that shows how the text begins. */
export function object(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Said below, with the text.
  }
  throw new TaskError(`the store answered what is no record of its own: ${JSON.stringify(json.slice(0, 80))}`)
}

/** The same, or undefined: a line that a full disk cut, or that somebody wrote, says nothing. */
export function objectOrNone(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return object(json)
  } catch {
    return undefined
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

function required(entry: Readonly<Record<string, unknown>>, key: string): string {
  const value = text(entry[key])
  if (value === undefined) throw new TaskError(`a record of the store lacks its ${key}`)
  return value
}
