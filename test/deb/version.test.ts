import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareVersions, isVersion, parseVersion } from '../../src/deb/index.ts'

test('orders as deb-version(7) says', () => {
  const ascending = [
    '0.9',
    '1.0~~',
    '1.0~~a',
    '1.0~',
    '1.0~rc.1',
    '1.0',
    '1.0-1',
    '1.0a',
    '1.0+git20250101.000000.abc',
    '1.0.1',
    '1.9',
    '1.10',
    '1:0',
  ].map(parseVersion)
  expect(ascending.toReversed().toSorted(compareVersions)).toEqual(ascending)
})

test.each([
  ['1.0', '1.00'],
  ['1', '1-0'],
  ['0:1', '1'],
  ['1.0-0', '1.0-00'],
])('holds %s and %s equal', (a, b) => {
  expect(compareVersions(parseVersion(a), parseVersion(b))).toBe(0)
})

test('numbers of any length compare without rounding', () => {
  const long = '9'.repeat(60)
  expect(compareVersions(parseVersion(`${long}8`), parseVersion(`${long}9`))).toBeLessThan(0)
})

describe('refuses', () => {
  test.each([
    ['', 'it is empty'],
    ['abc', 'it does not start with a digit'],
    ['1.0-', 'there is nothing after its last dash'],
    ['1.0-1:2', 'the epoch before the colon is no number'],
    [':1', 'the epoch before the colon is no number'],
    ['1:', 'it does not start with a digit'],
    ['2147483648:1', 'the epoch is too large'],
    ['1:1-a:b', 'a colon is not allowed after its last dash'],
    ['0.0.1rev1234567-feat#1', '"#" is not allowed in it'],
    ['1.0\n', '"\\n" is not allowed in it'],
    ['1.0 ', '" " is not allowed in it'],
    ['1$(id)', '"$" is not allowed in it'],
    [`1${'0'.repeat(100_000)}`, 'it is longer than 200 characters'],
  ])('%j', (text, fault) => {
    expect(() => parseVersion(text)).toThrow(fault)
  })
})

test('any text is parsed or refused by a UsageError, and order is total', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      if (isVersion(text)) expect(compareVersions(text, text)).toBe(0)
      else expect(() => parseVersion(text)).toThrow('is no Debian version')
    }),
  )
})
