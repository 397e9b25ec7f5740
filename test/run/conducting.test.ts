import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { type ExecuteOptions, execute, outcomeName, planDocument, planRun } from '../../src/run/index.ts'
import { LeftToItself } from '../../src/shell/index.ts'
import { defineTask, type TaskContext } from '../../src/task/index.ts'
import { exited, fakeHosts, sshHost } from '../support/fake-session.ts'
import { FakeStream } from '../support/fake-streams.ts'
import { invocation } from '../support/invocations.ts'
import { settingsFolder } from '../support/settings-folder.ts'

const HOSTS = ['web1', 'web2', 'web3'].map(sshHost)
const conducting = (body: (context: TaskContext) => Promise<unknown>) => {
  const { task, ...rest } = invocation('deploy', body)
  return { invocation: { ...rest, task: Object.assign(task, { conducts: true as const }) }, hosts: HOSTS }
}
async function conduct(
  body: (context: TaskContext) => Promise<unknown>,
  options: Partial<ExecuteOptions> = {},
) {
  const hosts = fakeHosts((host, line) =>
    line === 'false' ? exited(1) : { stdout: [`${line} of ${host}\n`] },
  )
  const events: { type: string }[] = []
  const told = { onEvent: (event: { type: string }) => void events.push(event) }
  const setting = () => undefined
  const run = await execute(planRun([conducting(body)]), {
    openSession: hosts.open,
    setting,
    ...told,
    ...options,
  })
  return {
    ...run,
    events,
    log: hosts.log,
    outcome: run.steps.map((step) => `${step.host} ${outcomeName(step.outcome)}`),
  }
}

test('a task that conducts runs once, here, and turns to all hosts of the run at once', async () => {
  const { steps, events, log } = await conduct(async ({ host, hosts, on }) => [
    host.name,
    await Promise.all(hosts.map((each) => on(each).ask`name`)),
  ])
  expect(steps.map(({ host, result }) => [host, result])).toEqual([
    ['local', ['local', ['name of web1', 'name of web2', 'name of web3']]],
  ])
  expect(log.slice(0, 3)).toEqual(['open web1', 'open web2', 'open web3'])
  expect(log).not.toContain('open local')
  expect(events[0]).toMatchObject({
    hosts: ['local', 'web1', 'web2', 'web3'],
    steps: [{ task: 'deploy', hosts: ['local'], conducts: ['web1', 'web2', 'web3'] }],
  })
  expect(events.filter(({ type }) => type === 'command-started')).toMatchObject([
    { host: 'local', on: 'web1' },
    { host: 'local', on: 'web2' },
    { host: 'local', on: 'web3' },
  ])
})

test('it is told of the canary, the batches and how many may fail, and goes over its hosts itself', async () => {
  const asked = { canary: 1, batch: 1, maxFail: '10%' } as const
  const { steps } = await conduct(async ({ groups, maxFail }) => {
    const named = groups.map(({ hosts, isCanary }) => [hosts.map(({ name }) => name).join(' '), isCanary])
    return [named, maxFail]
  }, asked)
  const groups = [
    ['web1', true],
    ['web2', false],
    ['web3', false],
  ]
  expect(steps).toHaveLength(1)
  expect(steps[0]?.result).toEqual([groups, '10%'])
  const document = planDocument(planRun([conducting(async () => {})]), asked)
  expect(document.hosts).toEqual(['web1', 'web2', 'web3'])
  expect(document.steps).toEqual([
    {
      task: 'deploy',
      text: 'deploy',
      once: true,
      conducts: ['web1', 'web2', 'web3'],
      groups: [['web1'], ['web2'], ['web3']],
    },
  ])
})

test('what fails on a host that it does not look after fails the step', async () => {
  const { outcome, exitCode } = await conduct(async ({ hosts, on }) => {
    await Promise.all(hosts.map((each) => on(each).run`false`))
  })
  expect(outcome).toEqual(['local failed (exit 1)'])
  expect(exitCode).toBe(1)
})

test('any other task has its own host alone', async () => {
  const hosts = fakeHosts()
  const body = async (context: TaskContext) => context.hosts.map(({ name }) => name)
  const plan = planRun([{ invocation: invocation('t', body), hosts: HOSTS }])
  const { steps } = await execute(plan, { openSession: hosts.open, setting: () => undefined })
  expect(steps.map(({ result }) => result)).toEqual([['web1'], ['web2'], ['web3']])
})

test('its hosts must be named in the call: the hosts setting does not count', async () => {
  const task =
    "import { defineTask } from 'gachette'\nexport const move = defineTask({ summary: 'x', conducts: true, run: async ({ hosts }) => hosts.map(({ name }) => name) })\n"
  const { cwd, home } = settingsFolder({
    '.gachetterc': 'hosts: [build1]\nroles: {web: [web1, web2]}\n',
    'tasks/move.ts': task,
  })
  const [stdout, stderr] = [new FakeStream(), new FakeStream()]
  const world = {
    stdin: { isTTY: false } as never,
    stdout,
    stderr,
    env: {},
    cwd,
    home,
    signals: new EventEmitter(),
    endNow: () => {},
  }
  expect(await main(['move'], { ...world })).toBe(2)
  expect(stderr.text).toContain('move: it is not said for which hosts')
  expect(await main(['-R', 'web', '--plan', '--canary', '1', 'move'], { ...world })).toBe(0)
  expect(stdout.text).toContain('1  move  (from here, on web1, then on web2)')
})

test('a declaration that makes no sense is refused', () => {
  const run = () => {}
  expect(() => defineTask({ summary: '', conducts: true, hosts: 'none', run })).toThrow('conducts')
  expect(() => defineTask({ summary: '', conducts: 1 as never, run })).toThrow('conducts is true')
})

test('what was begun on hosts and goes on there is no command that has ended', async () => {
  const abort = new AbortController()
  const { steps } = await conduct(
    async () => {
      abort.abort()
      throw new LeftToItself('cancelled', { found: { web1: 'goes on' } })
    },
    { signal: abort.signal },
  )
  expect(steps[0]?.outcome).toEqual({ type: 'cancelled', remote: { type: 'goes-on' } })
  expect(steps[0]?.result).toEqual({ web1: 'goes on' })
})
