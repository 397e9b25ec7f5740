const NOTHING = Buffer.alloc(0)

/**
 * Reads the lines that begin with a marker on a command's stderr, and keeps them out of what the command said. Only what
 * may be the beginning of a marker is held back.
 */
export class MarkerReader {
  readonly #marker: Buffer
  readonly #onLine: (words: string) => void
  #held: Buffer = NOTHING
  #own: Buffer[] = []

  /** @param onLine hears what stands behind the marker, without the space and the newline */
  constructor(marker: string, onLine: (words: string) => void) {
    this.#marker = Buffer.from(marker)
    this.#onLine = onLine
  }

  /** What of this chunk the command itself printed. */
  pass(chunk: Uint8Array): Buffer {
    let text = Buffer.concat([this.#held, chunk])
    this.#held = NOTHING
    for (let at = text.indexOf(this.#marker); at >= 0; at = text.indexOf(this.#marker)) {
      this.#own.push(text.subarray(0, at))
      const end = text.indexOf(10, at)
      if (end < 0) {
        this.#held = text.subarray(at)
        return this.#taken()
      }
      this.#onLine(text.subarray(at + this.#marker.length + 1, end).toString())
      text = text.subarray(end + 1)
    }
    const clear = text.length - this.#beginningAtEndOf(text)
    this.#held = text.subarray(clear)
    this.#own.push(text.subarray(0, clear))
    return this.#taken()
  }

  /** For `onLine`: what stands before this line, and was not passed yet, is nobody's. */
  drop(): void {
    this.#own = []
  }

  #taken(): Buffer {
    const own = Buffer.concat(this.#own)
    this.#own = []
    return own
  }

  /** How many bytes at the end of a text may be the beginning of the marker. */
  #beginningAtEndOf(text: Buffer): number {
    const longest = Math.min(text.length, this.#marker.length - 1)
    const first = this.#marker[0] ?? 0
    for (
      let at = text.indexOf(first, text.length - longest);
      at >= 0 && longest > 0;
      at = text.indexOf(first, at + 1)
    ) {
      if (text.subarray(at).equals(this.#marker.subarray(0, text.length - at))) return text.length - at
    }
    return 0
  }
}
