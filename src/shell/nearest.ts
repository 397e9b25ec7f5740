/** The known words by how few letters they are away from a mistyped one; `-`, `_` and case are alike. */
export function byNearness(
  typed: string,
  known: readonly string[],
): readonly { readonly word: string; readonly distance: number }[] {
  const wanted = folded(typed)
  return known
    .map((word) => ({ word, distance: editDistance(wanted, folded(word)) }))
    .sort((a, b) => a.distance - b.distance)
}

/** The known word somebody probably meant; undefined where none is near. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const meant = byNearness(typed, known).find(({ word, distance }) => distance <= slips(folded(typed), word))
  return meant?.word
}

/** The hint of an error about an unknown word; nothing where no known word is near. */
export function didYouMean(typed: string, known: readonly string[]): { readonly hint?: string } {
  const meant = nearest(typed, known)
  return meant === undefined ? {} : { hint: `did you mean ${meant}?` }
}

/** One slip in three letters, and never more than three: `bild` is build, `x` is nothing. */
const slips = (a: string, b: string): number =>
  Math.min(3, Math.max(1, Math.floor(Math.max(a.length, b.length) / 3)))

const folded = (word: string): string => word.slice(0, 100).toLowerCase().replaceAll('-', '_')

/** Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one each. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = []
  let above: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = cell(above, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? cell(before, j - 2) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(cell(above, j) + 1, cell(row, j - 1) + 1, substituted, swapped))
    }
    before = above
    above = row
  }
  return cell(above, b.length)
}

const cell = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY
