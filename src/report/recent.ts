/** The last lines of a text that comes in whole lines. */
export class Recent {
  readonly #count: number
  #lines: readonly string[] = []
  #hasEarlier = false

  constructor(count: number) {
    this.#count = count
  }

  push(text: string): void {
    const all = [...this.#lines, ...this.#endOf(text)]
    this.#hasEarlier ||= all.length > this.#count
    this.#lines = all.slice(-this.#count)
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** Whether there were lines before these. */
  get hasEarlier(): boolean {
    return this.#hasEarlier
  }

  /** One line more than needed at most, so that not all of a long text is cut up. */
  #endOf(text: string): readonly string[] {
    let from = text.length - 1
    for (let line = 0; line <= this.#count && from > 0; line++) from = text.lastIndexOf('\n', from - 1)
    return text.slice(Math.max(0, from + 1), -1).split('\n')
  }
}
