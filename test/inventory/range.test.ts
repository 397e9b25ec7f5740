import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expandRanges, foldNames, parseHost } from '../../src/inventory/index.ts'
import { UsageError } from '../../src/shell/index.ts'

describe('a word with ranges', () => {
  test.each([
    ['web1', ['web1']],
    ['web[1-3]', ['web1', 'web2', 'web3']],
    ['web[01-03]', ['web01', 'web02', 'web03']],
    ['web[08-11]', ['web08', 'web09', 'web10', 'web11']],
    ['web[8-11]', ['web8', 'web9', 'web10', 'web11']],
    ['web[098-101]', ['web098', 'web099', 'web100', 'web101']],
    ['web[1,3,5-7]', ['web1', 'web3', 'web5', 'web6', 'web7']],
    ['web[1,01]', ['web1', 'web01']],
    ['web[ 1 , 3-4 ]', ['web1', 'web3', 'web4']],
    ['web[0-10/5]', ['web0', 'web5', 'web10']],
    ['web[00-02]', ['web00', 'web01', 'web02']],
    ['[1-2]', ['1', '2']],
    [
      'rack[1-2]n[1-2].example.org',
      ['rack1n1', 'rack1n2', 'rack2n1', 'rack2n2'].map((n) => `${n}.example.org`),
    ],
    ['hero@web[1-2]:2222', ['hero@web1:2222', 'hero@web2:2222']],
    ['10.0.[0-1].[1-2]:22', ['10.0.0.1:22', '10.0.0.2:22', '10.0.1.1:22', '10.0.1.2:22']],
    ['vm:[2201-2203]', ['vm:2201', 'vm:2202', 'vm:2203']],
    ['[::1]:22', ['[::1]:22']],
    ['[fe80::1%eth0]', ['[fe80::1%eth0]']],
    ['[::1]:[22-23]', ['[::1]:22', '[::1]:23']],
  ])('%s stands for %j', (word, words) => {
    expect(expandRanges(word)).toEqual(words)
  })

  test('is 10,000 hosts at most', () => {
    expect(expandRanges('r[1-100]n[1-100]')).toHaveLength(10_000)
  })

  test.each([
    ['web[1-10001]', 'a word may name 10000 hosts, and it names 10001'],
    ['web[1-999999999]', 'a word may name 10000 hosts, and it names 999999999'],
    ['r[1-100]n[0-100]', 'a word may name 10000 hosts, and it names 10100'],
    ['[1-999999999][1-999999999][1-999999999]', 'a word may name 10000 hosts, and it names far more'],
    ['web[3-1]', '3-1 runs backwards'],
    ['web[01-3]', '01-3 has zeros in front, and so both ends need as many digits'],
    ['web[1-03]', '1-03 has zeros in front, and so both ends need as many digits'],
    ['web[09-100]', '09-100 has zeros in front, and so both ends need as many digits'],
    ['web[]', '"" is neither a number nor a range'],
    ['web[1,]', '"" is neither a number nor a range'],
    ['web[1,,2]', '"" is neither a number nor a range'],
    ['web[a-c]', '"a-c" is neither a number nor a range'],
    ['web[-1]', '"-1" is neither a number nor a range'],
    ['web[1-2-3]', '"1-2-3" is neither a number nor a range'],
    ['web[1e3]', '"1e3" is neither a number nor a range'],
    ['web[1-4/0]', 'a step is 1 at least'],
    ['web[1234567890]', 'its numbers are too long'],
    ['web[1-2', 'a bracket has no other half, or is within another'],
    ['web1-2]', 'a bracket has no other half, or is within another'],
    ['web[1-[2-3]]', 'a bracket has no other half, or is within another'],
    ['web[[1-2]]', 'a bracket has no other half, or is within another'],
  ])('%s is refused', (word, why) => {
    const refused = (): unknown => expandRanges(word)
    expect(refused).toThrow(UsageError)
    expect(refused).toThrow(`"${word}" names no hosts: ${why}`)
  })

  test('property: whatever stands there, it is hosts or one clear refusal', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '-',
      ',',
      '/',
      ':',
      '1',
      '09',
      '999999999',
      'web',
      '@',
      '[1-3]',
      '[01-9]',
      ' ',
    )
    const hostile = fc.oneof(
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
      fc.string(),
    )
    fc.assert(
      fc.property(hostile, (word) => {
        try {
          const words = expandRanges(word)
          expect(words.length).toBeLessThanOrEqual(10_000)
          expect(words.length).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['['.repeat(200_000)],
    [']'.repeat(200_000)],
    [`[${':'.repeat(200_000)}`],
    [`web[${'1,'.repeat(100_000)}1]`],
    ['[1]'.repeat(50_000)],
  ])('a hostile one of 200,000 characters is refused or read (%#)', (word) => {
    try {
      expandRanges(word)
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
    }
  })
})

test('property: folded names stand for the same names', () => {
  const number = fc.oneof(
    fc.nat(12).map(String),
    fc.nat(12).map((n) => String(n).padStart(2, '0')),
    fc.nat(120).map((n) => String(n).padStart(3, '0')),
  )
  const text = fc.constantFrom('web', 'n', '.', '-', 'rack', 'x')
  const name = fc
    .tuple(
      text,
      fc.array(fc.tuple(number, text), { maxLength: 3 }),
      fc.constantFrom('', ':22', ':2222'),
      fc.constantFrom('', 'hero@', 'u1@'),
    )
    .map(([first, rest, port, user]) => `${user}h${first}${rest.flat().join('')}${port}`)
    .filter((each) => isHost(each))
  fc.assert(
    fc.property(fc.array(name, { maxLength: 60 }), (names) => {
      const again = splitOutside(foldNames(names)).flatMap(expandRanges)
      expect(new Set(again).size).toBe(again.length)
      expect([...again].sort()).toEqual([...new Set(names)].sort())
    }),
    { numRuns: 500 },
  )
})

const splitOutside = (list: string): readonly string[] => (list === '' ? [] : list.split(/,(?![^[]*\])/))

function isHost(name: string): boolean {
  try {
    parseHost(name)
    return true
  } catch {
    return false
  }
}
