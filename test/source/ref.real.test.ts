import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseRef } from '../../src/source/index.ts'

const odd = fc.constantFrom(...'./-~^:?*[\\@{}\x7f\x01\t \'"$;é0aZ', '..', '@{', '.lock', '//', 'origin/')
const text = fc.array(fc.oneof(odd, fc.string({ unit: fc.constantFrom(...'abcdef0189') })), { maxLength: 6 })

test('accepts exactly the names git check-ref-format accepts for a branch, save those with a leading dash', () => {
  const names = fc.sample(
    text.map((pieces) => pieces.join('')).filter((name) => !name.startsWith('-')),
    { numRuns: 2000, seed: 3 },
  )
  const answers = spawnSync(
    '/bin/sh',
    ['-c', 'while IFS= read -r name; do git check-ref-format "refs/heads/$name"; echo $?; done'],
    { input: names.map((name) => `${name}\n`).join(''), encoding: 'utf8' },
  ).stdout.split('\n')
  expect(names.map((name) => [name, isRef(name)])).toEqual(
    names.map((name, at) => [name, answers[at] === '0']),
  )
})

function isRef(name: string): boolean {
  try {
    return parseRef(name).toLowerCase() === name.toLowerCase()
  } catch {
    return false
  }
}
