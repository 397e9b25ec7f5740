import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanLine, isClean } from '../../src/report/clean.ts'
import { LineCutter } from '../../src/report/line-cutter.ts'

const hostile = fc.string({
  unit: fc.constantFrom(
    ...'\x1b\x9b\x9d\x07\r\n\t[]()0;?mPJKh\\\x7f\0aé本\u202e\u2066\u2028\u0301'.split(''),
    '😀',
  ),
})

test('text that would be read backwards is shown for what it is', () => {
  expect(cleanLine('rm \u202egpj.nur\u202c \u2066x\u2069')).toBe('rm \\u202egpj.nur\\u202c \\u2066x\\u2069')
})

test('whatever a line is, nothing that is left of it can steer a terminal, and cleaning it again changes nothing', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const line = cleanLine(text)
      expect(line).not.toMatch(/[\0-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/)
      expect(isClean(line)).toBe(true)
      expect(cleanLine(line)).toBe(line)
    }),
  )
})

test('text in pieces is cut into the lines it has as a whole', () => {
  fc.assert(
    fc.property(fc.array(hostile), (pieces) => {
      const cutter = new LineCutter()
      const whole = pieces.map((piece) => cutter.push(piece)).join('') + cutter.flush()
      const text = pieces.join('')
      expect(whole).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`)
    }),
  )
})

test("of git's progress, however long, one line is left: the last state", () => {
  const cutter = new LineCutter()
  const states = Array.from({ length: 5000 }, (_, at) => `Receiving objects: ${at} (${at}/5000), 1.2 MiB/s\r`)
  const told = [...states, 'Receiving objects: 5000, done.\n'].map((state) => cutter.push(state)).join('')
  expect(told.split('\n').map(cleanLine)).toEqual(['Receiving objects: 5000, done.', ''])
  expect(told.length).toBeLessThan(8192)
})

test('a carriage return and its newline may come in two pieces', () => {
  const cutter = new LineCutter()
  const long = 'x'.repeat(5000)
  const told = cutter.push(`${long}\r`) + cutter.push('\n')
  expect(told.split('\n').map(cleanLine)).toEqual([long, ''])
})

test('output without any newline is told in pieces', () => {
  const cutter = new LineCutter()
  const told = Array.from({ length: 100 }, () => cutter.push('x'.repeat(1000))).filter((text) => text !== '')
  expect(told).toEqual([`${'x'.repeat(66_000)}\n`])
})
