import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { printable, TaskError } from '../../../shell/index.ts'

/** A file in a tar archive, as its header has it. */
export interface TarEntry {
  readonly path: string
  /** Bytes. */
  readonly size: number
}

/** What is wanted of an entry: its bytes, only their digest, or nothing; throws for an entry that must not be there. */
export type Wish = (entry: TarEntry) => 'bytes' | 'digest' | 'nothing'

/** An entry that was read: its bytes or its digest, where they were wished for. */
export interface ReadEntry extends TarEntry {
  readonly bytes?: Uint8Array
  /** Lower-case hex. */
  readonly sha256?: string
}

/** A whole archive. */
export interface ReadTar {
  readonly entries: readonly ReadEntry[]
  /** Of the whole file, lower-case hex. */
  readonly sha256: string
}

/** An archive is none, or holds what ours never do. */
export class BadArchive extends TaskError {
  override readonly code = 'bad-archive'
}

const BLOCK = 512
/** Where the POSIX form has `ustar`, a zero and `00`. */
const MARK = 'ustar  '
/** The longest path we write is of some 400 bytes. */
const LONGEST_PATH = 1024

/**
 * Reads an archive of this machine from its first to its last byte, as GNU tar writes it: plain files with long names,
 * and nothing else. Links, devices, folders, a name that stands twice, bytes after the end: all are refused, by name.
 */
export async function readTar(file: string, wish: Wish): Promise<ReadTar> {
  const whole = createHash('sha256')
  const reader = new EntryReader(file, wish)
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      whole.update(chunk as Buffer)
      reader.take(chunk as Buffer)
    }
  } catch (error) {
    if (error instanceof TaskError) throw error
    throw new BadArchive(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
  return { entries: reader.end(), sha256: whole.digest('hex') }
}

class EntryReader {
  readonly #file: string
  readonly #wish: Wish
  readonly #entries: ReadEntry[] = []
  readonly #seen = new Set<string>()
  /** Of a header, or of an entry whose bytes are wished for. */
  #held: Buffer[] = []
  #heldBytes = 0
  #longName: string | undefined
  #zeroBlocks = 0
  #now: Body | undefined

  constructor(file: string, wish: Wish) {
    this.#file = file
    this.#wish = wish
  }

  take(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0)
      rest = this.#now === undefined ? this.#takeHeader(rest) : this.#takeBody(this.#now, rest)
  }

  end(): readonly ReadEntry[] {
    if (this.#now !== undefined || this.#heldBytes > 0 || this.#zeroBlocks < 2)
      throw this.#bad('it is cut: its end is missing')
    return this.#entries
  }

  #takeHeader(chunk: Buffer): Buffer {
    const [header, rest] = this.#hold(chunk, BLOCK)
    if (header === undefined) return rest
    if (header.every((byte) => byte === 0)) {
      this.#zeroBlocks++
      return rest
    }
    if (this.#zeroBlocks > 0) throw this.#bad('there is something after its end')
    this.#begin(this.#parse(header))
    return rest
  }

  #parse(header: Buffer): Header {
    const type = String.fromCharCode(header[156] ?? 0)
    const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
    const said = octal(header, 148, 8)
    if (said !== sum) throw this.#bad('it is no tar archive, or damaged')
    // With any other mark a tar puts a second field in front of the name, and would unpack what was not looked at.
    if (text(header, 257, 8) !== MARK) throw this.#bad('it is no archive of GNU tar')
    const size = octal(header, 124, 12)
    const name = text(header, 0, 100)
    if (size === undefined) throw this.#bad(`${printable(name)} is larger than 8 GiB, or has no size`)
    return { type, name, size }
  }

  #begin({ type, name, size }: Header): void {
    if (type === 'L') {
      if (this.#longName !== undefined || size > LONGEST_PATH)
        throw this.#bad('it holds a name that is too long')
      this.#now = { kind: 'name', left: size, padding: padding(size), size }
      this.#finishIfDone()
      return
    }
    const path = this.#longName ?? name
    this.#longName = undefined
    if (type !== '0' && type !== '\0')
      throw this.#bad(
        `${printable(path)} is ${KINDS[type] ?? 'no plain file'}; a bundle holds plain files only`,
      )
    if (this.#seen.has(path)) throw this.#bad(`${printable(path)} is in it twice`)
    this.#seen.add(path)
    const wished = this.#wish({ path, size })
    const hash = wished === 'digest' ? createHash('sha256') : undefined
    this.#now = { kind: wished, path, left: size, padding: padding(size), size, ...(hash && { hash }) }
    this.#finishIfDone()
  }

  #takeBody(body: Body, chunk: Buffer): Buffer {
    const part = chunk.subarray(0, body.left)
    body.left -= part.length
    body.hash?.update(part)
    if (body.kind === 'bytes' || body.kind === 'name') this.#held.push(part)
    let rest = chunk.subarray(part.length)
    if (body.left === 0) {
      const skipped = Math.min(body.padding, rest.length)
      body.padding -= skipped
      rest = rest.subarray(skipped)
    }
    this.#finishIfDone()
    return rest
  }

  #finishIfDone(): void {
    const body = this.#now
    if (body === undefined || body.left > 0 || body.padding > 0) return
    const bytes = Buffer.concat(this.#held)
    this.#held = []
    this.#now = undefined
    if (body.kind === 'name') this.#longName = text(bytes, 0, bytes.length)
    else if (body.path !== undefined) {
      const { path, size, hash } = body
      this.#entries.push({
        path,
        size,
        ...(body.kind === 'bytes' && { bytes }),
        ...(hash && { sha256: hash.digest('hex') }),
      })
    }
  }

  /** So many bytes as one piece, over chunks; undefined until they are there. */
  #hold(chunk: Buffer, size: number): [Buffer | undefined, Buffer] {
    const part = chunk.subarray(0, size - this.#heldBytes)
    this.#held.push(part)
    this.#heldBytes += part.length
    if (this.#heldBytes < size) return [undefined, chunk.subarray(part.length)]
    const piece = Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return [piece, chunk.subarray(part.length)]
  }

  #bad(why: string): BadArchive {
    return new BadArchive(`${this.#file}: ${why}`)
  }
}

interface Header {
  readonly type: string
  readonly name: string
  readonly size: number
}

interface Body {
  readonly kind: ReturnType<Wish> | 'name'
  readonly path?: string
  readonly size: number
  readonly hash?: ReturnType<typeof createHash>
  left: number
  padding: number
}

const KINDS: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '5': 'a folder',
  '6': 'a named pipe',
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK

function text(bytes: Buffer, from: number, length: number): string {
  const field = bytes.subarray(from, from + length)
  const end = field.indexOf(0)
  return field.subarray(0, end < 0 ? field.length : end).toString('latin1')
}

function octal(header: Buffer, from: number, length: number): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(header.subarray(from, from + length).toString('latin1'))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}
