import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Hidden, MaskedStream } from '../../../src/run/masks/masked-stream.ts'
import { formsOf } from '../../../src/run/masks/secret-forms.ts'
import { TextFinder } from '../../../src/run/masks/text-finder.ts'

const few = (letters: string, min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: min, maxLength: max })

test('property: finds every place of every text, in order', () => {
  fc.assert(
    fc.property(fc.array(few('abä', 2, 6), { maxLength: 5 }), few('abcä\u0141', 0, 40), (texts, where) => {
      const wanted = [...new Set(texts)]
      const found: string[] = []
      new TextFinder(wanted).find(where, (at, text) => void found.push(`${at} ${text}`))
      const naive = Array.from(where, (_, at) => at).flatMap((at) =>
        wanted.filter((text) => where.startsWith(text, at)).map((text) => `${at} ${text}`),
      )
      expect([...found].sort()).toEqual([...naive].sort())
      expect(found.map((each) => Number.parseInt(each, 10))).toEqual(
        found.map((each) => Number.parseInt(each, 10)).sort((one, other) => one - other),
      )
    }),
  )
})

test('property: however it is cut, what is told is what the whole would be, without any of the hidden texts', () => {
  const texts = fc.array(few('ab\n', 4, 9), { minLength: 1, maxLength: 4 })
  const pieces = fc.array(few('abc\n', 0, 12), { maxLength: 12 })
  fc.assert(
    fc.property(texts, pieces, (hidden, cut) => {
      const set = new Hidden([...new Set(hidden)])
      const stream = new MaskedStream(() => set)
      const told = cut.map((piece) => stream.push(piece)).join('') + stream.end()
      expect(told).toBe(new MaskedStream(() => set).whole(cut.join('')))
      for (const text of hidden) expect(told).not.toContain(text)
    }),
    { numRuns: 2000 },
  )
})

test('secrets that overlap are both gone, and told once', () => {
  const set = new Hidden(['abcdef', 'defghi'])
  expect(new MaskedStream(() => set).whole('1 abcdefghi 2')).toBe('1 *** 2')
  const stream = new MaskedStream(() => set)
  expect(['1 abc', 'def', 'ghi 2'].map((piece) => stream.push(piece))).toEqual(['1 ', '***', ' 2'])
})

test('one that is learned on the way is hidden from then on, also where it has begun', () => {
  let set = new Hidden(['secret'])
  const stream = new MaskedStream(() => set)
  expect(stream.push('a sec')).toBe('a ')
  set = new Hidden(['secret', 'second'])
  expect(stream.push('ond b')).toBe('*** b')
})

test('a secret of 64 KiB is masked, whatever it looks like and however it is cut', () => {
  for (const secret of ['x'.repeat(65_536), `${'ab'.repeat(32_767)}ac`]) {
    const set = new Hidden([secret])
    const stream = new MaskedStream(() => set)
    const text = `${secret.slice(1)}${secret.slice(2)}!${secret}?`
    let told = ''
    for (let at = 0; at < text.length; at += 4096) told += stream.push(text.slice(at, at + 4096))
    told += stream.end()
    expect(told.endsWith('***?')).toBe(true)
  }
})

test('a secret is known in JSON, in single quotes, in a url and in base64 wherever it stands', () => {
  const secret = `it's "a" $ecret/+?`
  const set = new Hidden(formsOf(secret))
  const told = (text: string) => new MaskedStream(() => set).whole(text)
  expect(told(`{"token":${JSON.stringify(secret)}}`)).toBe('{"token":"***"}')
  expect(told(`echo '${secret.replaceAll("'", "'\\''")}'`)).toBe("echo '***'")
  expect(told(`?q=${encodeURIComponent(secret)}&`)).toBe('?q=***&')
  for (const user of ['', 'a', 'ab', 'abc:']) {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = Buffer.from(`${user}${secret}zz`).toString(encoding)
      expect(told(text)).toContain('***')
      expect(told(text).length).toBeLessThan(text.length - secret.length)
    }
  }
})

test('of a secret of several lines each longer one is hidden by itself', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\n  indented line\nab\n-----END KEY-----\n'
  const set = new Hidden(formsOf(key))
  const told = new MaskedStream(() => set).whole(key.replaceAll('\n', '\r\n'))
  expect(told).toBe('***\r\n***\r\n  ***\r\nab\r\n***\r\n')
})

test('what is shorter than four characters hides nothing', () => {
  expect(formsOf('abc')).toEqual([])
})
