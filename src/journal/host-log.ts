import { closeSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** A piece of a log: a file, and which byte of all that was ever told it begins with. */
export interface LogPiece {
  readonly path: string
  readonly from: number
  readonly bytes: number
}

/**
 * What one host printed, in a file that is opened when there is something to write. Up to half of `limit` it is one file;
 * from there on the newest bytes are kept in two further files of a quarter each, named by the byte they begin with, and
 * the older of the two goes when a new one is needed. So head and tail stay, and the middle is left out.
 */
export class HostLog {
  readonly #path: string
  readonly #limit: number
  #file: number | undefined
  #pieces: LogPiece[]
  #position: number

  /** @param path of the head; there may be a log already, which is added to */
  constructor(path: string, limit: number, isNew: boolean) {
    this.#path = path
    this.#limit = limit
    this.#pieces = isNew ? [] : [...logPieces(path)]
    this.#position = endOf(this.#pieces)
  }

  /** How many bytes were told so far, left out or not. */
  get position(): number {
    return this.#position
  }

  append(text: string): void {
    let rest = Buffer.from(text)
    while (rest.length > 0) {
      const written = writeSync(this.#open(), rest.subarray(0, this.#room))
      this.#position += written
      this.#grow(written)
      rest = rest.subarray(written)
    }
  }

  /** Lets go of the file; what comes later opens it again. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  /** Forgets everything from a byte on. */
  cut(position: number): void {
    this.close()
    const kept = this.#pieces.filter(({ from }) => from < position)
    for (const { path } of this.#pieces.slice(kept.length)) rmSync(path, { force: true })
    const last = kept.at(-1)
    if (last !== undefined && last.from + last.bytes > position) {
      truncateSync(last.path, position - last.from)
      kept[kept.length - 1] = { ...last, bytes: position - last.from }
    }
    this.#pieces = kept
    this.#position = Math.min(position, this.#position)
    // In what was left out: whoever goes on is to know where.
    if (endOf(kept) < this.#position) this.#open()
  }

  get #room(): number {
    const last = this.#pieces.at(-1)
    if (last === undefined || last.from + last.bytes !== this.#position) return 0
    return Math.max(0, Math.floor(this.#limit / (last.from === 0 ? 2 : 4)) - last.bytes)
  }

  #grow(bytes: number): void {
    const last = this.#pieces.pop()
    if (last !== undefined) this.#pieces.push({ ...last, bytes: last.bytes + bytes })
  }

  #open(): number {
    if (this.#room === 0) this.#begin()
    const last = this.#pieces.at(-1)
    this.#file ??= openSync(last?.path ?? this.#path, 'a', 0o600)
    return this.#file
  }

  #begin(): void {
    this.close()
    const isHead = this.#position === 0
    const path = isHead ? this.#path : `${this.#path}.${this.#position}`
    this.#pieces.push({ path, from: this.#position, bytes: 0 })
    const [oldest, ...newer] = this.#pieces.filter(({ from }) => from > 0)
    if (oldest === undefined || newer.length < 2) return
    rmSync(oldest.path, { force: true })
    this.#pieces = this.#pieces.filter((piece) => piece !== oldest)
  }
}

/** The files of a log in their order; none where the host said nothing. */
export function logPieces(path: string): readonly LogPiece[] {
  const head = basename(path)
  return readdirSync(dirname(path))
    .flatMap((name) => {
      const from = name === head ? '0' : name.startsWith(`${head}.`) ? name.slice(head.length + 1) : ''
      if (!/^\d{1,15}$/.test(from)) return []
      const each = `${dirname(path)}/${name}`
      return [{ path: each, from: Number(from), bytes: statSync(each).size }]
    })
    .sort((a, b) => a.from - b.from)
}

/** How many bytes were told before the end of a log's last file. */
export const endOf = (pieces: readonly LogPiece[]): number => {
  const last = pieces.at(-1)
  return last === undefined ? 0 : last.from + last.bytes
}
