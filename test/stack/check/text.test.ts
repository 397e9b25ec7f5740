import { expect, test } from 'vitest'
import { CheckFailed, checkText, mustPass, type StackChecked } from '../../../src/stack/index.ts'

const digest = 'ab12'.repeat(16)
const checked: StackChecked = {
  stack: '1.4.0',
  domain: 'live',
  generation: 'g',
  digest,
  count: 1,
  findings: [],
  outside: [
    { relation: 'nginx (>= 1.22) | apache2', wantedBy: ['a', 'b', 'c', 'd', 'e'] },
    { relation: 'adduser', wantedBy: ['a'] },
  ],
  base: null,
  install: null,
}

test('a check in text: the verdict, what the hosts must bring, and that no host was asked', () => {
  expect(checkText(checked).split('\n')).toEqual([
    '1.4.0  domain live  1 package: its members go together',
    `digest  ${digest}`,
    '',
    'the hosts must bring',
    '  nginx (>= 1.22) | apache2  for a, b, c and 2 more',
    '  adduser                    for a',
    '',
    'no host was asked whether it would install: name one with  --on HOST',
  ])
})

test('a check that fails has one line per finding, and not a thousand', () => {
  const findings = Array.from({ length: 45 }, (_, at) => ({
    type: 'unmet' as const,
    package: `p${at}`,
    version: '1',
    message: `p${at} 1 has Depends: x (>= 2), and x 1 is pinned`,
  }))
  const tell = (count: number) => () => mustPass({ ...checked, findings: findings.slice(0, count) })
  expect(tell(0)).not.toThrow()
  expect(tell(1)).toThrow(
    'stack 1.4.0 does not go together:\n  p0 1 has Depends: x (>= 2), and x 1 is pinned',
  )
  expect(tell(45)).toThrow(/p39 1 has [^\n]*\n {2}and 5 more$/)
})

test('a check that fails brings all it found', () => {
  const finding = { type: 'unmet' as const, package: 'p', version: '1', message: 'p 1 lacks x' }
  const failing = { ...checked, findings: [finding] }
  const thrown = (() => {
    try {
      return mustPass(failing)
    } catch (error) {
      return error
    }
  })()
  expect(thrown).toBeInstanceOf(CheckFailed)
  expect(thrown).toMatchObject({ code: 'check-failed', exitCode: 1, found: failing })
})
