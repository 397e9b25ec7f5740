import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Reporter, reporterFor } from '../../src/report/index.ts'
import type { RunFact } from '../../src/run/index.ts'
import { FakeStream } from '../support/fake-streams.ts'
import { terminalRows } from '../support/fake-terminal.ts'
import { ended, output, started, tell } from '../support/told-run.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

interface Terminal {
  readonly reporter: Reporter
  readonly streams: { readonly stdout: FakeStream; readonly stderr: FakeStream }
  /** What is on the screen once a picture is drawn, with `*` for spinners and `T` for times. */
  rows(): Promise<readonly string[]>
  tell(...facts: readonly RunFact[]): Promise<void>
}

async function terminal(size = { columns: 60, rows: 24 }, color = false): Promise<Terminal> {
  const streams = { stdout: new FakeStream(size), stderr: new FakeStream(size) }
  const reporter = await reporterFor({ isTTY: true, color, streams })
  return {
    reporter,
    streams,
    async rows() {
      await new Promise((resolve) => setImmediate(resolve))
      vi.advanceTimersByTime(1000)
      return terminalRows(streams.stdout.text, streams.stdout.columns ?? 80)
        .filter((row) => row !== '')
        .map((row) => row.replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g, '*').replace(/\d+(\.\d)? s\b/, 'T'))
    },
    tell: (...facts) => tell(reporter, facts),
  }
}

const stepStarted = (host: string, step = 0): RunFact => ({ type: 'step-started', host, step })
const done = (host: string, step = 0): RunFact => ({
  type: 'step-ended',
  host,
  step,
  outcome: { type: 'done' },
  ms: 1,
})
const command = (host: string): RunFact => ({
  type: 'command-started',
  host,
  step: 0,
  command: Number(host.slice(-1)),
  text: 'make',
})

test('several hosts: a live tree with the last lines; when all have spoken what they said stays; then the summary', async () => {
  const { tell, rows, reporter, streams } = await terminal()
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'), command('web1'))
  expect(await rows()).toEqual(['* web1  T', '    $ make', '○ web2'])
  await tell(output('web1', 'one\ntwo\nthree\nfour\npart'))
  expect(await rows()).toEqual(['* web1  T', '    two', '    three', '    four', '○ web2'])
  await tell(stepStarted('web2'), done('web1'))
  expect(await rows()).toEqual(['✔ web1  T', '* web2  T'])
  await tell(output('web2', 'one\ntwo\n3\nfour\npart\n'), done('web2'), ended)
  await reporter.end()
  expect(await rows()).toEqual([
    'web1:',
    ...['one', 'two', 'three', 'four', 'part'].map((line) => `  ${line}`),
    'web2 differs:',
    ...['  two', '- three', '+ 3', '  four'].map((line) => `  ${line}`),
  ])
  expect(streams.stderr.text).toBe('2 hosts: 2 done in 1.2 s\n')
})

test('of a long output ten lines stay, and it is said that there were more', async () => {
  const { tell, rows } = await terminal()
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'))
  await tell(output('web1', Array.from({ length: 50 }, (_, at) => `${at}\n`).join('')), done('web1'), ended)
  expect((await rows()).slice(0, 12)).toEqual([
    'web1:',
    ...['… 40 lines before', 40, 41, 42, 43, 44, 45, 46, 47, 48, 49].map((line) => `  ${line}`),
  ])
})

test('one host: its output streams, without a prefix, above the picture', async () => {
  const { tell, rows, reporter, streams } = await terminal()
  await tell(started(['web1'], 'build'), stepStarted('web1'), output('web1', 'one\ntwo\n'))
  expect(await rows()).toEqual(['one', 'two', '* web1  T'])
  await tell(output('web1', 'three\n'), { ...done('web1'), result: 'well' } as RunFact, ended)
  await reporter.end()
  expect(await rows()).toEqual(['one', 'two', 'three', '→ well'])
  expect(streams.stderr.text).toBe('web1: done in 1.2 s\n')
})

test('a failure is told once, at the end, with its last lines', async () => {
  const { tell, rows, reporter, streams } = await terminal()
  const message = 'web2: make failed (exit 2)'
  const outcome = { type: 'failed', code: 'command-failed', exitCode: 2, message, output: ['boom'] } as const
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'), stepStarted('web2'))
  await tell({ type: 'step-ended', host: 'web2', step: 0, outcome, ms: 1 })
  expect(await rows()).toEqual(['* web1  T', '✖ web2'])
  await tell(done('web1'), ended)
  await reporter.end()
  expect(streams.stderr.text).toBe(`\
web2: failed (exit 2)
  make failed (exit 2)
  | boom
2 hosts: 1 done, 1 failed in 1.2 s
`)
})

test('draws at most ten times a second, however much is told', async () => {
  const { tell, streams } = await terminal()
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'))
  const before = streams.stdout.writes.length
  for (let second = 0; second < 2; second++) {
    for (let line = 0; line < 500; line++) {
      await tell(output('web1', `${line}\n`))
      vi.advanceTimersByTime(2)
    }
  }
  expect(streams.stdout.writes.length - before).toBeLessThanOrEqual(20)
})

test('a run that ends at once draws nothing', async () => {
  const { tell, reporter, streams } = await terminal()
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'), done('web1'), done('web2'), ended)
  await reporter.end()
  expect(streams.stdout.text).toBe('')
})

test('is right again after the terminal became narrower, and its old picture was broken into more rows', async () => {
  const { tell, rows, streams, reporter } = await terminal({ columns: 60, rows: 24 })
  await tell(started(['web1', 'web2'], 'prepare', 'build', 'add_to_stack'), stepStarted('web1'))
  expect(await rows()).toEqual([
    '* web1  * prepare  ○ build  ○ add_to_stack  T',
    '○ web2  ○ prepare  ○ build  ○ add_to_stack',
  ])
  const before = streams.stdout.text.length
  streams.stdout.columns = 30
  vi.advanceTimersByTime(100)
  expect(streams.stdout.text.slice(before)).toMatch(/^\r\x1b\[4A/)
  await reporter.end()
})

test('nothing is drawn while a person is asked something', async () => {
  const { tell, rows, reporter, streams } = await terminal()
  await tell(started(['web1'], 'build'), stepStarted('web1'))
  expect(await rows()).toEqual(['* web1  T'])
  const release = reporter.hold()
  const before = streams.stdout.text
  await tell(output('web1', 'later\n'))
  await rows()
  expect(streams.stdout.text).toBe(before)
  expect(terminalRows(before, 60)).toEqual([''])
  release()
  expect(await rows()).toEqual(['later', '* web1  T'])
  await reporter.end()
})

test('warnings go to stderr while the picture is on stdout', async () => {
  const { tell, rows, streams, reporter } = await terminal()
  await tell(started(['web1'], 'build'), stepStarted('web1'))
  await rows()
  await tell({ type: 'warning', text: 'host keys are not checked' })
  expect(await rows()).toEqual(['* web1  T'])
  expect(streams.stderr.text).toBe('warning: host keys are not checked\n')
  await reporter.end()
})

test('without colour there is none; with colour, no other sequences than colours and drawing', async () => {
  for (const color of [false, true]) {
    const { tell, rows, reporter, streams } = await terminal(undefined, color)
    await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'), command('web1'))
    await tell(output('web1', '\x1b[2Jevil\x1b]0;x\x07\n'))
    expect(await rows()).toEqual(['* web1  T', '    evil', '○ web2'])
    expect(/\x1b\[\d*m/.test(streams.stdout.text)).toBe(color)
    await reporter.end()
  }
})

test('a terminal that goes away ends the picture, not the run', async () => {
  const { tell, rows, reporter, streams } = await terminal()
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'))
  streams.stdout.isBroken = true
  await rows()
  await tell(output('web1', 'x\n'), done('web1'), done('web2'), ended)
  await reporter.end()
  expect(streams.stderr.text).toBe('2 hosts: 2 done in 1.2 s\n')
})

test('a host for which fewer tasks are planned is done after them', async () => {
  const { tell, rows, reporter } = await terminal()
  const steps = [
    { task: 'prepare', text: 'prepare' },
    { task: 'build', text: 'build', hosts: ['web1'] },
  ]
  await tell({ type: 'run-started', run: 'r', dryRun: false, hosts: ['web1', 'web2'], steps })
  await tell(stepStarted('web1'), stepStarted('web2'), output('web2', 'x\n'), done('web1'), done('web2'))
  await tell(stepStarted('web1', 1))
  expect(await rows()).toEqual(['web2: x', '* web1  ✔ prepare  * build  T', '✔ web2'])
  await reporter.end()
})

test("git's progress is one line of the picture, in its last state, and none of what stays", async () => {
  const { tell, rows, reporter } = await terminal()
  const progress = Array.from({ length: 100 }, (_, at) => `Receiving objects: ${at}%\r`).join('')
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'), output('web1', progress, 'stderr'))
  expect(await rows()).toEqual(['* web1  T', '    Receiving objects: 99%', '○ web2'])
  await tell(output('web1', 'Receiving objects: 100%, done.\n', 'stderr'), done('web1'), done('web2'), ended)
  await reporter.end()
  expect(await rows()).toEqual(['web1: Receiving objects: 100%, done.'])
})

test('a terminal that does not know its size, or says that it has none, is one of 80 columns', async () => {
  for (const size of [{ columns: 0, rows: 0 }, undefined]) {
    const streams = { stdout: new FakeStream(size), stderr: new FakeStream(size) }
    const reporter = await reporterFor({ isTTY: true, color: false, streams })
    await tell(reporter, [started(['web1'], 'build'), stepStarted('web1'), command('web1')])
    await new Promise((resolve) => setImmediate(resolve))
    vi.advanceTimersByTime(1000)
    expect(terminalRows(streams.stdout.text, 80)[1]).toBe('    $ make')
    await reporter.end()
  }
})

test('where other work keeps drawings from coming in time, every other one is left out', async () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(0)
  const { tell, streams, reporter } = await terminal()
  await tell(started(['web1', 'web2'], 'build'), stepStarted('web1'))
  await new Promise((resolve) => setImmediate(resolve))
  let time = 0
  const drawings = (everyMs: number, count: number): number => {
    const before = streams.stdout.writes.length
    for (let tick = 0; tick < count; tick++) {
      time += everyMs
      now.mockReturnValue(time)
      vi.advanceTimersByTime(100)
    }
    return streams.stdout.writes.length - before
  }
  drawings(100, 5)
  expect([drawings(100, 10), drawings(200, 10)]).toEqual([10, 5])
  await reporter.end()
  now.mockRestore()
})

test('a host that is conducted from here has what happens there in its own row, and the word that was said of it', async () => {
  const { tell, rows, reporter, streams } = await terminal({ columns: 72, rows: 24 })
  const steps = [{ task: 'deploy', text: 'deploy 1', hosts: ['local'], conducts: ['web1', 'web2', 'web3'] }]
  await tell({
    type: 'run-started',
    run: 'r1',
    dryRun: false,
    hosts: ['local', 'web1', 'web2', 'web3'],
    steps,
  })
  const here = { host: 'local', step: 0 }
  const look = { type: 'command-started', ...here, text: 'dpkg-query', title: 'look' } as const
  await tell({ type: 'step-started', ...here }, { ...look, on: 'web1', command: 1 })
  await tell({ ...look, on: 'store', command: 2, title: 'read the stack' })
  expect(await rows()).toEqual([
    '* local  T',
    '    $ read the stack',
    '* web1   T',
    '    $ look',
    '○ web2',
    '○ web3',
  ])
  await tell(
    { type: 'host-concluded', ...here, on: 'web1', is: 'done', text: 'at 1' },
    { type: 'host-concluded', ...here, on: 'web2', is: 'failed', text: 'no room' },
  )
  expect(await rows()).toEqual(['* local  T', '    $ read the stack', '✔ web1   T', '✖ web2', '○ web3'])
  await tell(
    {
      type: 'step-ended',
      ...here,
      ms: 1,
      outcome: { type: 'failed', code: 'task', message: 'not all', output: [] },
    },
    ended,
  )
  await reporter.end()
  expect(streams.stderr.text).toContain('[web1] at 1\n[web2] no room\n')
  expect(streams.stderr.text).toContain('2 hosts: 1 done, 1 failed in 1.2 s')
})
