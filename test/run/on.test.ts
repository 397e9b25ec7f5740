import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { type ExecuteOptions, execute, outcomeName, planRun, type RunEvent } from '../../src/run/index.ts'
import { sh, UnreachableError, UsageError } from '../../src/shell/index.ts'
import { defineTask, type TaskContext } from '../../src/task/index.ts'
import { exited, type FakeHosts, fakeHosts, sshHost, turn, untilAborted } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

interface Options extends Partial<ExecuteOptions> {
  readonly on?: readonly (string | ReturnType<typeof sshHost>)[]
}

/** Runs bodies one after the other on hosts `web1`… */
async function run(
  hosts: FakeHosts,
  bodies: readonly ((context: TaskContext) => Promise<unknown>)[],
  { on = ['web1'], ...options }: Options = {},
) {
  const events: RunEvent[] = []
  const places = on.map((each) => (typeof each === 'string' ? sshHost(each) : each))
  const { steps, exitCode } = await execute(
    planRun(bodies.map((body, at) => ({ invocation: invocation(`t${at}`, body), hosts: places }))),
    {
      openSession: hosts.open,
      setting: () => undefined,
      onEvent: (event) => void events.push(event),
      ...options,
    },
  )
  const outcomes = steps.map(({ host, task, outcome }) => `${host} ${task} ${outcomeName(outcome)}`)
  return { steps, exitCode, events, outcomes }
}
const opened = ({ log }: FakeHosts) => log.filter((line) => line.startsWith('open'))

test('a task turns to another host, by name or as a Host, and to this machine', async () => {
  const hosts = fakeHosts((host, line) => ({ stdout: [`${line} of ${host}\n`] }))
  const { steps, events } = await run(hosts, [
    async ({ ask, on, local }) => [
      await ask`name`,
      await on('db1').ask`name`,
      await on(sshHost('db2')).ask`name`,
      await local.ask`name`,
      [on('db1').host.name, local.host.name],
    ],
  ])
  expect(steps[0]?.result).toEqual([
    'name of web1',
    'name of db1',
    'name of db2',
    'name of local',
    ['db1', 'local'],
  ])
  const started = events.filter(({ type }) => type === 'command-started')
  expect(started).toMatchObject([
    { host: 'web1', step: 0 },
    { host: 'web1', step: 0, on: 'db1' },
    { host: 'web1', step: 0, on: 'db2' },
    { host: 'web1', step: 0, on: 'local' },
  ])
  expect(started[0]).not.toHaveProperty('on')
})

test('its host turns to another one as well, and stays plain data', async () => {
  const hosts = fakeHosts((host, line) => ({ stdout: [`${line} of ${host}\n`] }))
  const { steps } = await run(hosts, [
    async ({ host, on }) => [
      await host.on('db1').ask`name`,
      await host.on('db1').host.on(host).ask`name`,
      Object.keys(host),
      inspect(host),
      on('db1').host,
    ],
  ])
  const db1 = { kind: 'ssh', name: 'db1', address: 'db1' }
  expect(steps[0]?.result).toEqual([
    'name of db1',
    'name of web1',
    Object.keys(sshHost('web1')),
    inspect(sshHost('web1')),
    db1,
  ])
})

test('everything that is told of another host says so: output, ends, transfers, logs', async () => {
  const hosts = fakeHosts(() => ({ stdout: ['x\n'] }))
  const { events } = await run(hosts, [
    async ({ on }) => {
      const other = on('db1')
      await other.run`x`
      await other.put('a', '/a')
      other.log('there')
    },
  ])
  const elsewhere = events.filter((event) => 'on' in event && event.on === 'db1').map(({ type }) => type)
  expect(elsewhere).toEqual([
    'command-started',
    'output',
    'command-ended',
    'transfer-started',
    'transfer-ended',
    'log',
  ])
})

test('a whole task is called on another host', async () => {
  const restart = defineTask({
    summary: 'Restart',
    params: { unit: { type: 'string' } },
    run: ({ run, host }, { unit }) => run(sh`restart ${unit}`).then(() => host.name),
  })
  const hosts = fakeHosts()
  const { steps } = await run(hosts, [(context) => restart(context.on('db1'), { unit: 'pg' })])
  expect([steps[0]?.result, hosts.log.includes('db1$ restart pg')]).toEqual(['db1', true])
})

test('another host is connected once in a run, however many turn to it, and closed at its end', async () => {
  const hosts = fakeHosts()
  const many = Array.from({ length: 20 }, (_, at) => `web${at}`)
  const tells = ({ on }: TaskContext) => on('lb').run`reload`
  await run(hosts, [tells, tells], { on: many, hostsAtOnce: 7, batch: 3 })
  expect(opened(hosts)).toEqual(['open lb'])
  expect(hosts.log.filter((line) => line === 'lb$ reload')).toHaveLength(40)
  expect(hosts.log.at(-1)).toBe('close lb')
})

test('a host of the plan that others turn to shares its session, and is not closed under their hands', async () => {
  let reloading: (() => void) | undefined
  const hosts = fakeHosts(async (_, line) => {
    if (line === 'reload') await new Promise<void>((done) => (reloading = done))
    return {}
  })
  const running = run(
    hosts,
    [({ on, host, run }) => (host.name === 'web1' ? on('web2').run`reload` : run`own`)],
    {
      on: ['web1', 'web2'],
      hostsAtOnce: 2,
    },
  )
  while (reloading === undefined || !hosts.log.includes('web2$ own')) await turn()
  await turn()
  expect(hosts.log).not.toContain('close web2')
  reloading()
  await running
  expect(hosts.log.toSorted()).toEqual(['close web2', 'open web2', 'web2$ own', 'web2$ reload'])
})

test("the run's own host is meant by its name alone, and users of one host have labels of their own", async () => {
  const hosts = fakeHosts()
  const root = { ...sshHost('web1'), user: 'root' }
  const { events } = await run(
    hosts,
    [
      async ({ on }) => {
        await on('web1').run`own`
        await on('app@web1').run`other`
        await on('web1').run`own`
      },
    ],
    { on: [root] },
  )
  expect(
    events.flatMap((event) => (event.type === 'command-started' ? (event.on ?? event.host) : [])),
  ).toEqual(['web1', 'app@web1', 'web1'])
  expect(opened(hosts)).toHaveLength(2)
})

test('what fails on another host fails the step, and says where', async () => {
  const hosts = fakeHosts((host) => (host === 'db1' ? exited(3) : {}))
  const { steps, exitCode } = await run(hosts, [({ on }) => on('db1').run`migrate`])
  expect(steps[0]?.outcome).toMatchObject({
    type: 'failed',
    exitCode: 3,
    message: 'db1: migrate failed (exit 3)',
  })
  expect(exitCode).toBe(1)
})

test('another host that cannot be reached is a failure, also where bad hosts are skipped; its task may cope with it', async () => {
  const hosts = fakeHosts(undefined, ['db1'])
  const { steps, outcomes, exitCode } = await run(
    hosts,
    [
      async ({ on }) => {
        const error = await on('db1').run`x`.catch((thrown: unknown) => thrown)
        return error instanceof UnreachableError
      },
      ({ on }) => on('db1').run`x`,
    ],
    { skipBadHosts: true },
  )
  expect([outcomes, exitCode]).toEqual([['web1 t0 done', 'web1 t1 failed'], 1])
  expect(steps[0]?.result).toBe(true)
  expect(steps[1]?.outcome).toMatchObject({ code: 'unreachable', message: 'db1: connection refused' })
  expect(opened(hosts)).toHaveLength(1)
})

test('a connection that was lost elsewhere is opened anew when it is next needed', async () => {
  let isLost = false
  const hosts = fakeHosts(() => {
    if (isLost) return {}
    isLost = true
    return { outcome: { type: 'lost', reason: 'reset', remote: { type: 'unknown' } } }
  })
  const { outcomes } = await run(hosts, [
    async ({ on }) => {
      await on('db1').run`x`.catch(() => undefined)
      await on('db1').run`x`
    },
  ])
  expect(outcomes).toEqual(['web1 t0 done'])
  expect(opened(hosts)).toEqual(['open db1', 'open db1'])
})

test('what no host is, is refused', async () => {
  const { steps, exitCode } = await run(fakeHosts(), [({ on }) => on('-oProxyCommand=x').run`x`])
  expect([steps[0]?.outcome, exitCode]).toMatchObject([{ type: 'failed', code: 'usage' }, 2])
})

test('how a text names a host is for whoever runs the plan to say', async () => {
  const hosts = fakeHosts()
  const hostOf = (text: string) => {
    if (text !== '@db') throw new UsageError('no')
    return sshHost('db7')
  }
  await run(hosts, [({ on }) => on('@db').run`x`], { hostOf })
  expect(opened(hosts)).toEqual(['open db7'])
})

test('a cancelled run ends what runs elsewhere, and tells what became of it', async () => {
  const cancelling = new AbortController()
  const hosts = fakeHosts((_host, _line, options) => untilAborted(options))
  const running = run(hosts, [({ on }) => on('db1').run`x`], { signal: cancelling.signal })
  while (!hosts.log.includes('db1$ x')) await turn()
  cancelling.abort()
  expect((await running).steps[0]?.outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
})

test('when a task fails here, what it runs elsewhere is ended', async () => {
  const hosts = fakeHosts((host, _line, options) => (host === 'db1' ? untilAborted(options) : exited(1)))
  const { outcomes } = await run(hosts, [({ on, run }) => Promise.all([on('db1').run`slow`, run`false`])])
  expect(outcomes).toEqual(['web1 t0 failed (exit 1)'])
})

test('in a dry run nothing runs elsewhere, and nothing here', async () => {
  const hosts = fakeHosts(() => exited(1))
  const { outcomes } = await run(
    hosts,
    [
      async ({ on, local }) => {
        await on('db1').run`x`
        await local.run`x`
      },
    ],
    { dryRun: true },
  )
  expect(outcomes).toEqual(['web1 t0 done'])
})

test('once is once per host that a task turns to', async () => {
  const asks = ({ on, once }: TaskContext) =>
    Promise.all([once('pid', async () => 1), on('db1').once('pid', async () => 2)])
  const first = await run(fakeHosts(), [asks])
  const noted = first.events.filter((event) => event.type === 'noted')
  const notes = new Map(noted.map(({ name, value }) => [name, value]))
  expect([...notes]).toEqual([
    ['pid', 1],
    ['pid (db1)', 2],
  ])
  const never = async (): Promise<number> => {
    throw new Error('was asked again')
  }
  const again = await run(
    fakeHosts(),
    [({ on, once }) => Promise.all([once('pid', never), on('db1').once('pid', never)])],
    { earlier: { ended: () => undefined, notes: () => notes } },
  )
  expect(again.steps[0]?.result).toEqual([1, 2])
})
