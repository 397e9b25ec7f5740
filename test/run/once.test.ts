import { expect, test } from 'vitest'
import { type Earlier, type ExecuteOptions, execute, planRun, type RunEvent } from '../../src/run/index.ts'
import { Secret } from '../../src/shell/index.ts'
import type { TaskContext } from '../../src/task/task.ts'
import { exited, fakeHosts, sshHost } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

/** Runs tasks on two hosts; answers what they answered, and what was noted. */
async function run(
  bodies: readonly ((context: TaskContext) => Promise<unknown>)[],
  options: Partial<ExecuteOptions> = {},
  hosts = fakeHosts(),
) {
  const events: RunEvent[] = []
  const plan = planRun(
    bodies.map((body, at) => ({
      invocation: invocation(`task${at}`, body),
      hosts: [sshHost('a'), sshHost('b')],
    })),
  )
  const { steps, exitCode } = await execute(plan, {
    openSession: hosts.open,
    setting: () => undefined,
    onEvent: (event) => void events.push(event),
    ...options,
  })
  return {
    exitCode,
    steps,
    results: steps.map(({ result }) => result),
    problems: steps.map(({ outcome }) => ('message' in outcome ? outcome.message : outcome.type)),
    noted: events.flatMap((event) => (event.type === 'noted' ? [[event.host, event.name, event.value]] : [])),
  }
}
const earlier = (
  notes: readonly [string, unknown][],
  ended: Earlier['ended'] = () => undefined,
): Earlier => ({
  ended,
  notes: ({ host }) => (host === 'a' ? new Map(notes) : new Map()),
})

test('work is done once per host, also where it is asked for twice, at once or one after the other', async () => {
  let done = 0
  const { results, noted } = await run([
    async ({ once }) => {
      const work = async () => ++done
      return [
        ...(await Promise.all([once('x', work), once('x', work)])),
        await once('x', work),
        await once('y', work),
      ]
    },
  ])
  expect(results).toEqual([
    [1, 1, 1, 2],
    [3, 3, 3, 4],
  ])
  expect(noted).toEqual([
    ['a', 'x', 1],
    ['a', 'y', 2],
    ['b', 'x', 3],
    ['b', 'y', 4],
  ])
})

test('what was noted earlier is answered, also where that is nothing', async () => {
  const body = async ({ once }: TaskContext) => [
    await once('x', async () => 'new'),
    await once('y', async () => 'new'),
  ]
  const { results, noted } = await run([body], {
    earlier: earlier([
      ['x', { old: [1] }],
      ['y', undefined],
    ]),
  })
  expect(results).toEqual([
    [{ old: [1] }, undefined],
    ['new', 'new'],
  ])
  expect(noted.map(([host]) => host)).toEqual(['b', 'b'])
})

test('work that fails is not noted, and done again when it is asked for again', async () => {
  let tries = 0
  const { results, noted } = await run([
    async ({ once }) => {
      const work = async () => {
        if (++tries % 2 === 1) throw new Error('not yet')
        return tries
      }
      return once('x', work).catch(() => once('x', work))
    },
  ])
  expect(results).toEqual([2, 4])
  expect(noted).toEqual([
    ['a', 'x', 2],
    ['b', 'x', 4],
  ])
})

test('a dry run notes nothing', async () => {
  const { results, noted } = await run([({ once }) => once('x', async () => 1)], { dryRun: true })
  expect({ results, noted }).toEqual({ results: [1, 1], noted: [] })
})

const circle: unknown[] = []
circle.push(circle)
test.each([
  ['a date', new Date()],
  ['a map', new Map([[1, 2]])],
  ['not a number', Number.NaN],
  ['a function', () => 1],
  ['a field without a value', { x: undefined }],
  ['a bigint', 1n],
  ['a circle', circle],
])('%s is no plain JSON, and refused', async (_, value) => {
  const { problems, noted } = await run([({ once }) => once('x', async () => value)])
  expect(problems[0]).toBe("a: what once('x') answers is no plain JSON, and cannot be noted")
  expect(noted).toEqual([])
})

test('a secret is refused', async () => {
  const secrets = [new Secret('tell-nobody')]
  const { problems, noted } = await run([({ once }) => once('x', async () => ({ of: 'tell-nobody!' }))], {
    secrets,
  })
  expect(problems[0]).toBe("a: what once('x') answers holds a secret, and cannot be noted")
  expect(noted).toEqual([])
})

test('a step that ended earlier is not run: its outcome and result stand, and what follows from them', async () => {
  const hosts = fakeHosts(() => exited(9))
  const failed = { type: 'failed', code: 'command-failed', exitCode: 4, message: 'a: x failed' } as const
  const { steps, exitCode } = await run(
    [({ run: go }) => go`never`, ({ run: go }) => go`never`],
    {
      earlier: earlier([], ({ host, step }) => {
        if (host === 'a') return step === 0 ? { outcome: failed } : undefined
        return { outcome: { type: 'done' }, result: step }
      }),
    },
    hosts,
  )
  expect(hosts.log).toEqual([])
  expect(exitCode).toBe(1)
  expect(steps.map(({ host, outcome, result }) => [host, outcome, result])).toEqual([
    ['a', failed, undefined],
    ['b', { type: 'done' }, 0],
    ['a', { type: 'skipped', because: 'task0 failed (exit 4)' }, undefined],
    ['b', { type: 'done' }, 1],
  ])
})
