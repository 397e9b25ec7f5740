/** The known word somebody probably meant: few letters away, `-` and `_` and case alike; undefined where none is near. */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  const wanted = folded(typed)
  let best: string | undefined
  // One slip in three letters, and never more than three: `bild` is build, `x` is nothing.
  let bestDistance = Math.min(3, Math.max(1, Math.floor(wanted.length / 3))) + 1
  for (const word of known) {
    const distance = distanceOf(wanted, folded(word))
    if (distance < bestDistance) [best, bestDistance] = [word, distance]
  }
  return best
}

/** The hint of an error about an unknown word; nothing where no known word is near. */
export function didYouMean(typed: string, known: Iterable<string>): { readonly hint?: string } {
  const meant = nearest(typed, known)
  return meant === undefined ? {} : { hint: `did you mean ${meant}?` }
}

const folded = (word: string): string => word.slice(0, 100).toLowerCase().replaceAll('-', '_')

/** Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one each. */
function distanceOf(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(before, j - 2) + 1)
      row.push(cost)
    }
    before = above
    above = row
  }
  return at(above, b.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
