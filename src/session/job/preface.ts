const NOTHING = Buffer.alloc(0)

/** Keeps back what stands before a line, and the line itself: what a login shell says on its way to our command. */
export class Preface {
  readonly #line: Buffer
  #held: Buffer = NOTHING
  #isOver = false

  constructor(line: string) {
    this.#line = Buffer.from(`${line}\n`)
  }

  /** What of this chunk stands behind the line. */
  pass(chunk: Uint8Array): Uint8Array {
    if (this.#isOver) return chunk
    const text = Buffer.concat([this.#held, chunk])
    const at = text.indexOf(this.#line)
    this.#isOver = at >= 0
    this.#held = this.#isOver ? NOTHING : text.subarray(Math.max(0, text.length - this.#line.length))
    return this.#isOver ? text.subarray(at + this.#line.length) : NOTHING
  }
}
