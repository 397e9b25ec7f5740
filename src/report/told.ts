/** Whole lines, and the stream they belong on. */
export interface Told {
  readonly to: 'stdout' | 'stderr'
  readonly text: string
}

/** Lines for a stream; none for an empty list. */
export const told = (to: Told['to'], lines: readonly string[]): readonly Told[] =>
  lines.length === 0 ? [] : [{ to, text: `${lines.join('\n')}\n` }]
