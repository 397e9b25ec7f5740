import { createHash, type Hash } from 'node:crypto'
import { TextTail } from '../run/text-tail.ts'

/** A text of so many characters is kept whole; of a longer one its end, and a digest to compare it by. */
const WHOLE = 64 * 1024
const TAIL = 8 * 1024

/** What a step printed, in whole clean lines, as far as a thousand of them may be kept. */
export class Kept {
  #text = ''
  #lines = 0
  #rest: { readonly hash: Hash; readonly tail: TextTail } | undefined

  push(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lines++
    if (this.#rest === undefined && this.#text.length + text.length <= WHOLE) this.#text += text
    else this.#pushLong(text)
  }

  #pushLong(text: string): void {
    if (this.#rest === undefined) {
      this.#rest = { hash: createHash('sha256').update(this.#text), tail: new TextTail(TAIL) }
      this.#rest.tail.push(this.#text.slice(-TAIL))
      this.#text = ''
    }
    this.#rest.hash.update(text)
    this.#rest.tail.push(text)
  }

  /** What is left of it, once all was said. */
  get said(): Said {
    if (this.#rest === undefined) return { key: this.#text, end: this.#text, count: this.#lines }
    const tail = this.#rest.tail.text
    const end = tail.slice(tail.indexOf('\n') + 1)
    return { key: `\0${this.#rest.hash.copy().digest('hex')}`, end, count: this.#lines }
  }
}

/** Lines, and what tells them from others. */
export interface Said {
  /** Equal where all that was said is equal, also what is no longer there. */
  readonly key: string
  /** All lines, or the last ones, each with its newline. */
  readonly end: string
  /** How many lines there were. */
  readonly count: number
}

/** The lines of a text in which each ends with a newline. */
export const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.slice(0, -1).split('\n'))
