import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ReporterOptions, reporterFor } from '../../src/report/index.ts'
import type { RunFact, StepOutcome } from '../../src/run/index.ts'
import { FakeStream } from '../support/fake-streams.ts'
import { ended, output, reported, started, tell } from '../support/told-run.ts'

const web1 = { host: 'web1', step: 0 }
const web2 = { host: 'web2', step: 0 }
const ok = { type: 'exited', code: 0 } as const
const run: readonly RunFact[] = [
  started(['web1', 'web2', 'web3'], 'prepare', 'build'),
  { type: 'step-started', ...web1 },
  { type: 'host-connected', host: 'web1', afterMs: 120 },
  { type: 'command-started', ...web1, command: 1, text: 'git fetch', cwd: '/srv' },
  { type: 'step-started', ...web2 },
  { type: 'command-started', ...web2, command: 2, text: 'make\nall', title: 'make it' },
  output('web1', 'one\ntw'),
  output('web2', 'careful\n', 'stderr'),
  output('web1', 'o\nlast'),
  { type: 'log', ...web1, level: 'info', text: 'nearly' },
  { type: 'log', ...web1, level: 'warning', text: 'old git' },
  { type: 'warning', text: 'host keys are not checked' },
  { type: 'command-ended', ...web1, command: 1, outcome: ok, ms: 5 },
  { type: 'step-ended', ...web1, outcome: { type: 'done' }, ms: 9, result: '3f2a91c' },
  {
    type: 'step-ended',
    ...web2,
    ms: 9,
    outcome: {
      type: 'failed',
      code: 'command-failed',
      exitCode: 3,
      message: 'web2: make failed (exit 3)',
      hint: 'install gcc',
      output: ['cc: no \x1b[31minput'],
    },
  },
  {
    type: 'step-ended',
    host: 'web3',
    step: 0,
    ms: 9,
    outcome: { type: 'unreachable', code: 'unreachable', message: 'web3: connection refused' },
  },
  { type: 'step-ended', host: 'web1', step: 1, outcome: { type: 'done' }, ms: 1 },
  {
    type: 'step-ended',
    host: 'web2',
    step: 1,
    outcome: { type: 'skipped', because: 'prepare failed' },
    ms: 0,
  },
  { ...ended, exitCode: 1 } as RunFact,
]
const failures = `\
web2: prepare: failed (exit 3)
  make failed (exit 3)
  | cc: no input
  install gcc
web2: build: skipped: because prepare failed
web3: prepare: unreachable
  connection refused
`

test('what machines and tasks say is on stdout, line by line with its host; the rest is on stderr', async () => {
  expect(await reported(run)).toEqual({
    stdout: `\
[web1] one
[web1] two
[web1] nearly
[web1] last
[web1] → 3f2a91c
`,
    stderr: `\
[web1] prepare:app
[web2] prepare:app
[web2] careful
[web1] warning: old git
warning: host keys are not checked
[web2] prepare failed (exit 3)
[web3] prepare unreachable
${failures}3 hosts: 1 done, 1 failed, 1 unreachable in 1.2 s
`,
  })
})

test('quiet: only warnings, and what failed with the name of its outcome', async () => {
  expect(await reported(run, { quiet: true })).toEqual({
    stdout: '',
    stderr: `[web1] warning: old git\nwarning: host keys are not checked\n${failures}`,
  })
})

test('verbose: connections, and every command as it starts, whole', async () => {
  const { stderr } = await reported(run, { verbose: true })
  expect(stderr.split('\n').slice(0, 7)).toEqual([
    '[web1] prepare:app',
    '[web1] connected in 0.1 s',
    '[web1] $ (in /srv) git fetch',
    '[web2] prepare:app',
    '[web2] $ make',
    '[web2] all',
    '[web2] careful',
  ])
})

test('a dry run lists on stdout what would be done on which host, in order', async () => {
  const dry: readonly RunFact[] = [
    { ...started(['web1'], 'prepare'), dryRun: true } as RunFact,
    { type: 'step-started', ...web1 },
    { type: 'command-started', ...web1, command: 1, text: 'git fetch', cwd: '/srv' },
    { type: 'command-ended', ...web1, command: 1, outcome: ok, ms: 0 },
    { type: 'transfer-started', ...web1, direction: 'put', local: 'a', remote: '/a' },
    { type: 'step-ended', ...web1, outcome: { type: 'done' }, ms: 1 },
    ended,
  ]
  expect(await reported(dry)).toEqual({
    stdout: `\
dry run: nothing runs, nothing changes; what depends on answers is assumed
[web1] prepare:app
[web1] $ (in /srv) git fetch
[web1] put a -> /a
`,
    stderr: 'dry run: web1: done in 1.2 s\n',
  })
})

const failing = (outcome: Extract<RunFact, { type: 'step-ended' }>['outcome']): readonly RunFact[] => [
  started(['web1'], 'build'),
  { type: 'step-ended', ...web1, outcome, ms: 1 },
  ended,
]

test.each<[Extract<RunFact, { type: 'step-ended' }>['outcome'], string]>([
  [
    { type: 'signalled', signal: 'SIGKILL', message: 'web1: make was ended by SIGKILL' },
    'web1: signalled (SIGKILL)\n  make was ended by SIGKILL\n',
  ],
  [
    { type: 'timed-out', afterMs: 1000, remote: { type: 'ended' }, message: 'web1: make timed out' },
    'web1: timed out\n  make timed out\n',
  ],
  [
    { type: 'lost', remote: { type: 'unknown' }, message: 'web1: the connection was lost' },
    'web1: lost\n  the connection was lost\n',
  ],
  [
    { type: 'cancelled', remote: { type: 'running', pids: [7] } },
    'web1: cancelled; it is still running there (pid 7)\n',
  ],
])('quiet still names the outcome: %j', async (outcome, stderr) => {
  expect(await reported(failing(outcome), { quiet: true })).toEqual({ stdout: '', stderr })
})

test('verbose shows where the fault of a task is', async () => {
  const fault = { place: '/t.ts:1:2', stack: 'TypeError: x\n    at /t.ts:1:2' }
  const outcome = { type: 'failed', code: 'fault', message: 'the task build is at fault', fault } as const
  const { stderr } = await reported(failing(outcome), { verbose: true })
  expect(stderr).toBe(`\
web1: failed
  the task build is at fault
  TypeError: x
      at /t.ts:1:2
took 1.2 s
`)
})

test('an answer that is a circle, or deeper than anybody reads, is shown as far as it is read', async () => {
  const circle: Record<string, unknown> = { name: 'x' }
  circle.self = circle
  let deep: unknown = 'deep'
  for (let at = 0; at < 20_000; at++) deep = [deep]
  for (const result of [circle, deep]) {
    const done: RunFact = { type: 'step-ended', ...web1, outcome: { type: 'done' }, ms: 1, result }
    expect((await reported([started(['web1'], 'build'), done, ended])).stdout).toMatch(/^\[web1\] → /)
  }
})

test('a run of one host says once that it failed, and how long it took', async () => {
  const failed = failing({
    type: 'failed',
    code: 'command-failed',
    exitCode: 3,
    message: 'web1: make failed',
  })
  expect((await reported(failed)).stderr).toBe('web1: failed (exit 3)\n  make failed\ntook 1.2 s\n')
})

test.each([
  ['\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x07 \x9b31m \x7f\t|', 'red\\x07  \\x7f\t|'],
  ['10%\r20%\r', '20%'],
  ['\r\r', ''],
  [`a${'\0'.repeat(5000)}b`, 'a\\x00…(5000)b'],
  ['left over \x1b', 'left over \\x1b'],
  ['\x1b(B\x1bM\x1bP1$r\x1b\\text', 'text'],
])('nothing a machine prints can steer the terminal: %j', async (line, clean) => {
  const { stdout } = await reported([started(['web1'], 'build'), output('web1', `${line}\n`), ended])
  expect(stdout).toBe(`[web1] ${clean}\n`)
})

test('whatever a machine prints, no control character but the tabulator is left of it', async () => {
  const units = fc.string({ unit: fc.constantFrom(...'\x1b\x9b\x07\r\n[]()0;?mPJ\\\x7f\0aé'.split('')) })
  await fc.assert(
    fc.asyncProperty(units, async (text) => {
      const { stdout } = await reported([started(['web1'], 'build'), output('web1', `${text}\n`), ended])
      expect(stdout).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/)
    }),
  )
})

test('a reader that goes away ends the report, not the run, and is told once', async () => {
  let told = 0
  const streams = { stdout: new FakeStream(), stderr: new FakeStream() }
  const options: ReporterOptions = { isTTY: false, color: false, streams, onReaderGone: () => void told++ }
  const reporter = await reporterFor(options)
  streams.stdout.isBroken = true
  await tell(reporter, [started(['web1'], 'build'), output('web1', 'one\n'), output('web1', 'two\n'), ended])
  await reporter.end()
  expect([told, streams.stdout.text, streams.stderr.text]).toEqual([1, '', ''])
})

test('when the reader has gone away, what failed by itself is still said, and nothing of what was ended for that', async () => {
  const streams = { stdout: new FakeStream(), stderr: new FakeStream() }
  const reporter = await reporterFor({ isTTY: false, color: false, streams })
  streams.stdout.isBroken = true
  const stepEnded = (host: string, outcome: StepOutcome): RunFact => ({
    type: 'step-ended',
    host,
    step: 0,
    outcome,
    ms: 1,
  })
  await tell(reporter, [
    started(['web1', 'web2', 'web3'], 'build'),
    stepEnded('web1', { type: 'failed', code: 'task', message: 'no room' }),
    output('web2', 'one\n'),
    stepEnded('web2', { type: 'cancelled', remote: { type: 'ended' } }),
    stepEnded('web3', { type: 'skipped', because: 'the run was cancelled' }),
    { type: 'run-ended', exitCode: 130, ms: 1 },
  ])
  await reporter.end()
  expect(streams.stderr.text).toBe('web1: failed\n  no room\n')
})

test('a full disk is no reader that went away', async () => {
  let told = 0
  const streams = { stdout: new FakeStream(), stderr: new FakeStream() }
  const options: ReporterOptions = { isTTY: false, color: false, streams, onReaderGone: () => void told++ }
  const reporter = await reporterFor(options)
  streams.stdout._write = (_chunk, _encoding, done) =>
    done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  await tell(reporter, [started(['web1'], 'build'), output('web1', 'one\n'), ended])
  await reporter.end()
  expect([told, streams.stderr.text]).toEqual([0, 'web1: done in 1.2 s\n'])
})

test('a slow reader holds the source back until it has caught up', async () => {
  const stdout = new FakeStream()
  let release = () => {}
  stdout._write = (_chunk, _encoding, done) => {
    release = done
  }
  const reporter = await reporterFor({
    isTTY: false,
    color: false,
    streams: { stdout, stderr: new FakeStream() },
  })
  await tell(reporter, [started(['web1'], 'build')])
  const slow = reporter.on({ v: 1, time: '', ...output('web1', `${'x'.repeat(100_000)}\n`) })
  expect(slow).toBeInstanceOf(Promise)
  release()
  await slow
})

test('what a task answers beside its own words is shown when it is a text, and left to programs when it is not', async () => {
  const step = { host: 'web1', step: 0 }
  const facts = (result: unknown): readonly RunFact[] => [
    { type: 'run-started', run: 'r', dryRun: false, hosts: ['web1'], steps: [{ task: 't', text: 't' }] },
    { type: 'log', ...step, level: 'info', text: 'made it' },
    { type: 'step-ended', ...step, outcome: { type: 'done' }, ms: 9, result },
  ]
  expect((await reported(facts({ a: 1 }))).stdout).toBe('[web1] made it\n')
  expect((await reported(facts('a'))).stdout).toBe('[web1] made it\n[web1] → a\n')
})

const exit3 = (host: string, lines: readonly string[]): RunFact => ({
  type: 'step-ended',
  host,
  step: 0,
  ms: 1,
  outcome: {
    type: 'failed',
    code: 'command-failed',
    exitCode: 3,
    message: `${host}: make failed (exit 3)`,
    output: lines,
  },
})

test('hosts that failed alike are told once', async () => {
  const hosts = Array.from({ length: 40 }, (_, at) => `web${at + 1}`)
  const { stderr } = await reported(
    [
      started([...hosts, 'db1'], 'build'),
      ...hosts.map((host) => exit3(host, ['no space'])),
      exit3('db1', ['x']),
      ended,
    ],
    { quiet: true },
  )
  expect(stderr).toBe(`\
web[1-40]: failed (exit 3)
  make failed (exit 3)
  | no space
db1: failed (exit 3)
  make failed (exit 3)
  | x
`)
})

test('the output of a failure is not said again, unless much was said since', async () => {
  const facts = (noise: number): readonly RunFact[] => [
    started(['web1', 'web2'], 'build'),
    output('web1', 'cc: one\r\ncc: two\n'),
    { type: 'command-ended', ...web1, command: 1, outcome: { type: 'exited', code: 3 }, ms: 5 },
    exit3('web1', ['cc: one', 'cc: two']),
    output('web2', 'x\n'.repeat(noise)),
    ended,
  ]
  const told = 'web1: failed (exit 3)\n  make failed (exit 3)\n'
  const total = '2 hosts: 1 failed, 1 done in 1.2 s\n'
  expect((await reported(facts(40))).stderr).toBe(`${told}${total}`)
  expect((await reported(facts(41))).stderr).toBe(`${told}  | cc: one\n  | cc: two\n${total}`)
  expect((await reported(facts(0), { quiet: true })).stderr).toBe(`${told}  | cc: one\n  | cc: two\n`)
})

test('after a failure the command that does again what failed is said, where it is less than all', async () => {
  const done: RunFact = { type: 'step-ended', host: 'web2', step: 0, outcome: { type: 'done' }, ms: 1 }
  const again = async (facts: readonly RunFact[], rerun?: ReporterOptions['rerun']) =>
    /what failed, again: {2}(.*)/.exec(
      (await reported([...facts, ended], rerun === undefined ? {} : { rerun })).stderr,
    )?.[1]
  const rerun = (run: string, how: string) => `gachette --${how} ${run}`
  const some = [started(['web1', 'web2'], 'build'), exit3('web1', []), done]
  expect(await again(some, rerun)).toBe('gachette --failed r1')
  const spared: RunFact = {
    ...done,
    outcome: { type: 'skipped', because: 'the canary web1 did not go well' },
  }
  expect(await again([started(['web1', 'web2'], 'build'), exit3('web1', []), spared], rerun)).toBe(
    'gachette --resume r1',
  )
  expect(await again(some, () => undefined)).toBeUndefined()
  expect(await again(some)).toBeUndefined()
  expect(await again([started(['web1'], 'build'), exit3('web1', [])], rerun)).toBeUndefined()
  expect(await again([started(['web2'], 'build'), done], rerun)).toBeUndefined()
  const second = { ...exit3('web1', []), step: 1 } as RunFact
  expect(await again([started(['web1'], 'prepare', 'build'), { ...done, host: 'web1' }, second], rerun)).toBe(
    'gachette --resume r1',
  )
})

test('of very many ways to fail, twenty are told in full, and the others in a line each', async () => {
  const hosts = Array.from({ length: 30 }, (_, at) => `web${at + 1}`)
  const facts = [started(hosts, 'build'), ...hosts.map((host) => exit3(host, [`no ${host}`])), ended]
  const { stderr } = await reported(facts, { quiet: true })
  expect(stderr.split('\n').slice(57, 62)).toEqual([
    'web20: failed (exit 3)',
    '  make failed (exit 3)',
    '  | no web20',
    'web21: failed (exit 3)  make failed (exit 3)',
    'web22: failed (exit 3)  make failed (exit 3)',
  ])
})

test('quiet: of the hosts that a task conducts, those that failed are still told', async () => {
  const here = { host: 'local', step: 0 } as const
  const facts: readonly RunFact[] = [
    { type: 'host-concluded', ...here, on: 'web1', is: 'done', text: 'at 1' },
    { type: 'host-concluded', ...here, on: 'web2', is: 'failed', text: 'no room' },
  ]
  expect(await reported(facts, { quiet: true })).toEqual({ stdout: '', stderr: '[web2] no room\n' })
})
