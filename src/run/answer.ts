/** The longest answer to a question that is kept, in bytes of UTF-8. */
const LIMIT = 16 * 1024 * 1024

/** Collects the whole of an answer; one longer than 16 MiB aborts `signal`, so that its command is ended. */
export class Answer {
  readonly #abort = new AbortController()
  readonly #texts: string[] = []
  readonly #outer: AbortSignal
  readonly #passOn = () => this.#abort.abort()
  #bytes = 0

  /** @param outer aborts `signal` as well; `release` lets go of it */
  constructor(outer: AbortSignal) {
    this.#outer = outer
    outer.addEventListener('abort', this.#passOn)
    if (outer.aborted) this.#passOn()
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isTooLong(): boolean {
    return this.#bytes > LIMIT
  }

  get text(): string {
    return this.#texts.join('')
  }

  hear(text: string): void {
    this.#bytes += Buffer.byteLength(text)
    if (this.isTooLong) this.#abort.abort()
    else this.#texts.push(text)
  }

  release(): void {
    this.#outer.removeEventListener('abort', this.#passOn)
  }
}
