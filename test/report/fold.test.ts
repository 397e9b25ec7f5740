import { expect, test } from 'vitest'
import { folded, type HostSaid } from '../../src/report/fold.ts'
import { Kept } from '../../src/report/kept.ts'
import { paint } from '../../src/report/paint.ts'
import type { RunFact } from '../../src/run/index.ts'
import { ended, output, reported, started } from '../support/told-run.ts'

const said = (host: string, text: string): HostSaid => {
  const kept = new Kept()
  kept.push(text)
  return { host, ...kept.said }
}
const many = (count: number, text: string): HostSaid[] =>
  Array.from({ length: count }, (_, at) => said(`web${at + 1}`, text))
const shown = (all: readonly HostSaid[], most = 20, color = false) =>
  folded(all, { paint: paint(color), most })
const lines = (count: number, changed: Readonly<Record<number, string>> = {}) =>
  Array.from({ length: count }, (_, at) => `${changed[at] ?? `line ${at}`}\n`).join('')

test('what is equal is said once; one line stands beside its hosts', () => {
  expect(shown([...many(19, 'up\n'), said('web20', 'down\n')])).toEqual(['web[1-19]: up', 'web20: down'])
})

test('a text that differs a little is told by its difference from what most say, with a line around it', () => {
  const other = said('db1', lines(12, { 2: 'other', 9: 'another' }))
  expect(shown([other, ...many(3, lines(12))])).toEqual([
    'web[1-3]:',
    ...Array.from({ length: 12 }, (_, at) => `  line ${at}`),
    'db1 differs:',
    '    line 1',
    '  - line 2',
    '  + other',
    '    line 3',
    '  …',
    '    line 8',
    '  - line 9',
    '  + another',
    '    line 10',
  ])
})

test('a text that differs much is told as it is', () => {
  expect(shown([said('a', 'one\ntwo\n'), said('b', 'three\nfour\n')])).toEqual([
    'a:',
    '  one',
    '  two',
    'b:',
    '  three',
    '  four',
  ])
})

test('several that differ in the same way differ together', () => {
  const others = ['db1', 'db2'].map((host) => said(host, lines(4, { 0: 'other' })))
  expect(shown([...many(3, lines(4)), ...others]).slice(5)).toEqual([
    'db[1-2] differ:',
    '  - line 0',
    '  + other',
    '    line 1',
  ])
})

test('additions are good, removals bad, in colour', () => {
  expect(shown([...many(2, lines(3)), said('db1', lines(3, { 0: 'x' }))], 20, true).slice(4)).toEqual([
    '\x1b[1mdb1\x1b[22m differs:',
    '  \x1b[31m- line 0\x1b[39m',
    '  \x1b[32m+ x\x1b[39m',
    '    line 1',
  ])
})

test('of many lines the last ten are shown; hosts that said nothing are not', () => {
  expect(shown([said('a', lines(50)), said('b', '')])).toEqual([
    'a:',
    '  … 40 lines before',
    ...Array.from({ length: 10 }, (_, at) => `  line ${at + 40}`),
  ])
  expect(shown([said('a', lines(50))], Infinity)).toHaveLength(51)
})

test('what is too long to keep is compared by digest and shown by its end', () => {
  const long = lines(20_000)
  const all = [...many(2, long), said('web3', long.replace('line 7\n', 'line x\n'))]
  const end = ['  … 19990 lines before', ...Array.from({ length: 10 }, (_, at) => `  line ${at + 19_990}`)]
  expect(shown(all)).toEqual(['web[1-2]:', ...end, 'web3:', ...end])
})

test('a long text is the same, however it came', () => {
  const text = lines(20_000)
  const [whole, pieces] = [new Kept(), new Kept()]
  whole.push(text)
  for (let at = 0; at < text.length; at += 997) pieces.push(text.slice(at, at + 997))
  expect(pieces.said.key).toBe(whole.said.key)
  expect(pieces.said.count).toBe(20_000)
})

test('a thousand long texts, each another, are folded', () => {
  const all = Array.from({ length: 1000 }, (_, at) => said(`web${at}`, lines(400, { [at % 400]: `${at}` })))
  expect(shown(all, 500).length).toBeGreaterThan(1000)
})

const step = (host: string, at = 0) => ({ host, step: at })
const end = (host: string, at = 0, result?: unknown): RunFact => ({
  type: 'step-ended',
  ...step(host, at),
  outcome: { type: 'done' },
  ms: 1,
  ...(result === undefined ? {} : { result }),
})

test('--fold: per task, what machines print, tasks say and tasks answer, when all hosts have spoken', async () => {
  const facts = [
    started(['web1', 'web2', 'web3'], 'prepare', 'build'),
    { type: 'step-started', ...step('web1') },
    output('web2', 'same\n', 'stderr'),
    output('web1', 'same\n', 'stderr'),
    { type: 'log', ...step('web1'), level: 'info', text: 'ready' },
    { type: 'log', ...step('web2'), level: 'info', text: 'ready' },
    end('web1', 0, 'abc'),
    end('web2', 0, 'abc'),
    end('web3', 0, 'abd'),
    end('web1', 1, 7),
    end('web2', 1, 7),
    end('web3', 1, 7),
    ended,
  ] as const
  expect(await reported(facts, { fold: true })).toEqual({
    stdout: 'web[1-2]:\n  ready\n  same\n  → abc\nweb3: → abd\nweb[1-3]: → 7\n',
    stderr: 'prepare:app\nbuild:app\n3 hosts: 3 done in 1.2 s\n',
  })
})

test('--fold: hosts stand in the order of the run, whichever of them was quickest', async () => {
  const facts = [
    started(['web1', 'db', 'web2'], 'check'),
    { type: 'step-started', ...step('web1') },
    end('web2', 0, 'two'),
    end('db', 0, 'one'),
    end('web1', 0, 'two'),
    ended,
  ] as const
  expect((await reported(facts, { fold: true })).stdout).toBe('web[1-2]: → two\ndb: → one\n')
  const others = [...facts.slice(0, 3), end('db', 0, 'three'), end('web1', 0, 'four'), ended]
  expect((await reported(others, { fold: true })).stdout).toBe('web1: → four\ndb: → three\nweb2: → two\n')
})

test('--fold: what was said is told at the end of a batch, and at the end of a run that was cut short', async () => {
  const batch = (number: number, hosts: readonly string[]) =>
    ({ type: 'batch-started', batch: number, batches: 2, canary: false, hosts, steps: [0] }) as const
  const facts = [
    started(['web1', 'web2', 'web3', 'web4'], 'build'),
    batch(0, ['web1', 'web2']),
    output('web1', 'a\n'),
    output('web2', 'a\n'),
    end('web1'),
    end('web2'),
    batch(1, ['web3', 'web4']),
    output('web3', 'a\n'),
    end('web3'),
    ended,
  ] as const
  expect((await reported(facts, { fold: true })).stdout).toBe('web[1-2]: a\nweb3: a\n')
})

test('--fold: where fewer hosts end a task than could be known, the next task tells that all have spoken', async () => {
  const batch = { batch: 0, batches: 2, canary: false, hosts: ['web1', 'web2'], steps: [0, 1] }
  const facts = [
    {
      ...started(['web1', 'web2', 'web3'], 'prepare', 'build'),
      steps: [
        { task: 'prepare', text: 'prepare', hosts: ['web1', 'web3'] },
        { task: 'build', text: 'build' },
      ],
    } as RunFact,
    { type: 'batch-started', ...batch },
    end('web1', 0, 'x'),
    { type: 'step-started', ...step('web1', 1) },
    end('web1', 1, 'y'),
    end('web2', 1, 'y'),
    ended,
  ] as const
  const { stdout, stderr } = await reported(facts, { fold: true })
  expect(stdout).toBe('web1: → x\nweb[1-2]: → y\n')
  expect(stderr).toMatch(/\nprepare\nbuild\n/)
})
