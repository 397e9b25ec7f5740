/**
 * Finds any of many texts in one pass over another: looks at every n-th pair of characters, n being nearly the length of
 * the shortest one sought (Wu and Manber, 1994). What it costs depends little on how many there are.
 */
export class TextFinder {
  readonly texts: readonly string[]
  readonly #window: number
  /** By pair of characters: how far the window may move when it ends in that pair. */
  readonly #shifts: Uint8Array
  /** By pair: the texts whose first `#window` characters end in it, the longest first. */
  readonly #ending = new Map<number, string[]>()

  /** @param texts of two characters at least */
  constructor(texts: readonly string[]) {
    this.texts = [...texts].sort((one, other) => other.length - one.length)
    this.#window = Math.min(255, this.texts.at(-1)?.length ?? 2)
    this.#shifts = new Uint8Array(texts.length > 0 ? 1 << 16 : 0).fill(this.#window - 1)
    for (const text of this.texts) {
      for (let at = 1; at < this.#window; at++) {
        const pair = pairAt(text, at)
        this.#shifts[pair] = Math.min(this.#shifts[pair] ?? 0, this.#window - 1 - at)
      }
      const last = pairAt(text, this.#window - 1)
      const ending = this.#ending.get(last)
      if (ending === undefined) this.#ending.set(last, [text])
      else ending.push(text)
    }
  }

  /** Tells every place where one of the texts stands, in order of places; of several the longest first. */
  find(where: string, found: (at: number, text: string) => void): void {
    const ahead = this.#window - 1
    for (let end = ahead; end < where.length; ) {
      const pair = pairAt(where, end)
      const shift = this.#shifts[pair] ?? 1
      if (shift > 0) {
        end += shift
        continue
      }
      for (const text of this.#ending.get(pair) ?? [])
        if (where.startsWith(text, end - ahead)) found(end - ahead, text)
      end += 1
    }
  }
}

const pairAt = (text: string, at: number): number =>
  ((text.charCodeAt(at - 1) << 8) ^ text.charCodeAt(at)) & 0xffff

/**
 * How many characters at the end of `text`, from `start` on, are the beginning of `sought` and not all of it (Knuth,
 * Morris and Pratt; `failures` is made by `failuresOf`).
 */
export function beginningAtEnd(
  text: string,
  start: number,
  { sought, failures }: { readonly sought: string; readonly failures: Int32Array },
): number {
  let length = 0
  for (let at = Math.max(start, text.length - sought.length + 1); at < text.length; at++) {
    const char = text.charCodeAt(at)
    while (length > 0 && char !== sought.charCodeAt(length)) length = failures[length - 1] ?? 0
    if (char === sought.charCodeAt(length)) length += 1
  }
  return length
}

/** For each beginning of a text: how long its longest end is that is a shorter beginning. */
export function failuresOf(text: string): Int32Array {
  const failures = new Int32Array(text.length)
  let length = 0
  for (let at = 1; at < text.length; at++) {
    while (length > 0 && text[at] !== text[length]) length = failures[length - 1] ?? 0
    if (text[at] === text[length]) length += 1
    failures[at] = length
  }
  return failures
}
