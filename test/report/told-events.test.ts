import { expect, test } from 'vitest'
import type { RunFact } from '../../src/run/index.ts'
import { ended, output, reported, started } from '../support/told-run.ts'

const web1 = { host: 'web1', step: 0 }
const begun: RunFact = { type: 'step-started', ...web1 }
const stderrOf = async (facts: readonly RunFact[], options = {}) =>
  (await reported([started(['web1', 'web2'], 'build'), ...facts, ended], options)).stderr
    .split('\n')
    .slice(0, -2)

test('a lost connection through which a job is read is a warning, also on stderr beside JSON', async () => {
  const lost = { type: 'reconnecting', host: 'web1', reason: 'reset\x07', attempt: 2, waitMs: 1300 } as const
  const warning = '[web1] warning: connection lost (reset\\x07); what runs there goes on; attempt 2 in 1.3 s'
  expect(await stderrOf([lost])).toEqual([warning])
  expect((await reported([lost], { quiet: true })).stderr).toBe(`${warning}\n`)
  expect((await reported([lost], { json: true })).stderr).toBe(`${warning}\n`)
})

test('a job is said where it was joined, else only to those who want to know', async () => {
  const job = { type: 'job-started', ...web1, command: 1, job: 'build-1', joined: false } as const
  expect(await stderrOf([job])).toEqual([])
  expect(await stderrOf([job], { verbose: true })).toEqual(['[web1] job build-1'])
  expect(await stderrOf([{ ...job, joined: true }])).toEqual([
    '[web1] it runs there already, as job build-1: joined',
  ])
})

test('a command that is tried again', async () => {
  const again = {
    type: 'retrying',
    ...web1,
    text: 'curl x\ny',
    attempt: 2,
    attempts: 3,
    waitMs: 500,
  } as const
  expect(await stderrOf([again])).toEqual(['[web1] curl x: attempt 2 of 3 in 0.5 s'])
})

test('batches have headings', async () => {
  const batch = (number: number, hosts: readonly string[], canary = false): RunFact => ({
    type: 'batch-started',
    batch: number,
    batches: 3,
    canary,
    hosts,
    steps: [0],
  })
  const odd = Array.from({ length: 40 }, (_, at) => `web${2 * at}`)
  expect(await stderrOf([batch(0, ['web1'], true), batch(1, ['web2', 'web3']), batch(2, odd)])).toEqual([
    'canary: web1',
    'batch 2 of 3: web[2-3]',
    'batch 3 of 3: 40 hosts',
  ])
})

test('verbose: what a task does that another one called is said under its name', async () => {
  const within = { ...web1, in: 'restart > wait' }
  const facts: readonly RunFact[] = [
    { type: 'command-started', ...within, command: 1, text: 'curl x', cwd: '/srv' },
    { type: 'transfer-started', ...within, direction: 'get', local: 'a', remote: '/a' },
    { type: 'command-started', ...web1, command: 2, text: 'true' },
  ]
  expect(await stderrOf(facts, { verbose: true })).toEqual([
    '[web1] restart > wait: $ (in /srv) curl x',
    '[web1] restart > wait: get /a -> a',
    '[web1] $ true',
  ])
  expect(await stderrOf(facts)).toEqual([])
})

test('what a task does on another host stands behind both', async () => {
  const on = { ...web1, on: 'db1' }
  const facts: readonly RunFact[] = [
    started(['web1', 'web2'], 'build'),
    { type: 'command-started', ...on, command: 1, text: 'dump' },
    { type: 'output', ...on, command: 1, stream: 'stdout', text: 'one\n' },
    { type: 'log', ...on, level: 'info', text: 'two' },
    { type: 'log', ...on, level: 'warning', text: 'old' },
    { type: 'step-ended', ...web1, outcome: { type: 'done' }, ms: 1 },
    ended,
  ]
  expect(await reported(facts, { verbose: true })).toEqual({
    stdout: '[web1 → db1] one\n[web1 → db1] two\n',
    stderr: '[web1 → db1] $ dump\n[web1 → db1] warning: old\n2 hosts: 2 done in 1.2 s\n',
  })
  expect((await reported(facts, { fold: true })).stdout).toBe('web1:\n  [db1] one\n  [db1] two\n')
})

test('a step that was done earlier is said to be, and its answer not told again', async () => {
  const earlier = {
    type: 'step-ended',
    ...web1,
    outcome: { type: 'done' },
    ms: 0,
    result: 'x',
    earlier: true,
  } as const
  expect(await reported([started(['web1'], 'build'), earlier, ended])).toEqual({
    stdout: '',
    stderr: '[web1] build done earlier\nweb1: done in 1.2 s\n',
  })
})

test('what is noted, and what nobody knows yet, is passed over in silence', async () => {
  const noted = { type: 'noted', ...web1, name: 'x', value: 1 } as const
  const unknown = { type: 'invented-later', host: 'web1' } as unknown as RunFact
  for (const options of [{}, { fold: true }, { ci: 'github' as const }, { isTTY: true }])
    expect(await reported([started(['web1'], 'build'), noted, unknown, ended], options)).toEqual({
      stdout: '',
      stderr: 'web1: done in 1.2 s\n',
    })
})

test('lines of two hosts that print at once are each whole; the last one needs no newline', async () => {
  const facts = [
    started(['web1', 'web2'], 'build'),
    begun,
    output('web1', 'a'),
    output('web2', 'x'),
    output('web1', 'b\nc'),
    output('web2', 'y\nz'),
    { type: 'step-ended', ...web1, outcome: { type: 'done' }, ms: 1 },
    { type: 'step-ended', host: 'web2', step: 0, outcome: { type: 'done' }, ms: 1 },
    ended,
  ] as const
  expect((await reported(facts)).stdout).toBe('[web1] ab\n[web2] xy\n[web1] c\n[web2] z\n')
})
