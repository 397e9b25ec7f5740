import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { printable, UsageError } from '../shell/index.ts'
import { type DomainName, parseDomain, parseRemoteFolder, type RemoteFolder } from './name.ts'

/** Which store, and who edits it, as a caller says it. */
export interface StoreOptions {
  /** META: an absolute folder on the build machine. */
  readonly metaPath: string
  /** `main` unless given. */
  readonly domain?: string
  /** Who edits, for the log: user@controller unless given. */
  readonly who?: string
  /** Whole seconds an edit waits for another one to end; 120 unless given. */
  readonly patienceS?: number
}

/** A store whose names were checked. */
export interface Store {
  readonly meta: RemoteFolder
  readonly domain: DomainName
  readonly who: string
  readonly patienceS: number
}

/** A line of the log is one short text: this many characters at most. */
const LONGEST_TEXT = 1000

/** Checks which store is meant. Throws a UsageError for a META that is no absolute folder, a bad domain or a bad patience. */
export function parseStore(options: StoreOptions): Store {
  const patienceS = options.patienceS ?? 120
  if (!Number.isInteger(patienceS) || patienceS < 0)
    throw new UsageError(`an edit cannot wait ${String(patienceS)} seconds`)
  return {
    meta: parseRemoteFolder(options.metaPath, 'meta_path'),
    domain: parseDomain(options.domain ?? 'main'),
    who: parseLogText(options.who ?? controller()),
    patienceS,
  }
}

/** A text for the log: any characters, 1,000 at most. */
export function parseLogText(text: string): string {
  if (text.length <= LONGEST_TEXT) return text
  throw new UsageError(`${printable(text)} is longer than ${LONGEST_TEXT} characters`)
}

/** A new name for an edit: it makes its temporary files and its generation its own. */
export const newEditId = (): string => randomBytes(5).toString('hex')

function controller(): string {
  try {
    return `${userInfo().username}@${hostname()}`
  } catch {
    // A user id without a name, as in a container.
    return `uid-${process.getuid?.() ?? 'unknown'}@${hostname()}`
  }
}
