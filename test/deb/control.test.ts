import fc from 'fast-check'
import { expect, test } from 'vitest'
import { controlField, parseControl } from '../../src/deb/index.ts'
import { TaskError } from '../../src/shell/index.ts'

test('reads fields with their further lines', () => {
  const text = 'Package: dh-shop\nVersion:1.0\nDescription: A shop\n with two lines\n .\n and a third\n\n'
  expect(parseControl(text)).toEqual({
    Package: 'dh-shop',
    Version: '1.0',
    Description: 'A shop\nwith two lines\n.\nand a third',
  })
})

test('a value may hold colons, and a field is found in any case', () => {
  const fields = parseControl('Homepage: https://example.com:8080/x\nEmpty:\n')
  expect(controlField(fields, 'homepage')).toBe('https://example.com:8080/x')
  expect(controlField(fields, 'EMPTY')).toBe('')
  expect(controlField(fields, 'Package')).toBeUndefined()
})

test('a field named __proto__ is a field like any other', () => {
  expect(Object.keys(parseControl('__proto__: x\nA: b\n'))).toEqual(['__proto__', 'A'])
})

test.each([
  ['', 'a line that is no field'],
  [' continued\n', 'a line that is no field'],
  ['Package: a\n\nPackage: b\n', 'a line that is no field'],
  ['Package: a\nPackage: b\n', 'the field Package twice'],
  ['# comment\n', 'a line that is no field'],
])('refuses %j', (text, fault) => {
  expect(() => parseControl(text)).toThrow(fault)
})

test('any text is read or refused by a TaskError', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'Aa:\n \t-#.é') }), (text) => {
      try {
        parseControl(text)
      } catch (error) {
        expect(error).toBeInstanceOf(TaskError)
      }
    }),
  )
})
