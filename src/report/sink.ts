import type { ReportStream } from './reporter.ts'

/** A stream to write to that may be slow, and whose reader may go away: then what is written goes nowhere. */
export class Sink {
  readonly stream: ReportStream
  #isGone = false
  #drained: Promise<void> | undefined

  constructor(stream: ReportStream, onReaderGone?: () => void) {
    this.stream = stream
    // A listener also keeps Node from throwing EPIPE at nobody. A full disk is no reader that went away.
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (!this.#isGone && code === 'EPIPE') onReaderGone?.()
      this.#isGone = true
    })
  }

  /** Settles when a slow reader has caught up; undefined where it has. */
  get caughtUp(): Promise<void> | undefined {
    return this.#drained
  }

  /** Writes; a promise says that the reader is slow, and settles when it has caught up or gone away. */
  write(text: string): void | Promise<void> {
    if (this.#isGone || text === '') return undefined
    if (!this.stream.write(text)) this.#drained ??= this.#drain()
    return this.#drained
  }

  /** Settles when everything written has left this program. */
  async flush(): Promise<void> {
    if (this.#isGone || !('writableLength' in this.stream) || this.stream.writableLength === 0) return
    await (this.#drained ?? new Promise<void>((resolve) => this.stream.write('', () => resolve())))
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        for (const event of ['drain', 'error', 'close']) this.stream.off(event, settle)
        this.#drained = undefined
        resolve()
      }
      for (const event of ['drain', 'error', 'close']) this.stream.on(event, settle)
    })
  }
}
