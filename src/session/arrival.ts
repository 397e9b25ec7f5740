import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { TransferOptions, TransferResult } from './session.ts'
import { treeDigest } from './tree.ts'
import { Untar } from './untar.ts'

/** Something that is being received under an unfinished name. */
export interface Arrival {
  /** The next bytes; a promise holds the sender back. */
  take(chunk: Buffer): void | Promise<void>
  /** What arrived, when it is all there and what was sent; throws otherwise. `mode`: as it has to become. */
  verified(): Promise<TransferResult & { readonly mode: number }>
  /** Lets go of the unfinished file; may be called at any time. */
  abandon(): Promise<void>
}

type Progress = Pick<TransferOptions, 'onProgress'>

const DIFFERS = 'what arrived differs from what was sent (sha256)'

/** A file of a known size, followed by its sha256sum. */
export class FileArrival implements Arrival {
  readonly #file: WriteStream
  readonly #hash = createHash('sha256')
  readonly #size: number
  readonly #mode: number
  readonly #progress: Progress
  #done = 0
  #trailer = ''
  #fault: Error | undefined

  constructor(path: string, size: number, mode: number, progress: Progress) {
    this.#file = createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: 1 << 20 })
    this.#file.on('error', (error) => {
      this.#fault = error
    })
    this.#size = size
    this.#mode = mode
    this.#progress = progress
  }

  take(chunk: Buffer): void | Promise<void> {
    if (this.#fault) throw this.#fault
    const bytes = chunk.subarray(0, this.#size - this.#done)
    if (bytes.length < chunk.length) this.#trailer += chunk.toString('latin1', bytes.length).slice(0, 100)
    if (bytes.length === 0) return
    this.#hash.update(bytes)
    this.#done += bytes.length
    this.#progress.onProgress?.(this.#done, this.#size)
    if (!this.#file.write(bytes)) return once(this.#file, 'drain').then(() => {})
  }

  async verified() {
    this.#file.end()
    await finished(this.#file)
    const sha256 = this.#hash.digest('hex')
    if (this.#done !== this.#size || this.#trailer !== `${sha256}  -\n`) throw new Error(DIFFERS)
    return { bytes: this.#size, sha256, mode: this.#mode }
  }

  async abandon() {
    this.#file.destroy()
    // Not events.once: a write that was cut off by this is an error, and must not take the place of the real one.
    if (!this.#file.closed) await new Promise<void>((closed) => this.#file.once('close', closed))
  }
}

/** A folder as a tar stream, whose digest was told before it. */
export class FolderArrival implements Arrival {
  readonly #untar: Untar
  readonly #digest: string
  readonly #mode: number
  readonly #progress: Progress

  constructor(path: string, digest: string, mode: number, progress: Progress) {
    this.#untar = new Untar(path)
    this.#digest = digest
    this.#mode = mode
    this.#progress = progress
  }

  take(chunk: Buffer): void {
    this.#untar.write(chunk)
    this.#progress.onProgress?.(this.#untar.bytes, undefined)
  }

  async verified() {
    const sums = this.#untar.end()
    if (treeDigest(sums) !== this.#digest) throw new Error(DIFFERS)
    return { bytes: this.#untar.bytes, mode: this.#mode }
  }

  async abandon() {
    this.#untar.abandon()
  }
}
