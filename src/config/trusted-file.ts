import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { TextDecoder } from 'node:util'

/** A settings file holds this many bytes at most. */
export const MAX_BYTES = 256 * 1024

/** A settings file as it was read. */
export interface TrustedText {
  readonly text: string
  /** Other users of this machine can read it: no place for a password. */
  readonly readableByOthers: boolean
}

/** Why a file is not read. */
export class Untrusted extends Error {
  readonly hint: string | undefined

  constructor(what: string, hint?: string) {
    super(what)
    this.hint = hint
  }
}

/**
 * Reads a settings file that only its owner can have written: whoever writes it decides which commands run as you.
 * Rejects with an Untrusted. The checks are made on the open file, so that nobody can change it in between.
 */
export async function readTrusted(path: string): Promise<TrustedText> {
  await refuseBeforeOpening(path)
  const file = await openQuietly(path)
  try {
    const stats = await file.stat()
    refuse(stats)
    const bytes = Buffer.alloc(MAX_BYTES + 1)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    if (length > MAX_BYTES) throw tooLarge()
    return { text: decode(bytes.subarray(0, length)), readableByOthers: (stats.mode & 0o004) !== 0 }
  } finally {
    await file.close()
  }
}

/** The same checks by name, for whoever would read the file before `readTrusted` can: no pipe, no giant, no stranger's link. */
export async function refuseBeforeOpening(path: string): Promise<void> {
  const link = await lstat(path).catch(cannotRead)
  if (isStrangers(link)) throw strangers(link)
  refuse(await stat(path).catch(cannotRead))
  await (await openQuietly(path)).close()
}

/** Without waiting for the other end of a pipe. */
const openQuietly = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(cannotRead)

function refuse(stats: Stats): void {
  if (!stats.isFile())
    throw new Untrusted(stats.isDirectory() ? 'this is a folder' : 'this is no ordinary file')
  if (isStrangers(stats)) throw strangers(stats)
  if ((stats.mode & 0o002) !== 0)
    throw new Untrusted(
      'anybody on this machine may write to it, and it decides what runs as you',
      'chmod o-w it',
    )
  if (stats.size > MAX_BYTES) throw tooLarge()
}

const isStrangers = ({ uid }: Stats): boolean =>
  process.geteuid !== undefined && uid !== 0 && uid !== process.geteuid()

const strangers = ({ uid }: Stats) =>
  new Untrusted(
    `it belongs to user ${uid}, who is neither you nor root`,
    'chown it, if it is to decide what runs as you',
  )

const tooLarge = () => new Untrusted(`it is larger than ${MAX_BYTES / 1024} KiB, which no settings are`)

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Untrusted('it is not UTF-8')
  }
}

function cannotRead(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') throw new Untrusted('there is no such file')
  if (code === 'EACCES') throw new Untrusted('it may not be read')
  throw new Untrusted(`it cannot be read (${String(code ?? error)})`)
}
