import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Float, repr, str, typeName } from '../../../src/build/missile/python/index.ts'
import { plainScalar } from '../../../src/build/missile/scalars.ts'

const recorded = JSON.parse(
  readFileSync(join(resolve(import.meta.dirname, '../../fixtures/python'), 'yaml.json'), 'utf8'),
) as readonly (readonly [string, string, string])[]

describe('what PyYAML makes of a plain scalar', () => {
  test.each(recorded)('%s is a %s: %s', (text, type, spelling) => {
    const value = plainScalar(text)
    expect([
      typeName(value)
        .replace(/^datetime\./, '')
        .replace('long', 'int'),
      repr(value).replace(/L$/, ''),
    ]).toEqual([type, spelling])
  })
})

test('a time with its zone is that time in UTC, as PyYAML 3 gives it', () => {
  expect(str(plainScalar('2001-12-14t21:59:43.10-05:00'))).toBe('2001-12-15 02:59:43.100000')
  expect(str(plainScalar('2001-12-14 21:59:43 +2'))).toBe('2001-12-14 19:59:43')
})

test('a float prints so that it reads back, inside a list', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      expect(Number(repr(new Float(number)))).toBe(number)
      expect(repr(new Float(number))).toMatch(/[.e]/)
    }),
  )
})

test('every text is some value', () => {
  fc.assert(fc.property(fc.string(), (text) => void plainScalar(text)))
  fc.assert(fc.property(fc.stringMatching(/^[-+0-9_.:eExb]{1,12}$/), (text) => void repr(plainScalar(text))))
})
