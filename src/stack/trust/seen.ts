import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import type { Store } from '../store.ts'
import type { ChannelPointer } from './record.ts'

/** The newest pointer of a channel that this machine has seen, and the file that remembers it. */
export interface SeenPointer {
  readonly number: number
  readonly stack: string
  readonly digest: string
  readonly file: string
}

/** A channel as this machine has seen it, and how to remember what is believed of it now. */
export interface Watched {
  readonly last: SeenPointer | undefined
  remember(pointer: ChannelPointer): void
}

/** What this machine has seen of a channel. Where it cannot remember, that is said: an older pointer goes unseen then. */
export function watched(remote: Remote, store: Store, channel: string): Watched {
  const folder = seenFolder(remote, store, channel)
  const tried = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (error) {
      remote.warn(`this machine cannot remember channels: ${error instanceof Error ? error.message : error}`)
      return undefined
    }
  }
  return {
    last: tried(() => lastSeen(folder)),
    remember: (pointer) => tried(() => remember(folder, pointer)),
  }
}

/** Where this machine remembers a channel of a store: below XDG_STATE_HOME, else `~/.local/state/gachette/channels`. */
function seenFolder(remote: Remote, store: Store, channel: string, state = stateFolder()): string {
  const { host } = remote
  const where = host.kind === 'local' ? 'local' : `${host.address}:${host.port ?? 22}`
  const key = createHash('sha256').update(`${where}\n${store.meta}`).digest('hex').slice(0, 16)
  return join(state, 'gachette', 'channels', key, store.domain, channel)
}

/** The newest pointer seen; undefined where none was. One file per number: whoever is slower cannot lower it. */
function lastSeen(folder: string): SeenPointer | undefined {
  const newest = numbersIn(folder).at(-1)
  if (newest === undefined) return undefined
  const file = join(folder, newest)
  const { stack, digest } = contentOf(file)
  return { number: Number(newest.slice(0, 8)), stack, digest, file }
}

/** Remembers a pointer that was believed. Throws what the file system does. */
function remember(folder: string, { number, stack, digest, when }: ChannelPointer): void {
  const name = `${String(number).padStart(8, '0')}.json`
  const seen = numbersIn(folder)
  if ((seen.at(-1) ?? '') >= name) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fresh = join(folder, `.${randomBytes(6).toString('hex')}`)
  writeFileSync(fresh, `${JSON.stringify({ v: 1, number, stack, digest, when })}\n`, {
    flush: true,
    mode: 0o600,
  })
  renameSync(fresh, join(folder, name))
  for (const older of seen) rmSync(join(folder, older), { force: true })
}

/**
 * Holds a channel's pointer against what this machine has seen of it, and against the time. Throws a TaskError for one
 * that is older, that says otherwise than the same number did, or that holds no more.
 */
export function refuseReplayed(pointer: ChannelPointer, seen: SeenPointer | undefined, now: number): void {
  const { channel, number, stack, digest, until } = pointer
  if (seen && number < seen.number)
    throw new Replayed(
      `channel ${channel} is at number ${number} (stack ${stack}), and this machine has seen number ${seen.number} (stack ${seen.stack})`,
      {
        hint: `an older pointer was put back: where that was meant, promote until the number is higher, or remove\n${seen.file}`,
      },
    )
  if (seen && number === seen.number && seen.digest !== '' && digest !== seen.digest)
    throw new Replayed(
      `number ${number} of channel ${channel} leads to stack ${stack} of digest ${digest}, and led to stack ${seen.stack} of digest ${seen.digest} when this machine saw it`,
      { hint: `what it saw is in\n${seen.file}` },
    )
  if (until !== null && Date.parse(until) < now)
    throw new Replayed(
      `number ${number} of channel ${channel} (stack ${stack}) holds no more, since ${until}`,
      {
        hint: `promote anew:  gachette stack promote ${stack} ${channel}`,
      },
    )
}

/** A channel's pointer is older than one that was seen, or holds no more. */
export class Replayed extends TaskError {
  override readonly code = 'replayed-pointer'
}

function numbersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d{8}\.json$/.test(name))
      .sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** The number is in the name; what else is known of it is for what is said. */
function contentOf(file: string): { readonly stack: string; readonly digest: string } {
  try {
    const { stack, digest } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    return { stack: String(stack), digest: String(digest) }
  } catch {
    return { stack: '?', digest: '' }
  }
}

function stateFolder(): string {
  const xdg = process.env.XDG_STATE_HOME ?? ''
  return isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state')
}
