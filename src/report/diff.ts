/** One line of a comparison. */
export interface DiffLine {
  readonly type: 'same' | 'removed' | 'added'
  readonly text: string
}

/**
 * The shortest way from one list of lines to another (Myers, "An O(ND) Difference Algorithm", 1986); undefined where it
 * takes more than `most` removals and additions: such texts are better shown side by side.
 */
export function diff(
  from: readonly string[],
  to: readonly string[],
  most: number,
): readonly DiffLine[] | undefined {
  let start = 0
  while (start < from.length && start < to.length && from[start] === to[start]) start++
  let end = 0
  const shortest = Math.min(from.length, to.length) - start
  while (end < shortest && from[from.length - 1 - end] === to[to.length - 1 - end]) end++
  const middle = shortestEdit(from.slice(start, from.length - end), to.slice(start, to.length - end), most)
  if (middle === undefined) return undefined
  const same = (text: string): DiffLine => ({ type: 'same', text })
  return [...from.slice(0, start).map(same), ...middle, ...from.slice(from.length - end).map(same)]
}

function shortestEdit(
  from: readonly string[],
  to: readonly string[],
  most: number,
): readonly DiffLine[] | undefined {
  if (from.length === 0 && to.length === 0) return []
  // furthest.get(k): how many lines of `from` are passed on diagonal k (lines of `from` minus lines of `to`).
  let furthest = new Map<number, number>([[1, 0]])
  const trace: ReadonlyMap<number, number>[] = []
  for (let edits = 0; edits <= Math.min(most, from.length + to.length); edits++) {
    trace.push(furthest)
    const next = new Map<number, number>()
    for (let k = -edits; k <= edits; k += 2) {
      let x = startOn(furthest, k, edits)
      while (x < from.length && x - k < to.length && from[x] === to[x - k]) x++
      next.set(k, x)
      if (x >= from.length && x - k >= to.length) return backtrack(from, to, trace)
    }
    furthest = next
  }
  return undefined
}

/** How many lines of `from` are passed where diagonal k begins, after one more line was added or removed. */
function startOn(furthest: ReadonlyMap<number, number>, k: number, edits: number): number {
  return isAdded(furthest, k, edits) ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1
}

/** Diagonal k is reached from k + 1 by adding a line, from k - 1 by removing one: from the one that got further. */
const isAdded = (furthest: ReadonlyMap<number, number>, k: number, edits: number): boolean =>
  k === -edits || (k !== edits && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1))

/** The way to the end, found backwards. */
function backtrack(
  from: readonly string[],
  to: readonly string[],
  trace: readonly ReadonlyMap<number, number>[],
): readonly DiffLine[] {
  const lines: DiffLine[] = []
  let [x, y] = [from.length, to.length]
  for (const [edits, furthest] of [...trace.entries()].reverse()) {
    const k = x - y
    const start = startOn(furthest, k, edits)
    for (; x > start; y--) lines.push({ type: 'same', text: from[--x] ?? '' })
    if (edits === 0) break
    if (isAdded(furthest, k, edits)) lines.push({ type: 'added', text: to[--y] ?? '' })
    else lines.push({ type: 'removed', text: from[--x] ?? '' })
  }
  return lines.reverse()
}
