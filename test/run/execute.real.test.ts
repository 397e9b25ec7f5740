import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Host } from '../../src/inventory/index.ts'
import { execute, outcomeName, planRun, type RunEvent } from '../../src/run/index.ts'
import { type ConnectSettings, openSession } from '../../src/session/index.ts'
import { type Query, Secret, sh } from '../../src/shell/index.ts'
import type { TaskContext } from '../../src/task/index.ts'
import { invocation } from '../support/invocations.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

let sshd: Sshd
beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd.stop())

const settings = (): ConnectSettings => ({
  keyFiles: [sshd.keyFile],
  knownHosts: [sshd.knownHosts],
  useSshConfig: false,
  forwardAgent: false,
  timeoutMs: 10_000,
  attempts: 1,
  keepaliveMs: 15_000,
  hostKeyPolicy: 'strict',
  warn: () => undefined,
})

async function onHost(
  body: (context: TaskContext) => Promise<unknown>,
  { signal, onEvent }: { readonly signal?: AbortSignal; readonly onEvent?: (event: RunEvent) => void } = {},
) {
  const host: Host = { kind: 'ssh', name: 'build1', address: sshd.address, port: sshd.port }
  const events: RunEvent[] = []
  const { steps, exitCode } = await execute(
    planRun([{ invocation: invocation('task', body), hosts: [host] }]),
    {
      openSession: (to, { dryRun, signal }) => openSession(to, settings(), { dryRun, signal }),
      setting: () => undefined,
      onEvent(event) {
        events.push(event)
        onEvent?.(event)
      },
      ...(signal && { signal }),
    },
  )
  return { step: steps[0], exitCode, events }
}

test('runs, asks and checks on a real host, with folder, environment, stdin and secrets', async () => {
  const kernel: Query<string> = { command: sh`uname -s`, parse: (stdout) => stdout.trim(), assumed: '' }
  const { step, events } = await onHost(async ({ run, ask, check }) => {
    const loud = await run(sh`printf '%s|' "$PWD" "$GREETING" ${new Secret("it's")}; cat; echo 'é' >&2`, {
      cwd: '/tmp',
      env: { GREETING: 'hello' },
      stdin: 'from here',
    })
    return [
      loud,
      await ask(kernel),
      await ask`echo ${'$(x) "y"'}`,
      await check`test -e /`,
      await check`test -e /none`,
    ]
  })
  expect(step?.outcome).toEqual({ type: 'done' })
  const loud = { exitCode: 0, stdout: "/tmp|hello|it's|from here", stderr: 'é\n' }
  expect(step?.result).toEqual([loud, 'Linux', '$(x) "y"', true, false])
  expect(events.map(({ type }) => type).slice(0, 4)).toEqual([
    'run-started',
    'step-started',
    'host-connected',
    'command-started',
  ])
})

test('a failed command is told with its exit code and its last lines', async () => {
  const { step, exitCode } = await onHost(({ run }) => run`sh -c ${'echo before; echo boom >&2; exit 3'}`)
  expect(exitCode).toBe(1)
  expect(step?.outcome).toMatchObject({
    type: 'failed',
    exitCode: 3,
    output: expect.arrayContaining(['before', 'boom']),
  })
})

test('a command that runs too long is ended, and told as timed out', async () => {
  const { step } = await onHost(({ run }) => run(sh`sleep 60`, { timeoutMs: 300 }))
  expect(step?.outcome).toMatchObject({ type: 'timed-out', afterMs: 300, remote: { type: 'ended' } })
})

test('a cancelled run ends the remote command, and says so', async () => {
  const abort = new AbortController()
  const { step, exitCode } = await onHost(({ run }) => run`echo started; sleep 60`, {
    signal: abort.signal,
    onEvent: ({ type }) => void (type === 'output' && abort.abort()),
  })
  expect(exitCode).toBe(130)
  expect(step?.outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
})

test('a host nobody listens on is unreachable', async () => {
  const nowhere: Host = { kind: 'ssh', name: 'gone', address: sshd.address, port: 1 }
  const { steps, exitCode } = await execute(
    planRun([{ invocation: invocation('task', ({ run }) => run`true`), hosts: [nowhere] }]),
    { openSession: (to, { signal }) => openSession(to, settings(), { signal }), setting: () => undefined },
  )
  expect([steps[0] && outcomeName(steps[0].outcome), exitCode]).toEqual(['unreachable', 3])
})
