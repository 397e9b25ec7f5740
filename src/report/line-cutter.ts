import { stillShown } from './clean.ts'

/** A line longer than this is shown in pieces, so that output without any newline needs no endless memory. */
const LONGEST = 64 * 1024
/** Of a line longer than this, what was overwritten is forgotten: git's progress is a line of a thousand states. */
const LONG = 4 * 1024

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
    if (this.#rest.length > LONG) this.#rest = stillShown(this.#rest)
    return this.#rest.length > LONGEST ? this.flush() : ''
  }

  /** What is left without a newline, made a line. */
  flush(): string {
    const rest = this.#rest
    this.#rest = ''
    return rest === '' ? '' : `${rest}\n`
  }
}
