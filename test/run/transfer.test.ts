import { expect, test } from 'vitest'
import { execute, type OpenSession, planRun } from '../../src/run/index.ts'
import type { CopyOptions, Session } from '../../src/session/session.ts'
import { CancelledError, TaskError, UnreachableError } from '../../src/shell/index.ts'
import type { TaskContext } from '../../src/task/task.ts'
import { fakeHosts, sshHost, turn } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

type Put = Session['put']

/** Tasks on a host whose copies do as `put` does. */
async function run(
  put: Put,
  bodies: readonly ((context: TaskContext) => Promise<unknown>)[],
  signal?: AbortSignal,
) {
  const { open, log } = fakeHosts()
  const openSession: OpenSession = async (...asked) => ({ ...(await open(...asked)), put })
  const plan = planRun(
    bodies.map((body, at) => ({ invocation: invocation(`task${at}`, body), hosts: [sshHost('web1')] })),
  )
  const options = { openSession, setting: () => undefined, keepGoing: true, skipBadHosts: true }
  const { steps, exitCode } = await execute(plan, { ...options, ...(signal && { signal }) })
  return { outcomes: steps.map(({ outcome }) => outcome), exitCode, log }
}
const copy = ({ put }: TaskContext) => put('a', '/a')
const command = ({ run }: TaskContext) => run`true`
const untilAborted = ({ signal }: CopyOptions) =>
  new Promise<never>((_, reject) => {
    const cancelled = () => reject(new CancelledError('web1: a was not copied'))
    if (signal?.aborted) cancelled()
    signal?.addEventListener('abort', cancelled)
  })

test('a connection lost during a copy is lost, and the next task has a new one', async () => {
  const put: Put = async (_local, _remote, options: CopyOptions = {}) => {
    options.onFarEnd?.({ type: 'lost', reason: 'reset', remote: { type: 'ended' } })
    throw new TaskError('web1: "a" was not copied to "/a": the connection was lost (reset)')
  }
  const { outcomes, exitCode, log } = await run(put, [copy, command])
  expect(outcomes).toEqual([
    {
      type: 'lost',
      remote: { type: 'ended' },
      message: 'web1: the connection was lost during put a (reset); it has ended there',
    },
    { type: 'done' },
  ])
  expect([exitCode, log.filter((line) => line === 'open web1').length]).toEqual([1, 2])
})

test('a host that is gone between a command and a copy is lost, not unreachable: skip_bad_hosts makes no success of it', async () => {
  const put: Put = async () => {
    throw new UnreachableError('unreachable', 'web1: the host is no longer connected')
  }
  const both = async (context: TaskContext) => {
    await command(context)
    await copy(context)
  }
  const { outcomes, exitCode } = await run(put, [both])
  expect([outcomes[0]?.type, exitCode]).toEqual(['lost', 1])
})

test("a copy with a signal of the task's own is ended by that, and by the run's", async () => {
  const own = new AbortController()
  const ended = await run(
    (_local, _remote, options: CopyOptions = {}) => untilAborted(options),
    [
      ({ put }) => {
        setImmediate(() => own.abort())
        return put('a', '/a', { signal: own.signal })
      },
    ],
  )
  expect(ended.outcomes[0]?.type).toBe('cancelled')
  const cancelling = new AbortController()
  const running = run(
    (_local, _remote, options: CopyOptions = {}) => untilAborted(options),
    [({ put }) => put('a', '/a', { signal: new AbortController().signal })],
    cancelling.signal,
  )
  for (let at = 0; at < 5; at++) await turn()
  cancelling.abort()
  expect((await running).outcomes[0]?.type).toBe('cancelled')
})

test('of a copy that was cancelled is said what became of its far side', async () => {
  const cancelling = new AbortController()
  const put: Put = async (_local, _remote, options: CopyOptions = {}) => {
    setImmediate(() => cancelling.abort())
    return untilAborted(options).catch((error: unknown) => {
      options.onFarEnd?.({ type: 'cancelled', remote: { type: 'running', pids: [7] } })
      throw error
    })
  }
  const { outcomes } = await run(put, [copy], cancelling.signal)
  expect(outcomes).toEqual([{ type: 'cancelled', remote: { type: 'running', pids: [7] } }])
})
