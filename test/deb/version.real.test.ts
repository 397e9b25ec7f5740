import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareVersions, isVersion, parseVersion } from '../../src/deb/index.ts'

const COUNT = 3000

const piece = fc.oneof(
  fc.constantFrom(
    '0',
    '00',
    '1',
    '01',
    '10',
    '9',
    '~',
    '~~',
    '+',
    '.',
    '-',
    'a',
    'z',
    'A',
    'rc',
    'git',
    'rev',
  ),
  fc.string({ unit: fc.constantFrom(...'0123456789abzAZ.+~-'), maxLength: 4 }),
)
const upstream = fc.array(piece, { maxLength: 5 }).map((pieces) => `${pieces.join('')}`)
const version = fc
  .tuple(fc.option(fc.constantFrom('0', '1', '02', '2147483647'), { nil: undefined }), fc.nat(12), upstream)
  .map(([epoch, first, rest]) => `${epoch === undefined ? '' : `${epoch}:`}${first}${rest}`)
  .filter(isVersion)
/** Pairs that differ little find more than pairs that differ a lot. */
const pair = fc
  .oneof(
    fc.tuple(version, version),
    fc.tuple(version, piece).map(([a, tail]) => [a, `${a}${tail}`] as const),
  )
  .filter(([a, b]) => isVersion(a) && isVersion(b))

test('orders thousands of pairs as dpkg does', () => {
  const pairs = fc.sample(pair, { numRuns: COUNT, seed: 7 })
  const answers = dpkg(
    pairs.map(([a, b]) => `${a} ${b}`),
    'read -r a b',
    'if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" gt "$b"; then echo 1; else echo 0; fi',
  )
  const ours = pairs.map(([a, b]) => String(Math.sign(compareVersions(parseVersion(a), parseVersion(b)))))
  expect(pairs.map(([a, b], at) => `${a} ${b} ${ours[at]}`)).toEqual(
    pairs.map(([a, b], at) => `${a} ${b} ${answers[at]}`),
  )
})

test('accepts exactly the versions dpkg accepts without a complaint', () => {
  const hostile = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'01aZ.+~-:_#@ /$;\'"é'), minLength: 1, maxLength: 8 }),
    fc
      .tuple(fc.constantFrom('1', '0', '', 'a', '2147483648', '2147483647'), upstream)
      .map(([e, u]) => `${e}:${u}`),
  )
  // dpkg strips spaces around a version, and reads a leading dash as an option.
  const texts = fc
    .sample(hostile, { numRuns: COUNT, seed: 8 })
    .filter((text) => text.trim() === text && !text.startsWith('-'))
  const answers = dpkg(texts, 'IFS= read -r v', 'dpkg --validate-version "$v" 2>/dev/null; echo $?')
  expect(texts.map((text) => `${text} ${isVersion(text)}`)).toEqual(
    texts.map((text, at) => `${text} ${answers[at] === '0'}`),
  )
})

/** One shell for many questions: dpkg is asked once per line. */
function dpkg(lines: readonly string[], read: string, body: string): readonly string[] {
  const answer = spawnSync('/bin/sh', ['-c', `while ${read}; do ${body}; done`], {
    input: lines.map((line) => `${line}\n`).join(''),
    encoding: 'utf8',
  })
  return answer.stdout.trimEnd().split('\n')
}
