import { beginningAtEnd, failuresOf, TextFinder } from './text-finder.ts'

/** What must not be seen, and what it takes to find it. */
export class Hidden {
  readonly finder: TextFinder
  readonly #failures = new Map<string, Int32Array>()

  constructor(texts: readonly string[]) {
    this.finder = new TextFinder(texts)
  }

  /** How many characters at the end, from `start` on, may be the beginning of a hidden text. */
  beginsAtEnd(text: string, start: number, sought: string): number {
    const failures = this.#failures.get(sought) ?? failuresOf(sought)
    this.#failures.set(sought, failures)
    return beginningAtEnd(text, start, { sought, failures })
  }
}

const MASK = '***'

/** A text that comes in pieces, with `***` for what is hidden, however the pieces are cut. */
export class MaskedStream {
  readonly #hidden: () => Hidden
  /** The end of what came: it may be the beginning of a hidden text. */
  #rest = ''
  /** How much of the rest belongs to what `***` was told for already. */
  #covered = 0
  /** By hidden text: up to where in the rest it was found; what overlaps itself is found once. */
  #foundUpTo = new Map<string, number>()

  /** @param hidden asked anew with each piece: secrets are learned on the way */
  constructor(hidden: () => Hidden) {
    this.#hidden = hidden
  }

  /** What may be told now. */
  push(piece: string): string {
    const text = this.#rest + piece
    const hidden = this.#hidden()
    const spans = this.#spansIn(text, hidden)
    let hold = text.length
    for (const sought of hidden.finder.texts) {
      const start = this.#foundUpTo.get(sought) ?? 0
      hold = Math.min(hold, text.length - hidden.beginsAtEnd(text, start, sought))
    }
    return this.#tell(text, spans, hold)
  }

  /** A text that is whole already. */
  whole(text: string): string {
    this.#rest = text
    return this.end()
  }

  /** What was kept back. */
  end(): string {
    const text = this.#rest
    return this.#tell(text, this.#spansIn(text, this.#hidden()), text.length)
  }

  #spansIn(text: string, { finder }: Hidden): readonly Span[] {
    const spans: Span[] = []
    finder.find(text, (at, sought) => {
      if (at < (this.#foundUpTo.get(sought) ?? 0)) return
      this.#foundUpTo.set(sought, at + sought.length)
      spans.push({ at, end: at + sought.length, sought })
    })
    return spans
  }

  #tell(text: string, spans: readonly Span[], hold: number): string {
    if (spans.length === 0 && this.#covered === 0 && hold === text.length) {
      this.#rest = ''
      if (this.#foundUpTo.size > 0) this.#foundUpTo.clear()
      return text
    }
    const told: string[] = []
    let end = this.#covered
    for (const span of spans) {
      if (span.at >= hold) {
        // It is part of what may become more; it will be found again.
        this.#foundUpTo.set(span.sought, Math.min(span.at, this.#foundUpTo.get(span.sought) ?? 0))
        continue
      }
      if (span.at >= end) told.push(text.slice(end, span.at), MASK)
      end = Math.max(end, span.end)
    }
    if (end < hold) told.push(text.slice(end, hold))
    this.#rest = text.slice(hold)
    this.#covered = Math.max(0, end - hold)
    for (const [sought, upTo] of this.#foundUpTo) {
      if (upTo > hold) this.#foundUpTo.set(sought, upTo - hold)
      else this.#foundUpTo.delete(sought)
    }
    return told.join('')
  }
}

interface Span {
  readonly at: number
  readonly end: number
  readonly sought: string
}
