import fc from 'fast-check'
import { expect, test } from 'vitest'
import { throughLoginShell, wrap } from '../../src/session/lifeline.ts'
import { words } from '../../src/shell/index.ts'

test('whatever the command, one SSH packet carries it: 35,000 bytes must do (RFC 4253 §6.1)', () => {
  const text = fc
    .tuple(fc.string({ minLength: 1 }), fc.nat(40_000))
    .map(([piece, times]) => piece.repeat(times).slice(0, 200_000))
  const wholes = fc
    .constantFrom("'", '\n', '\\', 'x', 'é')
    .chain((c) => fc.nat(130_000).map((times) => c.repeat(times)))
  fc.assert(
    fc.property(fc.oneof(text, wholes), fc.boolean(), (word, reads) => {
      fc.pre(!word.includes('\0'))
      const { script } = wrap(words(['printf', '%s', word]), reads ? { input: Buffer.from('x') } : {})
      expect(throughLoginShell(script, true).length).toBeLessThanOrEqual(32_000)
    }),
    { numRuns: 40 },
  )
})
