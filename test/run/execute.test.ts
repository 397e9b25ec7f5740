import { expect, test } from 'vitest'
import {
  type ExecuteOptions,
  execute,
  outcomeName,
  planRun,
  type RunEvent,
  type RunOutcome,
} from '../../src/run/index.ts'
import { CancelledError, TaskError, UnreachableError } from '../../src/shell/index.ts'
import type { Invocation } from '../../src/task/task.ts'
import {
  exited,
  type FakeHosts,
  fakeHosts,
  type Script,
  sshHost,
  turn,
  untilAborted,
} from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

const web = ['web1', 'web2', 'web3'].map(sshHost)
const command = (line: string): Invocation => invocation(line, ({ run }) => run`${line.split(' ')}`)
const plan = (names: readonly Invocation[], hosts = web) =>
  planRun(names.map((named) => ({ invocation: named, hosts })))
const start = (hosts: FakeHosts, names: readonly Invocation[], options: Partial<ExecuteOptions> = {}) =>
  execute(plan(names), { openSession: hosts.open, setting: () => undefined, ...options })
const outcomes = ({ steps }: RunOutcome): string[] =>
  steps.map(({ host, task, outcome }) => {
    const because = outcome.type === 'skipped' ? `: because ${outcome.because}` : ''
    return `${host} ${task} ${outcomeName(outcome)}${because}`
  })
const fails =
  (failing: string, code = 1): Script =>
  (host, line) =>
    `${host} ${line}` === failing ? exited(code) : {}

test('runs each task in order, over the hosts one after the other, with one session per host', async () => {
  const hosts = fakeHosts()
  const outcome = await start(hosts, [command('one'), command('two')])
  const isClosing = (line: string) => line.startsWith('close')
  expect(hosts.log.filter((line) => !isClosing(line))).toEqual([
    'open web1',
    'web1$ one',
    'open web2',
    'web2$ one',
    'open web3',
    'web3$ one',
    'web1$ two',
    'web2$ two',
    'web3$ two',
  ])
  expect(hosts.log.filter(isClosing)).toEqual(['close web1', 'close web2', 'close web3'])
  expect(outcome.exitCode).toBe(0)
})

test('works on as many hosts at once as it may, and ends a task everywhere before the next', async () => {
  let now = 0
  let most = 0
  const hosts = fakeHosts(async () => {
    most = Math.max(most, ++now)
    await turn()
    now--
    return {}
  })
  const many = Array.from({ length: 20 }, (_, at) => sshHost(`h${at}`))
  const both = [command('one'), command('two')]
  await execute(plan(both, many), { openSession: hosts.open, setting: () => undefined, hostsAtOnce: 5 })
  expect(most).toBe(5)
  const ran = hosts.log.filter((line) => line.includes('$')).map((line) => line.split('$ ')[1])
  expect(ran).toEqual([...Array(20).fill('one'), ...Array(20).fill('two')])
})

test('opens no session for a task that runs no command', async () => {
  const hosts = fakeHosts()
  const asks = invocation('version', async ({ host }) => `on ${host.name}`)
  const outcome = await execute(planRun([{ invocation: asks, hosts: [] }]), {
    openSession: hosts.open,
    setting: () => undefined,
  })
  expect(hosts.log).toEqual([])
  expect(outcome.steps).toMatchObject([{ host: 'local', task: 'version', result: 'on local' }])
})

test("a host's failure skips its later tasks and touches no other host", async () => {
  const hosts = fakeHosts(fails('web2 one', 3))
  const outcome = await start(hosts, [command('one'), command('two')])
  expect(outcomes(outcome)).toEqual([
    'web1 one done',
    'web2 one failed (exit 3)',
    'web3 one done',
    'web1 two done',
    'web2 two skipped: because one failed (exit 3)',
    'web3 two done',
  ])
  expect(outcome.exitCode).toBe(1)
})

test('keepGoing lets a failed host go on with its next task', async () => {
  const hosts = fakeHosts(fails('web2 one'))
  const outcome = await start(hosts, [command('one'), command('two')], { keepGoing: true })
  expect(outcomes(outcome)).toContain('web2 two done')
  expect(outcome.exitCode).toBe(1)
})

test('keepGoing asks an unreachable host only once', async () => {
  const hosts = fakeHosts(undefined, ['web2'])
  const outcome = await start(hosts, [command('one'), command('two')], { keepGoing: true })
  expect(outcomes(outcome)).toContain('web2 one unreachable')
  expect(outcomes(outcome)).toContain('web2 two skipped: because the host is unreachable')
  expect(hosts.log.filter((line) => line === 'open web2')).toHaveLength(1)
  expect(outcome.exitCode).toBe(3)
})

test('skipBadHosts keeps unreachable hosts out of the exit code', async () => {
  const bad = fakeHosts(undefined, ['web2'])
  expect((await start(bad, [command('one')], { skipBadHosts: true })).exitCode).toBe(0)
  const worse = fakeHosts(fails('web1 one'), ['web2'])
  expect((await start(worse, [command('one')], { skipBadHosts: true })).exitCode).toBe(1)
})

test('a failed task outweighs an unreachable host', async () => {
  const hosts = fakeHosts(fails('web1 one'), ['web2'])
  expect((await start(hosts, [command('one')])).exitCode).toBe(1)
})

test('a host that is gone between two commands is lost, and no bad host to be skipped', async () => {
  const hosts = fakeHosts((_host, line) => {
    if (line === 'two') throw new UnreachableError('unreachable', 'web1: the host hung up')
    return {}
  })
  const both = invocation('both', async ({ run }) => {
    await run`one`
    await run`two`
  })
  const outcome = await start(hosts, [both], { skipBadHosts: true })
  expect(outcomes(outcome)).toContain('web1 both lost')
  expect(outcome.exitCode).toBe(1)
})

test('opens a new session after a connection was lost, when the host goes on', async () => {
  const hosts = fakeHosts((host, line) =>
    `${host} ${line}` === 'web1 one'
      ? { outcome: { type: 'lost', reason: 'reset', remote: { type: 'unknown' } } }
      : {},
  )
  const outcome = await start(hosts, [command('one'), command('two')], { keepGoing: true })
  expect(hosts.log.filter((line) => line.includes('web1'))).toEqual([
    'open web1',
    'web1$ one',
    'close web1',
    'open web1',
    'web1$ two',
    'close web1',
  ])
  expect(outcomes(outcome).filter((line) => line.startsWith('web1'))).toEqual([
    'web1 one lost',
    'web1 two done',
  ])
})

test('cancelled: ends what runs, starts nothing new, closes every session, exit code 130', async () => {
  const abort = new AbortController()
  const hosts = fakeHosts((host, _line, options) => (host === 'web1' ? {} : untilAborted(options)))
  const running = start(hosts, [command('one'), command('two')], { signal: abort.signal, hostsAtOnce: 2 })
  while (!hosts.log.includes('web2$ one') || !hosts.log.includes('web3$ one')) await turn()
  abort.abort()
  const outcome = await running
  expect(outcomes(outcome)).toEqual([
    'web1 one done',
    'web2 one cancelled',
    'web3 one cancelled',
    'web1 two skipped: because the run was cancelled',
    'web2 two skipped: because the run was cancelled',
    'web3 two skipped: because the run was cancelled',
  ])
  expect(hosts.log.filter((line) => line.startsWith('close'))).toHaveLength(3)
  expect(outcome.exitCode).toBe(130)
})

test('tells per host what became of the remote process of a cancelled command', async () => {
  const abort = new AbortController()
  const hosts = fakeHosts(async (_host, _line, options) => {
    await untilAborted(options)
    return { outcome: { type: 'cancelled', remote: { type: 'running', pids: [7, 8] } } }
  })
  const running = start(hosts, [command('one')], { signal: abort.signal })
  while (!hosts.log.includes('web1$ one')) await turn()
  abort.abort()
  const outcome = { type: 'cancelled', remote: { type: 'running', pids: [7, 8] } }
  expect((await running).steps[0]).toMatchObject({ host: 'web1', outcome })
})

test('an error nobody foresaw is the fault of the task, with the place in its source', async () => {
  const wrong = invocation('wrong', async () => {
    throw new TypeError('x is not a function')
  })
  const outcome = await start(fakeHosts(), [wrong])
  expect(outcome.steps[0]?.outcome).toMatchObject({
    type: 'failed',
    code: 'fault',
    message: 'the task wrong is at fault: TypeError: x is not a function',
    hint: expect.stringMatching(/^at .*\/test\/run\/execute\.test\.ts:\d+:\d+$/),
    fault: { stack: expect.stringContaining('TypeError: x is not a function') },
  })
  expect(outcome.exitCode).toBe(1)
})

test('a foreseen error is told with its hint', async () => {
  const refuses = invocation('refuses', async () => {
    throw new TaskError('build1: trebuchet is not installed', { hint: 'install it there' })
  })
  const { steps } = await start(fakeHosts(), [refuses])
  expect(steps[0]?.outcome).toEqual({
    type: 'failed',
    code: 'task',
    message: 'build1: trebuchet is not installed',
    hint: 'install it there',
  })
})

test("waits for a command whose await was forgotten, and its failure is the step's", async () => {
  const forgets = invocation('forgets', async ({ run }) => {
    void run`false`
    return 'fine'
  })
  const hosts = fakeHosts(async () => {
    await turn()
    return exited(1)
  })
  expect(outcomes(await start(hosts, [forgets]))[0]).toBe('web1 forgets failed (exit 1)')
})

test('ends the other commands of a task when one fails', async () => {
  const both = invocation('both', ({ run }) => Promise.all([run`slow`, run`false`]))
  const hosts = fakeHosts((_host, line, options) => (line === 'slow' ? untilAborted(options) : exited(2)))
  const outcome = await start(hosts, [both])
  expect(outcomes(outcome)[0]).toBe('web1 both failed (exit 2)')
  expect(hosts.log.filter((line) => line.includes('web1'))).toEqual([
    'open web1',
    'web1$ slow',
    'web1$ false',
    'close web1',
  ])
})

test('tells a run as a list of events', async () => {
  const events: RunEvent[] = []
  const hosts = fakeHosts(() => ({ stdout: ['hello\n'] }))
  const greets = invocation('greet', async ({ run, log }) => {
    log('about to')
    await run`echo hello`
    return { greeted: 1 }
  })
  await execute(planRun([{ invocation: greets, hosts: [sshHost('web1')] }]), {
    openSession: hosts.open,
    setting: () => undefined,
    onEvent: (event) => void events.push(event),
    run: 'r1',
  })
  const id = { host: 'web1', step: 0 }
  const ms = expect.any(Number)
  expect(events.map(({ v, time, ...fact }) => fact)).toEqual([
    {
      type: 'run-started',
      run: 'r1',
      dryRun: false,
      hosts: ['web1'],
      steps: [{ task: 'greet', text: 'greet' }],
    },
    { type: 'step-started', ...id },
    { type: 'log', ...id, level: 'info', text: 'about to' },
    { type: 'host-connected', host: 'web1', afterMs: ms },
    { type: 'command-started', ...id, command: 0, text: 'echo hello' },
    { type: 'output', ...id, command: 0, stream: 'stdout', text: 'hello\n' },
    { type: 'command-ended', ...id, command: 0, outcome: { type: 'exited', code: 0 }, ms },
    { type: 'step-ended', ...id, outcome: { type: 'done' }, ms, result: { greeted: 1 } },
    { type: 'run-ended', exitCode: 0, ms },
  ])
  expect(events.every(({ v, time }) => v === 1 && !Number.isNaN(Date.parse(time)))).toBe(true)
})

test('many hosts at once, with a signal given, draw no warning of Node', async () => {
  const warnings: string[] = []
  const hear = ({ name }: Error) => void warnings.push(name)
  process.on('warning', hear)
  const many = Array.from({ length: 30 }, (_, at) => sshHost(`h${at}`))
  const { signal } = new AbortController()
  await execute(plan([command('one')], many), {
    openSession: fakeHosts().open,
    setting: () => undefined,
    signal,
    hostsAtOnce: 30,
  })
  await turn()
  process.off('warning', hear)
  expect(warnings).toEqual([])
})

test('names a host with its user where the run has it under several', () => {
  const hosts = [{ ...sshHost('web1'), user: 'root' }, { ...sshHost('web1'), user: 'app' }, sshHost('web2')]
  expect(plan([command('one')], hosts).hosts.map(({ label }) => label)).toEqual([
    'root@web1',
    'app@web1',
    'web2',
  ])
})

test('a host named twice in one step runs it once', () => {
  expect(plan([command('one')], [sshHost('web1'), sshHost('web1')]).steps[0]?.hosts).toHaveLength(1)
})

test('why a run is cancelled is told as a warning, once; a host on which nothing ran is idle', async () => {
  const cancelling = new AbortController()
  const events: RunEvent[] = []
  const waits = invocation('wait', async ({ signal }) => {
    cancelling.abort(new CancelledError('Ctrl-C: no more'))
    signal.throwIfAborted()
  })
  const outcome = await start(fakeHosts(), [waits], {
    signal: cancelling.signal,
    onEvent: (event) => void events.push(event),
  })
  expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ text: 'Ctrl-C: no more' }])
  expect(outcome.steps[0]?.outcome).toEqual({ type: 'cancelled', remote: { type: 'idle' } })
})
