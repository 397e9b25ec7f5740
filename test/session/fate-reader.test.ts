import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FateReader } from '../../src/session/fate-reader.ts'

const MARKER = 'gachette-0123-1'

/** Everything the command said, and what became of it, of stderr in these chunks. */
function read(chunks: readonly string[], expecting = true) {
  const reader = new FateReader(MARKER)
  if (expecting) reader.expect()
  const own = chunks.map((chunk) => reader.pass(Buffer.from(chunk)).toString('latin1'))
  return { own: own.join('') + reader.rest().toString('latin1'), fate: reader.fate(), reader }
}

describe('what the lifeline says on stderr', () => {
  test('is kept out of what the command said', () => {
    const { own, fate, reader } = read([`one\n${MARKER} ends\ntwo`, `three${MARKER} left\n`])
    expect({ own, fate }).toEqual({ own: 'one\ntwothree', fate: { type: 'ended' } })
    expect([reader.heard(' ends'), reader.heard(' no session')]).toEqual([true, false])
  })
  test('names the processes that are left', () => {
    expect(read([`${MARKER} left 12 345\n`]).fate).toEqual({ type: 'running', pids: [12, 345] })
  })
  test('is nothing while it was cut off', () => {
    expect(read([`${MARKER} left 12`])).toMatchObject({ own: '', fate: undefined })
    expect(read(['no such thing\n'])).toMatchObject({ own: 'no such thing\n', fate: undefined })
  })
  test('may be cut into chunks anywhere', () => {
    const text = `a gachette-0 b\n${MARKER} ends\nc${MARKER} left 7\nd gachette-01`
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length]
        const chunks = at.slice(1).map((end, index) => text.slice(at[index], end))
        const { own, fate } = read(chunks)
        expect({ own, fate }).toEqual({
          own: 'a gachette-0 b\ncd gachette-01',
          fate: { type: 'running', pids: [7] },
        })
      }),
    )
  })
  test('is kept out also when somebody else ended the command, late', () => {
    const reader = new FateReader(MARKER)
    reader.pass(Buffer.alloc(10_000, 'x'))
    expect(reader.pass(Buffer.from(`a\n${MARKER} ends\nb`)).toString()).toBe('a\nb')
    expect(reader.heard(' ends')).toBe(true)
  })
  test('holds nothing back before an end was asked for', () => {
    const reader = new FateReader(MARKER)
    expect(reader.pass(Buffer.from('gachette-01')).toString()).toBe('gachette-01')
  })
})
