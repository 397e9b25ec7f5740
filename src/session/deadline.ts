/** Time for one attempt to connect; stands still while a person types. */
export class Deadline {
  readonly #controller = new AbortController()
  #leftMs: number
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined
  #pauses = 0

  constructor(ms: number) {
    this.#leftMs = ms
    this.#run()
  }

  /** Aborts when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Waits for a person without losing time. */
  async while<T>(waiting: Promise<T>): Promise<T> {
    if (this.#pauses++ === 0) this.stop()
    try {
      return await waiting
    } finally {
      if (--this.#pauses === 0 && !this.signal.aborted) this.#run()
    }
  }

  stop(): void {
    if (!this.#timer) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#leftMs -= performance.now() - this.#startedAt
  }

  #run(): void {
    this.#startedAt = performance.now()
    this.#timer = setTimeout(() => this.#controller.abort(), Math.max(0, this.#leftMs))
  }
}
