import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alternativesText,
  isVersion,
  meansVersion,
  parseRelations,
  parseVersion,
  RELATION_FIELDS,
  type RelationField,
} from '../../src/deb/index.ts'
import { TaskError } from '../../src/shell/index.ts'

const read = (field: RelationField, text: string): string =>
  parseRelations(field, text).map(alternativesText).join(', ')

describe('reads', () => {
  test.each([
    ['Depends', '', ''],
    ['Depends', ' \n', ''],
    ['Depends', 'libc6', 'libc6'],
    ['Depends', 'libc6(>=2.36),a|b', 'libc6 (>= 2.36), a | b'],
    ['Depends', 'python3:any (>= 3.9~),\n adduser', 'python3:any (>= 3.9~), adduser'],
    ['Pre-Depends', 'Shop ( << 1:2.0-1 )', 'shop (<< 1:2.0-1)'],
    ['Depends', 'a (< 1), b (> 2), c (3)', 'a (<= 1), b (>= 2), c (= 3)'],
    ['Provides', 'api (= 2), mta', 'api (= 2), mta'],
    ['Breaks', 'a:amd64 (<= 1)', 'a:amd64 (<= 1)'],
    ['Recommends', 'a | b | c (>> 1)', 'a | b | c (>> 1)'],
  ] as const)('%s: %j', (field, text, written) => {
    expect(read(field, text)).toBe(written)
  })
})

describe('refuses', () => {
  test.each([
    ['Depends', 'a,', 'the field Depends: a package name is missing before its end'],
    ['Depends', ',a', 'the field Depends: a package name is missing before ",a"'],
    ['Depends', 'a||b', 'the field Depends: a package name is missing before "|b"'],
    ['Depends', 'a b', 'the field Depends: a comma is missing before "b"'],
    ['Depends', 'a [amd64]', 'the field Depends: "[amd64]" has a meaning in source packages only'],
    ['Depends', 'a <!nocheck>', 'the field Depends: "<!nocheck>" has a meaning in source packages only'],
    ['Depends', 'a (>= 1) (<< 2)', 'the field Depends: a comma is missing before "(<< 2)"'],
    ['Depends', 'a:', 'the field Depends: "" is no architecture'],
    ['Depends', 'a:b_c', 'the field Depends: "b_c" is no architecture'],
    ['Depends', '$' + '{shlibs:Depends}', 'the field Depends: "$' + '{shlibs" is no package name'],
    ['Depends', 'a (<> 1)', 'the field Depends: "<>" compares no versions'],
    ['Depends', 'a (= 1_2)', 'the field Depends: "1_2" is no version'],
    ['Depends', 'a (>= 1 2)', 'the field Depends: a closing parenthesis is missing before "2)"'],
    ['Depends', 'a (>= 1', 'the field Depends: a closing parenthesis is missing before its end'],
    ['Conflicts', 'a | b', 'the field Conflicts: there can be no choice ( | ) in it'],
    ['Provides', 'a (>= 1)', 'the field Provides: a version is provided exactly ( = ), not by >='],
  ] as const)('%s: %j', (field, text, message) => {
    expect(() => parseRelations(field, text)).toThrow(new TaskError(message))
  })
})

test.each([
  ['<<', [true, false, false]],
  ['<=', [true, true, false]],
  ['=', [false, true, false]],
  ['>=', [false, true, true]],
  ['>>', [false, false, true]],
] as const)('%s means these of 1, 2 and 3, held against 2', (operator, means) => {
  const [relation] = parseRelations('Depends', `a (${operator} 2)`).flat()
  if (relation === undefined) throw new Error('nothing was read')
  expect(['1', '2', '3'].map((version) => meansVersion(relation, parseVersion(version)))).toEqual(means)
})

test('any text is read or refused by a TaskError, and what was read is written as it would be read', () => {
  const field = fc.constantFrom(...RELATION_FIELDS)
  const pieces = fc
    .array(fc.constantFrom(...'aA1.+-~:(),|<>=[]! \n\té', '>=', '<<', ', ', ':any', ' (= 1)'), {
      maxLength: 30,
    })
    .map((all) => all.join(''))
  fc.assert(
    fc.property(field, fc.oneof(pieces, fc.string({ unit: 'binary' })), (name, text) => {
      try {
        const written = read(name, text)
        expect(read(name, written)).toBe(written)
      } catch (error) {
        expect(error).toBeInstanceOf(TaskError)
      }
    }),
    { numRuns: 500 },
  )
})

test('long hostile texts take no longer than their length', () => {
  const texts = [
    ' '.repeat(1e6),
    `a (${' '.repeat(1e6)}`,
    '('.repeat(1e6),
    `a${'|a'.repeat(3e5)}|`,
    `a (>= ${'1'.repeat(1e6)})`,
  ]
  const started = performance.now()
  for (const text of texts) expect(() => parseRelations('Depends', `b, ${text}`)).toThrow(TaskError)
  expect(performance.now() - started).toBeLessThan(2000)
})

test('a version that is read is one of Debian', () => {
  expect(
    parseRelations('Depends', 'a (= 1:1-1)')
      .flat()
      .every(({ version = '' }) => isVersion(version)),
  ).toBe(true)
})
