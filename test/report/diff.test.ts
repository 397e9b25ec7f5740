import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diff } from '../../src/report/diff.ts'

const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
const side = (all: ReturnType<typeof diff>, ...types: readonly string[]) =>
  all?.filter(({ type }) => types.includes(type)).map(({ text }) => text)

/** The longest common subsequence, by the book. */
function commonLength(from: readonly string[], to: readonly string[]): number {
  const table = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0))
  for (const [i, one] of from.entries())
    for (const [j, other] of to.entries()) {
      const [row, next] = [table[i] ?? [], table[i + 1] ?? []]
      next[j + 1] = one === other ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0)
    }
  return table[from.length]?.[to.length] ?? 0
}

test('without what was added it is the one text, without what was removed the other; no shorter way is there', () => {
  fc.assert(
    fc.property(lines, lines, (from, to) => {
      const all = diff(from, to, 100)
      expect(side(all, 'same', 'removed')).toEqual(from)
      expect(side(all, 'same', 'added')).toEqual(to)
      expect(side(all, 'same')).toHaveLength(commonLength(from, to))
    }),
    { numRuns: 500 },
  )
})

test('more differences than asked for are none', () => {
  expect(diff(['a', 'b'], ['c', 'd'], 4)).toHaveLength(4)
  expect(diff(['a', 'b'], ['c', 'd'], 3)).toBeUndefined()
})

test('long texts that have nothing in common are given up soon', () => {
  const many = (name: string) => Array.from({ length: 20_000 }, (_, at) => `${name}${at}`)
  expect(diff(many('a'), many('b'), 20)).toBeUndefined()
})
