/** One line of an answer: a word that says what it is, then its values. */
export type Fact = readonly [key: string, ...values: string[]]

/** The facts of an answer, and the JSON lines between them. */
export interface Answer {
  readonly facts: readonly Fact[]
  readonly json: readonly string[]
  /** The values of the first fact of this kind. */
  first(key: string): readonly string[] | undefined
  all(key: string): readonly (readonly string[])[]
}

/** Reads what a script of the store printed: `key<TAB>value…` lines, and lines of JSON, which begin with `{`. */
export function parseAnswer(stdout: string): Answer {
  const facts: Fact[] = []
  const json: string[] = []
  for (const line of stdout.split('\n')) {
    const [key, ...values] = line.split('\t')
    if (line.startsWith('{')) json.push(line)
    else if (key) facts.push([key, ...values])
  }
  const all = (wanted: string) => facts.filter(([key]) => key === wanted).map(([, ...values]) => values)
  return { facts, json, all, first: (key) => all(key)[0] }
}
