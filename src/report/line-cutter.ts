/** A line longer than this is shown in pieces, so that output without any newline needs no endless memory. */
const LONGEST = 64 * 1024

/** Cuts a text that comes in pieces into whole lines. */
export class LineCutter {
  #rest = ''

  /** The whole lines so far, each ended by a newline; the rest is kept. */
  push(text: string): string {
    const end = text.lastIndexOf('\n') + 1
    if (end > 0) {
      const whole = this.#rest + text.slice(0, end)
      this.#rest = text.slice(end)
      return whole
    }
    this.#rest += text
    return this.#rest.length > LONGEST ? this.flush() : ''
  }

  /** What is left without a newline, made a line. */
  flush(): string {
    const rest = this.#rest
    this.#rest = ''
    return rest === '' ? '' : `${rest}\n`
  }

  /** The beginning of a line that is not yet whole. */
  get rest(): string {
    return this.#rest
  }
}
