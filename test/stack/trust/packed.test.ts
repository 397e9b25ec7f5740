import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TaskError } from '../../../src/shell/index.ts'
import { parseAnswer } from '../../../src/stack/facts.ts'
import { inflated, unpack } from '../../../src/stack/trust/packed.ts'

const answer = (sizes: readonly (number | string)[], bytes: Uint8Array) =>
  parseAnswer(
    [...sizes.map((size, at) => `file\t${size}\tf${at}`), `blob\t${gzipSync(bytes).toString('base64')}`].join(
      '\n',
    ),
  )

test('files come out as they went in, whatever bytes they hold', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (files) => {
      const packed = unpack(
        answer(
          files.map(({ length }) => length),
          Buffer.concat(files),
        ),
      )
      expect([...packed].map(([path, bytes]) => [path, [...bytes]])).toEqual(
        files.map((bytes, at) => [`f${at}`, [...bytes]]),
      )
    }),
  )
})

test.each([
  [['4', '-1'], 'below nothing'],
  [['1.5', '1.5'], 'not whole'],
  [['NaN'], 'no number'],
  [['Infinity'], 'without end'],
  [['2'], 'too few'],
  [['9'], 'too many'],
] as const)('sizes %j (%s) are refused', (sizes, _) => {
  expect(() => unpack(answer(sizes, Buffer.from('abc')))).toThrow(TaskError)
})

test('a small answer cannot fill the memory, whatever it says of itself', () => {
  const bomb = gzipSync(Buffer.alloc((256 << 20) + 2), { level: 1 })
  expect(bomb.length).toBeLessThan(4 << 20)
  expect(() => inflated(bomb)).toThrow('the files of the store changed while they were read')
  expect(() => inflated(bomb, 1e12)).toThrow('the files of the store changed while they were read')
})
