import { LEFT } from './lifeline.ts'
import type { RemoteFate } from './outcome.ts'

const NOTHING = Buffer.alloc(0)
/** Before we asked for an end the lifeline speaks at the very start, where a line of it may come in pieces. */
const EARLY_BYTES = 4096

/** Reads what the lifeline says on a command's stderr, and keeps that out of what the command said. */
export class FateReader {
  readonly #marker: Buffer
  #seen = 0
  #expecting = false
  #held: Buffer = NOTHING
  readonly #said: string[] = []

  constructor(marker: string) {
    this.#marker = Buffer.from(marker)
  }

  /** From now on any line may be the lifeline's: a few bytes are held back until it is clear whose they are. */
  expect(): void {
    this.#expecting = true
  }

  /** What of this chunk the command itself printed. */
  pass(chunk: Buffer): Buffer {
    const early = this.#seen < EARLY_BYTES
    this.#seen += chunk.length
    // Somebody else may have ended the command's shell: then the lifeline speaks up unasked.
    if (!early && !this.#expecting && !chunk.includes(this.#marker)) return chunk
    let text = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    this.#held = NOTHING
    const own: Buffer[] = []
    for (let at = text.indexOf(this.#marker); at >= 0; at = text.indexOf(this.#marker)) {
      own.push(text.subarray(0, at))
      text = text.subarray(at)
      const end = text.indexOf(10)
      if (end < 0) {
        this.#held = text
        return Buffer.concat(own)
      }
      this.#said.push(text.subarray(this.#marker.length, end).toString('latin1'))
      text = text.subarray(end + 1)
    }
    if (this.#expecting) {
      const clear = Math.max(0, text.length - this.#marker.length + 1)
      this.#held = text.subarray(clear)
      text = text.subarray(0, clear)
    }
    return own.length > 0 ? Buffer.concat([...own, text]) : text
  }

  /** What was held back and turned out to be the command's. */
  rest(): Buffer {
    const rest = this.#held
    this.#held = NOTHING
    return rest.indexOf(this.#marker) === 0 ? NOTHING : rest
  }

  heard(words: string): boolean {
    return this.#said.includes(words)
  }

  /** What became of the command; undefined: the lifeline has not said. */
  fate(): RemoteFate | undefined {
    const line = this.#said.find((said) => said.startsWith(LEFT))
    if (line === undefined) return undefined
    const pids = line.slice(LEFT.length).split(' ').filter(Boolean).map(Number)
    return pids.length === 0 ? { type: 'ended' } : { type: 'running', pids }
  }
}
