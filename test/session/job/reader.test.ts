import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MarkerReader } from '../../../src/session/job/reader.ts'

const MARKER = 'gachette-0123456789abcdef01234567'

function readIn(text: Buffer, cuts: readonly number[]) {
  const lines: string[] = []
  const own: Buffer[] = []
  const reader = new MarkerReader(MARKER, (line) => lines.push(line))
  const at = [0, ...[...cuts].map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length]
  for (const [index, end] of at.slice(1).entries()) own.push(reader.pass(text.subarray(at[index], end)))
  return { lines, own: Buffer.concat(own).toString('latin1') }
}

test('its lines are kept out of what the command said, wherever the chunks are cut', () => {
  // Beginnings of the marker in the command's own words are its own.
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('gachette-', MARKER.slice(0, -1), 'g', '\n', 'gachette-0123456\n'),
  )
  const spoken = fc.array(fc.tuple(word, fc.boolean()), { maxLength: 20 })
  fc.assert(
    fc.property(spoken, fc.array(fc.nat(), { maxLength: 30 }), (said, cuts) => {
      const own = said.map(([text]) => text).join('')
      fc.pre(!own.includes(MARKER))
      const text = said
        .map(([words, isTold], at) => words + (isTold ? `${MARKER} line ${at}\n` : ''))
        .join('')
      // The last word may be held back: it could go on as a marker.
      const read = readIn(Buffer.from(`${text}.`), cuts)
      expect(read.lines).toEqual(said.flatMap(([, isTold], at) => (isTold ? [`line ${at}`] : [])))
      expect(Buffer.from(read.own, 'latin1').toString()).toBe(Buffer.from(`${own}.`).toString())
    }),
  )
})

test('what may be the beginning of a line of its own is held back, and nothing else', () => {
  const reader = new MarkerReader(MARKER, () => {})
  expect(reader.pass(Buffer.from('before gachette-01')).toString()).toBe('before ')
  expect(reader.pass(Buffer.from('x')).toString()).toBe('gachette-01x')
  expect(reader.pass(Buffer.from(`${MARKER} job end exi`)).toString()).toBe('')
})
