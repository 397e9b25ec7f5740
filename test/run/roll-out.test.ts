import { expect, test } from 'vitest'
import {
  type ExecuteOptions,
  execute,
  outcomeName,
  planRun,
  type RunEvent,
  type RunOutcome,
} from '../../src/run/index.ts'
import { CancelledError, UsageError } from '../../src/shell/index.ts'
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

const names = ['web1', 'web2', 'web3', 'web4', 'web5']
const task = (name: string) => invocation(name, ({ run }) => run`${name}`)
const start = (hosts: FakeHosts, options: Partial<ExecuteOptions>, tasks = ['drain', 'restart']) =>
  execute(planRun(tasks.map((name) => ({ invocation: task(name), hosts: names.map(sshHost) }))), {
    openSession: hosts.open,
    setting: () => undefined,
    ...options,
  })
const failing =
  (...lines: readonly string[]): Script =>
  (host, line) =>
    lines.includes(`${host} ${line}`) ? exited(1) : {}
const ran = ({ log }: FakeHosts) => log.filter((line) => line.includes('$ '))
const outcomes = ({ steps }: RunOutcome) =>
  steps.map(({ host, task, outcome }) => {
    const because = outcome.type === 'skipped' ? `: ${outcome.because}` : ''
    return `${host} ${task} ${outcomeName(outcome)}${because}`
  })

test('batches: the next begins when the whole sequence has ended on the one before; sessions close with their batch', async () => {
  const hosts = fakeHosts()
  const events: RunEvent[] = []
  await start(hosts, { batch: 2, hostsAtOnce: 9, onEvent: (event) => void events.push(event) })
  const order = hosts.log.filter((line) => !line.startsWith('close'))
  expect(order).toEqual([
    ...['open web1', 'open web2', 'web1$ drain', 'web2$ drain', 'web1$ restart', 'web2$ restart'],
    ...['open web3', 'open web4', 'web3$ drain', 'web4$ drain', 'web3$ restart', 'web4$ restart'],
    ...['open web5', 'web5$ drain', 'web5$ restart'],
  ])
  expect(hosts.log.indexOf('close web1')).toBeLessThan(hosts.log.indexOf('web5$ drain'))
  expect(events.filter(({ type }) => type === 'batch-started')).toMatchObject([
    { batch: 0, batches: 3, canary: false, steps: [0, 1], hosts: ['web1', 'web2'] },
    { batch: 1, hosts: ['web3', 'web4'] },
    { batch: 2, hosts: ['web5'] },
  ])
})

test('one dead host of a batch stops nobody else, in its batch or in the next', async () => {
  const hosts = fakeHosts(failing('web1 drain'), ['web3'])
  const outcome = await start(hosts, { batch: 1 })
  expect(outcomes(outcome).filter((line) => !line.endsWith('done'))).toEqual([
    'web1 drain failed (exit 1)',
    'web3 drain unreachable',
    'web1 restart skipped: drain failed (exit 1)',
    'web3 restart skipped: the host is unreachable',
  ])
  expect(outcome.exitCode).toBe(1)
})

test('max_fail: one failure more than that, and nothing new is started; what runs goes on to its end', async () => {
  const hosts = fakeHosts(async (host, line) => {
    if (`${host} ${line}` === 'web2 drain') await turn()
    return host === 'web1' || host === 'web3' ? exited(1) : {}
  })
  const warnings: string[] = []
  const onEvent = (event: RunEvent) => void (event.type === 'warning' && warnings.push(event.text))
  const outcome = await start(hosts, { maxFail: 1, hostsAtOnce: 2, onEvent })
  expect(outcomes(outcome)).toEqual([
    'web1 drain failed (exit 1)',
    'web2 drain done',
    'web3 drain failed (exit 1)',
    'web4 drain skipped: 2 hosts have failed (max_fail 1)',
    'web5 drain skipped: 2 hosts have failed (max_fail 1)',
    'web1 restart skipped: drain failed (exit 1)',
    'web2 restart skipped: 2 hosts have failed (max_fail 1)',
    'web3 restart skipped: drain failed (exit 1)',
    'web4 restart skipped: 2 hosts have failed (max_fail 1)',
    'web5 restart skipped: 2 hosts have failed (max_fail 1)',
  ])
  expect(warnings).toEqual(['2 hosts have failed (max_fail 1): nothing new is started'])
  expect(outcome.exitCode).toBe(1)
})

test('max_fail counts a host once, and unreachable ones unless they are to be skipped', async () => {
  const twice = fakeHosts(failing('web1 drain', 'web1 restart'))
  expect(outcomes(await start(twice, { maxFail: 1, keepGoing: true }))).toContain('web5 restart done')
  const bad = fakeHosts(undefined, ['web1', 'web2'])
  expect(await start(bad, { maxFail: '20%' })).toMatchObject({ exitCode: 1 })
  expect(ran(bad)).toEqual([])
  const skipped = fakeHosts(undefined, ['web1', 'web2'])
  expect(await start(skipped, { maxFail: '20%', skipBadHosts: true })).toMatchObject({ exitCode: 0 })
  expect(ran(skipped)).toHaveLength(6)
})

test('max_fail 0 is over at the first failure', async () => {
  const hosts = fakeHosts(failing('web2 drain'))
  const outcome = await start(hosts, { maxFail: 0 })
  expect(ran(hosts)).toEqual(['web1$ drain', 'web2$ drain'])
  expect(outcomes(outcome)).toContain('web3 drain skipped: 1 host has failed (max_fail 0)')
})

test('what failed last leaves nothing to be skipped, and the exit code is that of the failure', async () => {
  const outcome = await start(fakeHosts(undefined, ['web5']), { maxFail: 0 }, ['drain'])
  expect(outcome.exitCode).toBe(3)
})

test.each<[string, Partial<ExecuteOptions>, Script, readonly string[], readonly string[]]>([
  ['the last of all fails', { maxFail: 0 }, failing('web2 drain'), ['drain'], ['web1', 'web2']],
  [
    'all others are at it',
    { maxFail: 0, hostsAtOnce: 2 },
    failing('web1 drain'),
    ['drain'],
    ['web1', 'web2'],
  ],
  [
    'the failure itself stops the rest',
    { maxFail: 0 },
    failing('web1 drain'),
    ['drain', 'restart'],
    ['web1'],
  ],
  ['everybody is a canary', { canary: 2 }, failing('web1 drain'), ['drain'], ['web1', 'web2']],
  ['a task that concerns no host is all there is', {}, failing('local drain'), ['drain'], []],
])('where %s, nobody hears that nothing new is started', async (_, options, script, tasks, on) => {
  const warnings: string[] = []
  const onEvent = (event: RunEvent) => void (event.type === 'warning' && warnings.push(event.text))
  const steps = tasks.map((name) => ({ invocation: task(name), hosts: on.map(sshHost) }))
  const { open } = fakeHosts(script)
  const { exitCode } = await execute(planRun(steps), {
    openSession: open,
    setting: () => undefined,
    ...options,
    onEvent,
  })
  expect([exitCode, warnings]).toEqual([1, []])
})

test('the canary: the rest follows when all of it went well', async () => {
  const hosts = fakeHosts()
  const outcome = await start(hosts, { canary: 1, hostsAtOnce: 9 })
  expect(ran(hosts).slice(0, 3)).toEqual(['web1$ drain', 'web1$ restart', 'web2$ drain'])
  expect(outcome.exitCode).toBe(0)
})

test.each<[string, FakeHosts, Partial<ExecuteOptions>, string]>([
  ['fails', fakeHosts(failing('web2 restart')), {}, 'web2 did not go well: restart failed (exit 1)'],
  [
    'fails and keeps going',
    fakeHosts(failing('web2 drain')),
    { keepGoing: true },
    'web2 did not go well: drain failed (exit 1)',
  ],
  ['is not reached', fakeHosts(undefined, ['web1']), {}, 'web1 did not go well: drain unreachable'],
  [
    'is not reached and skipped',
    fakeHosts(undefined, ['web1']),
    { skipBadHosts: true },
    'web1 did not go well: drain unreachable',
  ],
])('a canary that %s spares the others, and the exit code is 1', async (_, hosts, options, why) => {
  const outcome = await start(hosts, { canary: 2, batch: 3, ...options })
  expect(outcomes(outcome)).toContain(`web3 drain skipped: the canary ${why}`)
  expect(ran(hosts).filter((line) => /web[345]/.test(line))).toEqual([])
  expect(outcome.exitCode).toBe(1)
})

test('where a task that concerns no host fails, what follows it is skipped on all hosts, unless the run keeps going', async () => {
  const build = (error?: Error) =>
    invocation('build', async () => {
      if (error !== undefined) throw error
    })
  const line = (error: Error, hosts: FakeHosts, options: Partial<ExecuteOptions> = {}) =>
    execute(
      planRun([
        { invocation: build(error), hosts: [] },
        { invocation: task('deploy'), hosts: names.map(sshHost) },
      ]),
      { openSession: hosts.open, setting: () => undefined, ...options },
    )
  const hosts = fakeHosts()
  const outcome = await line(new UsageError('no such branch'), hosts)
  expect(outcomes(outcome).slice(0, 2)).toEqual(['local build failed', 'web1 deploy skipped: build failed'])
  expect([outcome.exitCode, hosts.log]).toEqual([2, []])
  const going = fakeHosts()
  await line(new UsageError('no such branch'), going, { keepGoing: true })
  expect(ran(going)).toHaveLength(5)
})

test('a task that concerns no host is cancelled from elsewhere: what follows is skipped, as if it had failed', async () => {
  const hosts = fakeHosts()
  const build = invocation('build', async () => {
    throw new CancelledError('nobody answered')
  })
  const steps = [
    { invocation: build, hosts: [] },
    { invocation: task('deploy'), hosts: names.map(sshHost) },
  ]
  const outcome = await execute(planRun(steps), { openSession: hosts.open, setting: () => undefined })
  expect(outcomes(outcome).slice(0, 2)).toEqual([
    'local build cancelled',
    'web1 deploy skipped: build cancelled',
  ])
  expect([outcome.exitCode, hosts.log]).toEqual([130, []])
})

test('max_fail: a host on which a task was cancelled from elsewhere has failed', async () => {
  const hosts = fakeHosts((host) =>
    host === 'web1' ? { outcome: { type: 'cancelled', remote: { type: 'ended' } } } : {},
  )
  const outcome = await start(hosts, { maxFail: 0 })
  expect(ran(hosts)).toEqual(['web1$ drain'])
  expect(outcome.exitCode).toBe(130)
})

test('Ctrl-C during a batch: what runs is ended, no batch follows, and no canary is judged', async () => {
  const cancelling = new AbortController()
  const events: RunEvent[] = []
  const hosts = fakeHosts((_host, _line, options) => untilAborted(options))
  const running = start(hosts, {
    canary: 1,
    batch: 2,
    maxFail: 0,
    signal: cancelling.signal,
    onEvent: (event) => void events.push(event),
  })
  while (!hosts.log.includes('web1$ drain')) await turn()
  cancelling.abort(new CancelledError('Ctrl-C'))
  const outcome = await running
  expect(outcomes(outcome).slice(0, 2)).toEqual([
    'web1 drain cancelled',
    'web2 drain skipped: the run was cancelled',
  ])
  expect(events.flatMap((event) => (event.type === 'warning' ? event.text : []))).toEqual(['Ctrl-C'])
  expect(events.filter(({ type }) => type === 'batch-started')).toHaveLength(1)
  expect(outcome.exitCode).toBe(130)
})

/** What two tasks on so many hosts cost, in milliseconds of this processor. */
async function costOf(count: number): Promise<number> {
  const many = Array.from({ length: count }, (_, at) => sshHost(`h${at}`))
  const idle = (name: string) => ({ invocation: invocation(name, async () => undefined), hosts: many })
  const since = process.cpuUsage()
  const { steps } = await execute(planRun([idle('one'), idle('two')]), {
    openSession: fakeHosts().open,
    setting: () => undefined,
    batch: 1,
    maxFail: '10%',
  })
  expect(steps).toHaveLength(2 * count)
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

test('ten times the hosts, in batches of one, cost ten times as much, not a hundred times', async () => {
  const few = await costOf(1000)
  expect(await costOf(10_000)).toBeLessThan(30 * few)
}, 30_000)
