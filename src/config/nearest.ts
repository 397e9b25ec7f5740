/** The word of a list that is nearest to a mistyped one (case, `-` and `_` do not count), and whether it is near enough to be meant. */
export function nearest(
  typed: string,
  known: readonly string[],
): { readonly word: string; readonly near: boolean } | undefined {
  const from = folded(typed.slice(0, 80))
  let best: { word: string; distance: number } | undefined
  for (const word of known) {
    const distance = editDistance(from, folded(word))
    if (best === undefined || distance < best.distance) best = { word, distance }
  }
  return best && { word: best.word, near: best.distance <= Math.max(1, Math.floor(from.length / 3)) }
}

/** Advice for an unknown word: always names the nearest known one, but asks only when it is near. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  const found = nearest(typed, known)
  return found && (found.near ? `did you mean ${found.word}?` : `the nearest known one is ${found.word}`)
}

const folded = (word: string) => word.toLowerCase().replaceAll(/[-_]/g, '')

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(cell(row, j) + 1, cell(next, j - 1) + 1, cell(row, j - 1) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, cell(before, j - 2) + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return cell(row, b.length)
}

const cell = (row: readonly number[], at: number): number => row[at] ?? Number.POSITIVE_INFINITY
