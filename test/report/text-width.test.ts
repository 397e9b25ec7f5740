import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutTo, padTo, widthOf } from '../../src/report/text-width.ts'

test.each([
  ['web1', 4],
  ['本番', 4],
  ['ｗｅｂ', 6],
  ['e\u0301', 1],
  ['😀', 2],
  ['❤\ufe0f', 2],
  ['עברית', 5],
  ['한국', 4],
])('%s takes %i columns', (text, width) => expect(widthOf(text)).toBe(width))

const text = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0x20, max: 0x10ffff }),
      fc.constantFrom(0x41, 0x301, 0xfe0f, 0x672c, 0x1f600, 0x5d0),
    ),
  )
  .map((codes) => String.fromCodePoint(...codes))

test('what is cut fits, is a beginning, and could not be longer', () => {
  fc.assert(
    fc.property(text, fc.nat({ max: 20 }), (text, columns) => {
      const part = cutTo(text, columns)
      const [next = ''] = text.slice(part.length)
      expect(text.startsWith(part)).toBe(true)
      expect(widthOf(part)).toBeLessThanOrEqual(columns)
      expect(next === '' || widthOf(part + next) > columns).toBe(true)
    }),
  )
})

test('padding counts columns', () => {
  expect([padTo('本', 4), padTo('abcde', 4)]).toEqual(['本  ', 'abcde'])
})
