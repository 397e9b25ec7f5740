import { describe, expect, test } from 'vitest'
import { printable, quote, UsageError } from '../../src/shell/index.ts'

describe('a word for the shell', () => {
  test.each([
    ['plain', 'plain'],
    ['/srv/a-b_c.d,e:f@g%h+1', '/srv/a-b_c.d,e:f@g%h+1'],
    ['', "''"],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ['$(id)', "'$(id)'"],
    ['a\nb', "'a\nb'"],
    ['~', "'~'"],
    ['a=b', "'a=b'"],
    ['é', "'é'"],
  ])('%j is written %s', (word, written) => {
    expect(quote(word)).toBe(written)
  })
  test('NUL is refused, and said to be one', () => {
    expect(() => quote('a\0b')).toThrow(UsageError)
    expect(() => quote('a\0b')).toThrow('"a\\u0000b" holds a NUL byte')
  })
})

describe('a hostile string in a message', () => {
  test.each([
    ['a\u001b[2Jb', '"a\\u001b[2Jb"'],
    ['a\u009bb\u202e', '"a\\u009bb\\u202e"'],
    ['a\nb', '"a\\nb"'],
    ['é', '"é"'],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })
  test('it is cut at 80 characters', () => {
    expect(printable('x'.repeat(100))).toBe(`"${'x'.repeat(77)}..."`)
  })
})
