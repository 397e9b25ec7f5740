import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frame, type HostState, type Hosts, type HostView, type StepState } from '../../src/report/frame.ts'
import { paint } from '../../src/report/paint.ts'
import { widthOf } from '../../src/report/text-width.ts'
import { hostsOf } from '../support/host-views.ts'

const plain = paint(false)
const host = (name: string, states: readonly StepState[], lines: readonly string[] = []): HostView => ({
  name,
  state: stateOf(states),
  steps: states.map((state, at) => ({
    name: `step${at}`,
    state,
    ms: state === 'waiting' ? 0 : 1000,
    lines: state === 'running' ? lines : [],
  })),
})
const stateOf = (states: readonly StepState[]): HostState =>
  (['running', 'failed', 'waiting'] as const).find((state) => states.includes(state)) ?? 'done'
const drawn = (hosts: readonly HostView[], rows = 24, columns = 80) =>
  frame(hostsOf(hosts), { rows, columns }, 0, plain)

test('shows hosts × steps, each running host with its last lines', () => {
  const hosts = [
    host('web1', ['done', 'running'], ['one', 'two', 'three']),
    host('web22', ['failed', 'skipped']),
    host('web3', ['waiting', 'waiting']),
  ]
  expect(drawn(hosts)).toEqual([
    '⠋ web1   ✔ step0  ⠋ step1  2.0 s',
    '    one',
    '    two',
    '    three',
    '✖ web22  ✖ step0  – step1  2.0 s',
    '○ web3   ○ step0  ○ step1',
  ])
})

test('shares the room for last lines among the running hosts', () => {
  const hosts = ['a', 'b', 'c'].map((name) => host(name, ['running'], ['1', '2', '3']))
  expect(drawn(hosts, 11)).toEqual(['a', 'b', 'c'].flatMap((name) => [`⠋ ${name}  1.0 s`, '    2', '    3']))
  expect(drawn(hosts, 7)).toEqual(['a', 'b', 'c'].map((name) => `⠋ ${name}  1.0 s  3`))
})

test('without a row for each host, shows the running ones, then the failed, and counts all', () => {
  const hosts = [
    ...Array.from({ length: 90 }, (_, at) => host(`done${at}`, ['done'])),
    host('bad', ['failed']),
    host('busy1', ['running']),
    host('busy2', ['running']),
    ...Array.from({ length: 7 }, (_, at) => host(`wait${at}`, ['waiting'])),
  ]
  expect(drawn(hosts, 6)).toEqual([
    '⠋ busy1  1.0 s',
    '⠋ busy2  1.0 s',
    '✖ bad    1.0 s',
    '100 hosts: 90 done · 2 running · 1 failed · 7 waiting',
  ])
})

test('names only the current step where the steps do not fit', () => {
  expect(drawn([host('web1', ['done', 'running', 'waiting'])], 24, 40)).toEqual([
    '⠋ web1  ⠋ step1 (2/3)  2.0 s',
  ])
})

test.each([
  [1, 1],
  [2, 5],
  [3, 12],
  [24, 20],
])('fits %i rows of %i columns', (rows, columns) => {
  const hosts = Array.from({ length: 30 }, (_, at) =>
    host(`host${at}`, ['running', 'waiting'], ['x'.repeat(99)]),
  )
  const lines = drawn(hosts, rows, columns)
  expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1))
  expect(lines.every((line) => line.length <= columns)).toBe(true)
})

test('of a thousand hosts only those are looked at that are drawn', () => {
  const views = Array.from({ length: 1000 }, (_, at) =>
    host(`web${at}`, [at < 50 ? 'running' : 'waiting'], ['x']),
  )
  let looked = 0
  const first: Hosts['first'] = (state, most) => {
    const some = hostsOf(views).first(state, most)
    looked += some.length
    return some
  }
  const all = () => expect.fail('all hosts were looked at')
  expect(frame({ ...hostsOf(views), first, all }, { rows: 24, columns: 80 }, 0, plain)).toHaveLength(22)
  expect(looked).toBe(21)
})

test('whatever hosts and lines are called, a picture fits, and no character is halved', () => {
  const word = fc.string({ unit: fc.constantFrom('a', ' ', '本', '😀', '\u0301', 'ע', '\u200d', '한') })
  const view = fc
    .tuple(
      word,
      fc.array(fc.constantFrom<StepState>('waiting', 'running', 'done', 'failed', 'skipped'), {
        minLength: 1,
      }),
      fc.array(word),
    )
    .map(([name, states, lines]) => host(name, states, lines))
  fc.assert(
    fc.property(
      fc.array(view),
      fc.nat({ max: 30 }),
      fc.integer({ min: 1, max: 90 }),
      (views, rows, columns) => {
        const picture = drawn(views, rows, columns)
        expect(picture.length).toBeLessThanOrEqual(Math.max(1, rows - 1))
        for (const line of picture) {
          expect(widthOf(line)).toBeLessThanOrEqual(columns)
          expect(line).not.toMatch(/\p{Cs}/u)
        }
      },
    ),
  )
})
