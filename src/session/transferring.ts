import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { Host } from '../inventory/index.ts'
import { CancelledError, type Command, printable, TaskError, UsageError } from '../shell/index.ts'
import type { Carry } from './carried.ts'
import type { CommandOutcome } from './outcome.ts'
import type { CopyOptions } from './session.ts'

/** The far side of a copy. */
export interface FarSide {
  readonly host: Host
  readonly carry: Carry
}

/** A copy under way: from where to where, for messages, and what its caller wants of it. */
export interface Copy extends CopyOptions {
  readonly far: FarSide
  readonly from: string
  readonly to: string
}

/** Bytes read from a local file at a time; ssh2 cuts them into packets of 32 KiB. */
export const READ_BYTES = 1 << 18

/** How many lines of the far side's stderr a failure shows, and how many bytes are kept to find them. */
const SHOWN_LINES = 10
const KEPT_BYTES = 4096

/** Runs the far side's half of a copy; throws unless it ends well. */
export async function carryCopy(copy: Copy, command: Command, options: Parameters<Carry>[1]): Promise<void> {
  let said = Buffer.alloc(0)
  const onStderr = (chunk: Uint8Array) => {
    said = Buffer.concat([said, chunk]).subarray(-KEPT_BYTES)
  }
  const { signal, sudo, passwords } = copy
  const outcome = await copy.far.carry(command, {
    ...options,
    onStderr,
    ...(signal && { signal }),
    ...(sudo && { sudo }),
    ...(passwords && { passwords }),
  })
  if (outcome.type === 'exited' && outcome.code === 0) return
  copy.onFarEnd?.(outcome)
  const output = said.toString().split('\n').filter(Boolean).slice(-SHOWN_LINES)
  // The last line is in the message.
  throw failed(copy, describe(outcome, output.at(-1)), output.length > 1 ? output : [])
}

/** The error for a copy that did not come about; the target is what it was before. */
export function failed(copy: Copy, why: string, output: readonly string[] = []): Error {
  const message = `${copy.far.host.name}: ${printable(copy.from)} was not copied to ${printable(copy.to)}: ${why}`
  if (copy.signal?.aborted) return new CancelledError(message)
  return new TaskError(message, { output })
}

/** A name for the unfinished copy, in the folder of the target so that a rename puts it in place. */
export const unfinishedName = (): string => `.gachette-${randomBytes(8).toString('hex')}`

/** `to/` means: into this folder, under the name it has. */
export const targetPath = (from: string, to: string): string => (to.endsWith('/') ? to + basename(from) : to)

/** What an error of the file system says. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A path that no program takes for an option; an empty one would be the whole login folder. */
export function plainPath(path: string): string {
  if (path === '') throw new UsageError('an empty path names no file')
  return path.startsWith('/') ? path : `./${path}`
}

function describe(outcome: CommandOutcome, lastLine: string | undefined): string {
  switch (outcome.type) {
    case 'exited':
      return lastLine ?? `exit code ${outcome.code}`
    case 'signalled':
      return `the host ended it by ${outcome.signal}`
    case 'lost':
      return `the connection was lost (${outcome.reason})`
    case 'timed-out':
    case 'cancelled':
      return 'cancelled'
  }
}
