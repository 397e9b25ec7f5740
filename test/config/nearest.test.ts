import fc from 'fast-check'
import { expect, it } from 'vitest'
import { didYouMean, nearest } from '../../src/config/index.ts'

const KNOWN = ['port', 'pool_size', 'parallel', 'hosts', 'user']

it.each([
  ['prot', 'did you mean port?'],
  ['pool-size', 'did you mean pool_size?'],
  ['PoolSize', 'did you mean pool_size?'],
  ['host', 'did you mean hosts?'],
  ['zzzzzz', 'the nearest known one is port'],
  ['', 'the nearest known one is port'],
])('%j: %s', (typed, expected) => {
  expect(didYouMean(typed, KNOWN)).toBe(expected)
})

it('there is no nearest word of none', () => {
  expect([nearest('a', []), didYouMean('a', [])]).toEqual([undefined, undefined])
})

it('a known word is its own nearest, and two neighbours swapped are near', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KNOWN), fc.nat(), (word, seed) => {
      const at = seed % (word.length - 1)
      const swapped = word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2)
      expect(nearest(word, KNOWN)).toEqual({ word, near: true })
      expect(nearest(swapped, KNOWN)).toEqual({ word, near: true })
    }),
  )
})

it('a hostile word costs nothing', () => {
  expect(nearest('x'.repeat(1_000_000), KNOWN)?.near).toBe(false)
})
