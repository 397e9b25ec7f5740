/** Colours for a terminal, or none of them. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly careful: (text: string) => string
  readonly faint: (text: string) => string
  readonly strong: (text: string) => string
}

/** The sixteen-colour codes, which follow the reader's own theme. */
export const paint = (color: boolean): Paint => {
  const code = (on: number, off: number) =>
    color ? (text: string) => `\x1b[${on}m${text}\x1b[${off}m` : plain
  return {
    good: code(32, 39),
    bad: code(31, 39),
    careful: code(33, 39),
    faint: code(2, 22),
    strong: code(1, 22),
  }
}

const plain = (text: string): string => text
