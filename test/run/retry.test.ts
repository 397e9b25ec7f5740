import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { execute, planRun, type RunEvent } from '../../src/run/index.ts'
import type { CommandOutcome } from '../../src/session/outcome.ts'
import { type Query, sh } from '../../src/shell/index.ts'
import type { Retry, TaskContext } from '../../src/task/index.ts'
import { exited, fakeHosts, type Reply, sshHost, turn } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

/** A body on a host whose commands end as said, one after the other; the last answer holds for all further ones. */
async function on(
  replies: readonly Reply[],
  body: (context: TaskContext) => Promise<unknown>,
  signal?: AbortSignal,
) {
  const events: RunEvent[] = []
  let at = 0
  const hosts = fakeHosts(() => replies[Math.min(at++, replies.length - 1)] ?? {})
  const { steps } = await execute(
    planRun([{ invocation: invocation('task', body), hosts: [sshHost('web1')] }]),
    {
      openSession: hosts.open,
      setting: () => undefined,
      onEvent: (event) => void events.push(event),
      ...(signal === undefined ? {} : { signal }),
    },
  )
  const ran = hosts.log.filter((line) => line.includes('$ ')).length
  return { outcome: steps[0]?.outcome, result: steps[0]?.result, events, ran }
}
const soon: Retry = { times: 3, pauseMs: 0 }
const ended = (outcome: CommandOutcome): Reply => ({ outcome })

test('a command is tried again until it ends well, and every attempt is told', async () => {
  const { outcome, events, ran } = await on([exited(1), exited(1), {}], ({ run }) =>
    run(sh`x`, { retry: soon }),
  )
  expect([outcome, ran]).toEqual([{ type: 'done' }, 3])
  const told = events.flatMap((event): unknown[] => {
    if (event.type === 'command-ended') return [event.outcome]
    return event.type === 'retrying' ? [`${event.text}: ${event.attempt} of ${event.attempts}`] : []
  })
  expect(told).toEqual([
    { type: 'exited', code: 1 },
    'x: 2 of 4',
    { type: 'exited', code: 1 },
    'x: 3 of 4',
    { type: 'exited', code: 0 },
  ])
})

test('after the last attempt its failure is that of the command', async () => {
  const { outcome, ran } = await on([exited(1), exited(2)], ({ run }) =>
    run(sh`x`, { retry: { ...soon, times: 1 } }),
  )
  expect([outcome, ran]).toMatchObject([{ type: 'failed', exitCode: 2 }, 2])
})

test('nothing is tried again unasked', async () => {
  expect((await on([exited(1)], ({ run }) => run`x`)).ran).toBe(1)
  expect((await on([exited(1)], ({ run }) => run(sh`x`, { retry: 0 }))).ran).toBe(1)
})

test('an exit code that is accepted is no failure', async () => {
  const { ran } = await on([exited(4)], ({ run }) => run(sh`x`, { accept: [0, 4], retry: soon }))
  expect(ran).toBe(1)
})

test('check is tried again when it has no answer, not when that is no; ask answers what the last attempt said', async () => {
  const asking = await on([exited(1)], ({ check }) => check(sh`x`, { retry: soon }))
  expect([asking.result, asking.ran]).toEqual([false, 1])
  const broken = await on([exited(2), {}], ({ check }) => check(sh`x`, { retry: soon }))
  expect([broken.result, broken.ran]).toEqual([true, 2])
  const name: Query<string> = { command: sh`x`, parse: (text) => text, assumed: '' }
  const asked = await on([{ ...exited(1), stdout: ['wrong'] }, { stdout: ['right'] }], ({ ask }) =>
    ask(name, { retry: soon }),
  )
  expect(asked.result).toBe('right')
})

test.each<[string, CommandOutcome, number]>([
  ['killed', { type: 'signalled', signal: 'SIGKILL' }, 2],
  ['timed out and ended', { type: 'timed-out', afterMs: 1, remote: { type: 'ended' } }, 2],
  ['timed out and running', { type: 'timed-out', afterMs: 1, remote: { type: 'running', pids: [1] } }, 1],
  ['timed out, who knows', { type: 'timed-out', afterMs: 1, remote: { type: 'unknown' } }, 1],
  ['lost', { type: 'lost', reason: 'reset', remote: { type: 'ended' } }, 1],
  ['cancelled', { type: 'cancelled', remote: { type: 'ended' } }, 1],
])('only what has ended is tried again: %s', async (_, outcome, attempts) => {
  expect((await on([ended(outcome), {}], ({ run }) => run(sh`x`, { retry: soon }))).ran).toBe(attempts)
})

test('each pause is twice as long as the one before, give or take a quarter', async () => {
  const { events } = await on([exited(1)], ({ run }) => run(sh`x`, { retry: { times: 3, pauseMs: 8 } }))
  const pauses = events.flatMap((event) => (event.type === 'retrying' ? event.waitMs : []))
  expect(pauses).toHaveLength(3)
  for (const [at, pause] of pauses.entries()) {
    expect(pause).toBeGreaterThanOrEqual(6 * 2 ** at)
    expect(pause).toBeLessThanOrEqual(10 * 2 ** at)
  }
})

test('a run that is cancelled does not wait for the next attempt', async () => {
  const cancelling = new AbortController()
  const running = on(
    [exited(1)],
    ({ run }) => run(sh`x`, { retry: { times: 1, pauseMs: 60_000 } }),
    cancelling.signal,
  )
  for (let at = 0; at < 5; at++) await turn()
  cancelling.abort()
  const { outcome, ran } = await running
  expect([outcome, ran]).toEqual([{ type: 'cancelled', remote: { type: 'idle' } }, 1])
})

test.each<[string, Parameters<TaskContext['run']>[1]]>([
  ['times is a whole number, 0 or more', { retry: -1 }],
  ['times is a whole number, 0 or more', { retry: 1.5 }],
  ['pauseMs is a number of milliseconds, 0 or more', { retry: { times: 1, pauseMs: -1 } }],
  ['backoff is a factor, 1 or more', { retry: { times: 1, backoff: 0 } }],
  ['a stream can be read once', { retry: 1, stdin: Readable.from(['x']) }],
])('is refused before anything runs: %s', async (message, options) => {
  const { outcome, ran } = await on([{}], ({ run }) => run(sh`x`, options))
  expect([outcome, ran]).toMatchObject([{ code: 'usage', message: expect.stringContaining(message) }, 0])
})
