import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRepr } from '../../src/build/python-repr.ts'

const read = (text: string) => {
  const values = parseRepr(text)
  return values === undefined ? undefined : Object.fromEntries(values)
}

test.each([
  [`{'file_name': 'a-1.deb', 'version': '', 'name': 'a'}`, { file_name: 'a-1.deb', version: '', name: 'a' }],
  [`{u'name': u'a', "version": "it's"}\r`, { name: 'a', version: "it's" }],
  [`{'name': 'it\\'s "x"', 'n': 1, 'none': None, 'f': -1.5}`, { name: `it's "x"` }],
  [
    `{'name': 'caf\\xc3\\xa9', 'u': u'caf\\xe9 \\u20ac \\U0001f600'}`,
    { name: 'café', u: 'café €\u{20} \u{1f600}'.replace('€  ', '€ ') },
  ],
  [`{'a': '\\n\\t\\\\'}`, { a: '\n\t\\' }],
  ['{}', {}],
])('%s', (text, values) => expect(read(text)).toEqual(values))

test.each([
  '',
  '{',
  '{nothing yet}',
  `{'a': ['x']}`,
  `{'a': 'x'`,
  `{'a': 'x'} and more`,
  `{'a' 'x'}`,
  'null',
])('%j is no dict of scalars', (text) => expect(read(text)).toBeUndefined())

test('reads back what Python itself writes', () => {
  const dicts = fc.sample(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), {
    numRuns: 300,
    seed: 5,
  })
  const written = spawnSync(
    'python3',
    ['-c', 'import json,sys\nfor line in sys.stdin: print(ascii(json.loads(line)))'],
    {
      input: dicts.map((dict) => `${JSON.stringify(dict)}\n`).join(''),
      encoding: 'utf8',
    },
  )
  // Python 3's ascii() is Python 2's repr of unicode strings without the u.
  const lines = written.stdout.trimEnd().split('\n')
  expect(lines.map((line) => read(line.replace(/(['"])((?:\\.|(?!\1).)*)\1/g, 'u$&')))).toEqual(
    dicts.map((dict) => ({ ...dict })),
  )
})

test('any text is read or is not', () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...`{}'":,u\\x0n `) }), (text) => void read(text)))
})
