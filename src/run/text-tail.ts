/** The end of a text that may be endless: keeps the last `limit` characters (UTF-16 units), costs at most twice that. */
export class TextTail {
  readonly #limit: number
  #text = ''

  constructor(limit: number) {
    this.#limit = limit
  }

  push(text: string): void {
    this.#text += text
    if (this.#text.length > 2 * this.#limit) this.#text = this.text
  }

  get text(): string {
    const end = this.#text.slice(-this.#limit)
    // Half of a character that lies outside the 16-bit range is no character.
    return /^[\udc00-\udfff]/.test(end) ? end.slice(1) : end
  }
}

/** The last lines of a text, without blank ones at its end. */
export const lastLines = (text: string, count: number): readonly string[] => {
  const lines = text.trimEnd().split(/\r?\n/).slice(-count)
  return lines.length === 1 && lines[0] === '' ? [] : lines
}
