import { following } from './following.ts'

/** The longest answer to a question that is kept, in bytes of UTF-8. */
const LIMIT = 16 * 1024 * 1024

/** Collects the whole of an answer; one longer than 16 MiB aborts `signal`, so that its command is ended. */
export class Answer {
  readonly signal: AbortSignal
  readonly release: () => void
  readonly #abort: () => void
  readonly #texts: string[] = []
  #bytes = 0

  /** @param outer aborts `signal` as well; `release` lets go of it */
  constructor(outer: AbortSignal) {
    const { signal, abort, release } = following(outer)
    this.signal = signal
    this.release = release
    this.#abort = abort
  }

  get isTooLong(): boolean {
    return this.#bytes > LIMIT
  }

  get text(): string {
    return this.#texts.join('')
  }

  hear(text: string): void {
    this.#bytes += Buffer.byteLength(text)
    if (this.isTooLong) this.#abort()
    else this.#texts.push(text)
  }
}
