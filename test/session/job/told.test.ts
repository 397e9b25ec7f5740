import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJobName } from '../../../src/session/job/index.ts'
import { parseJob } from '../../../src/session/job/state.ts'
import { parseTold } from '../../../src/session/job/told.ts'
import { UsageError } from '../../../src/shell/index.ts'

test('what starting found', () => {
  expect(parseTold('job started 0a b1', 'r1')).toEqual({
    found: { how: 'started', token: '0a', boot: 'b1', run: 'r1', pid: 0 },
  })
  expect(parseTold('job joined 0a b1 r0 812 2026-11-20T13:00:00Z', 'r1')).toEqual({
    found: { how: 'joined', token: '0a', boot: 'b1', run: 'r0', pid: 812, since: '2026-11-20T13:00:00Z' },
  })
})

test('how a job ended', () => {
  const ends = [
    'exited 137',
    'cancelled r0',
    'cancelled ',
    'killed',
    'rebooted',
    'unstarted',
    'left 12',
    'gone',
    'replaced',
  ]
  expect(ends.map((end) => parseTold(`job end ${end}`, 'r1'))).toEqual(
    [
      { type: 'exited', code: 137 },
      { type: 'cancelled', by: 'r0' },
      { type: 'cancelled', by: '' },
      { type: 'killed' },
      { type: 'rebooted' },
      { type: 'unstarted' },
      { type: 'left', pid: 12 },
      { type: 'gone' },
      { type: 'replaced' },
    ].map((end) => ({ end })),
  )
  expect(parseTold('left 12 13', 'r1')).toEqual({ left: [12, 13] })
  expect(parseTold('left', 'r1')).toEqual({ left: [] })
  expect(parseTold('job cannot write 0 /home/a b/jobs', 'r1')).toEqual({
    end: { type: 'refused', what: 'write', path: '/home/a b/jobs', freeKiB: 0 },
  })
})

test('hostile lines are no news, and never throw', () => {
  const words = fc.constantFrom(
    'job',
    'end',
    'exited',
    'left',
    'started',
    'cannot',
    'make',
    '-1',
    '1e9',
    '',
    '\t',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string())), (line) => void parseTold(line.join(' '), 'r')),
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string())), (line) => void parseJob(line.slice(1).join('\t'))),
  )
  expect(parseJob('A \tr\t\tkilled')).toBeUndefined()
  expect(parseTold('job end exited', 'r')).toBeUndefined()
  expect(parseTold('job end exited -1', 'r')).toBeUndefined()
})

test('a job is named by what is safe as a folder, a word and a field', () => {
  for (const name of ['a', 'build-shop-0123-ab', 'R1_2.3+4~5']) expect(parseJobName(name)).toBe(name)
  for (const name of [
    '',
    '.',
    '..',
    '.a',
    '-a',
    'a/b',
    'a b',
    'a\n',
    "a'",
    'ä',
    'a'.repeat(129),
    '*',
    '$(x)',
  ])
    expect(() => parseJobName(name), name).toThrow(UsageError)
})
