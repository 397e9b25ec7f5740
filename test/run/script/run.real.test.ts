import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, expectTypeOf, test } from 'vitest'
import {
  CommandFailed,
  defineTask,
  onHost,
  plan,
  type RunEvent,
  type RunOutcome,
  run,
  Secret,
  UsageError,
} from '../../../src/index.ts'
import { outcomeName } from '../../../src/run/index.ts'
import { me } from '../../support/connecting.ts'
import { describeWith } from '../../support/needs.ts'
import { lives, pidsIn } from '../../support/sessions.ts'
import { type Sshd, startSshd } from '../../support/sshd.ts'

const mark = defineTask({
  summary: 'leave a mark',
  params: { file: { type: 'string' }, bad: { type: 'string', default: '' } },
  async run({ run, host }, { file, bad }) {
    await run`echo ${host.name} >>${file}; sleep 0.05; echo over >>${file}; test ${host.name} != ${bad}`
  },
})
const after = defineTask({
  summary: 'after it',
  params: { file: { type: 'string' }, token: { type: 'secret', optional: true } },
  async run({ run, host }, { file }) {
    await run`echo ${host.name} after >>${file}`
    return host.name
  },
})
const note = defineTask({ summary: 'note', hosts: 'none', run: () => 'noted' })

describeWith(['sshd'], 'run, from a program, on four hosts', () => {
  let servers: readonly Sshd[]
  let hosts: readonly string[]
  let dir: string
  let file: string
  beforeAll(async () => {
    servers = await Promise.all(Array.from({ length: 4 }, () => startSshd()))
    hosts = servers.map(({ address, port }) => `${address}:${port}`)
    dir = mkdtempSync(join(tmpdir(), 'gachette-run-'))
    const settings = {
      user: me,
      use_ssh_config: false,
      key_filename: servers.map(({ keyFile }) => keyFile),
      known_hosts: servers.map(({ knownHosts }) => knownHosts),
      roles: { web: hosts },
    }
    writeFileSync(join(dir, '.gachetterc'), JSON.stringify(settings))
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(dir, { recursive: true })
  })
  beforeEach(() => {
    file = join(dir, `marks-${Math.random()}`)
  })
  const marks = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])
  const outcomes = ({ steps }: RunOutcome) => steps.map(({ outcome }) => outcomeName(outcome))
  const here = () => ({ cwd: dir, hosts: ['@web'] })

  test('tasks with their arguments, on the hosts of a role, one after the other', async () => {
    const outcome = await run({ ...here(), tasks: [[mark, { file }], [after, { file }], [note]] })
    expect(marks()).toEqual([
      ...hosts.flatMap((name) => [name, 'over']),
      ...hosts.map((name) => `${name} after`),
    ])
    expect([outcome.exitCode, outcomes(outcome)]).toEqual([0, Array(9).fill('done')])
    expect(outcome.steps.slice(4).map(({ result }) => result)).toEqual([...hosts, 'noted'])
  })

  test('what a task is not made for does not compile, and is refused before anything is touched', async () => {
    // @ts-expect-error: it must be a text.
    await expect(run({ ...here(), tasks: [[mark, { file: 5 }]] })).rejects.toBeInstanceOf(UsageError)
    // @ts-expect-error: there is no such parameter.
    await expect(run({ ...here(), tasks: [[mark, { file, unit: 'x' }]] })).rejects.toThrow(
      'no parameter unit',
    )
    await expect(run({ ...here(), tasks: [[mark]] })).rejects.toThrow('file is missing')
    await expect(run({ ...here(), hosts: ['@none'], tasks: [[note], [mark, { file }]] })).rejects.toThrow(
      'no role',
    )
    await expect(run({ ...here(), settings: { batch: '0%' }, tasks: [[note]] })).rejects.toThrow('batch')
    expect(marks()).toEqual([])
    expectTypeOf(run).returns.resolves.toEqualTypeOf<RunOutcome>()
  })

  test('batches: never more than that at once, and the whole sequence before the next', async () => {
    await run({
      ...here(),
      settings: { batch: 2 },
      tasks: [
        [mark, { file }],
        [after, { file }],
      ],
    })
    const named = (from: number) => hosts.slice(from, from + 2)
    expect(marks().slice(0, 4).toSorted()).toEqual([...named(0), 'over', 'over'].toSorted())
    expect(marks().slice(4, 6).toSorted()).toEqual(
      named(0)
        .map((name) => `${name} after`)
        .toSorted(),
    )
    expect(marks().slice(6, 10).toSorted()).toEqual([...named(2), 'over', 'over'].toSorted())
  })

  test('a canary that fails spares the other hosts; what it has done stays done', async () => {
    const bad = hosts[0] ?? ''
    const outcome = await run({
      ...here(),
      settings: { canary: 1, parallel: true },
      tasks: [
        [mark, { file, bad }],
        [after, { file }],
      ],
    })
    expect(marks()).toEqual([bad, 'over'])
    expect(outcome.exitCode).toBe(1)
    expect(outcomes(outcome)).toEqual(['failed (exit 1)', ...Array(7).fill('skipped')])
  })

  test('a canary that is well is followed by the others', async () => {
    const outcome = await run({ ...here(), settings: { canary: 1, batch: 3 }, tasks: [[mark, { file }]] })
    expect(marks().slice(0, 2)).toEqual([hosts[0], 'over'])
    expect([marks().length, outcome.exitCode]).toEqual([8, 0])
  })

  test('max_fail with a host that is down: one more failure, and the last batch is not begun', async () => {
    const [, bad = '', ...rest] = hosts
    const order = {
      ...here(),
      hosts: [`${servers[0]?.address}:1`, bad, ...rest],
      settings: { batch: 1, connection_attempts: 1, max_fail: 1 },
      tasks: [[mark, { file, bad }]] as const,
    }
    const stopped = await run(order)
    expect(outcomes(stopped)).toEqual(['unreachable', 'failed (exit 1)', 'skipped', 'skipped'])
    expect([stopped.exitCode, marks()]).toEqual([1, [bad, 'over']])
    const skipping = await run({ ...order, settings: { ...order.settings, skip_bad_hosts: true } })
    expect(outcomes(skipping)).toEqual(['unreachable', 'failed (exit 1)', 'done', 'done'])
  })

  test('goes on where the same order ended: what is done is not done again', async () => {
    const bad = hosts[1] ?? ''
    const first = await run({
      ...here(),
      tasks: [
        [mark, { file, bad }],
        [after, { file }],
      ],
    })
    expect(first.exitCode).toBe(1)
    rmSync(file)
    const again = await run({
      ...here(),
      tasks: [
        [mark, { file }],
        [after, { file }],
      ],
      resume: first,
    })
    expect([again.exitCode, marks()]).toEqual([0, [bad, 'over', `${bad} after`]])
  })

  test('a plan, and a dry run, connect to nothing', async () => {
    const order = {
      ...here(),
      hosts: ['nowhere1.invalid,nowhere2.invalid,nowhere3.invalid'],
      limit: ['nowhere[1-2].invalid'],
      settings: { canary: 1 },
      tasks: [
        [mark, { file }],
        [after, { file, token: new Secret('hunter2secret') }],
      ] as const,
    }
    const { steps, batches } = await plan(order)
    expect(steps.map(({ text }) => text)).toEqual([
      `leave a mark file="${file}"`,
      `after it file="${file}" token=***`,
    ])
    expect(batches).toEqual([
      { steps: [0, 1], hosts: ['nowhere1.invalid'], canary: true },
      { steps: [0, 1], hosts: ['nowhere2.invalid'], canary: false },
    ])
    expect(await run({ ...order, dryRun: true })).toMatchObject({ exitCode: 0 })
    expect(marks()).toEqual([])
  })

  test('turns to another host, to this machine, and back, and tells where', async () => {
    const [one = '', two = ''] = hosts
    const events: RunEvent[] = []
    const visits = defineTask({
      summary: 'visit',
      async run({ ask, on, local }) {
        const address = 'echo $SSH_CONNECTION | cut -d" " -f3'
        const there = (remote: typeof local) => remote.ask`sh -c ${address}`
        return [
          await ask`sh -c ${address}`,
          await there(on(two)),
          await local.ask`echo here`,
          await there(on(one)),
        ]
      },
    })
    const { steps } = await run({
      cwd: dir,
      hosts: [one],
      tasks: [[visits]],
      onEvent: (event) => void events.push(event),
    })
    const [first, second] = servers.map(({ address }) => address)
    expect(steps[0]?.result).toEqual([first, second, 'here', first])
    expect(events.flatMap((event) => (event.type === 'host-connected' ? event.host : []))).toEqual([
      one,
      two,
      'local',
    ])
  })

  test('an aborted run ends what runs on this batch, here and elsewhere, and begins no other', async () => {
    const aborting = new AbortController()
    const waits = defineTask({
      summary: 'wait',
      run: ({ on }) => on(hosts[3] ?? '').run`echo $$ >>${file}; exec sleep 300`,
    })
    const running = run({
      ...here(),
      hosts: hosts.slice(0, 3),
      settings: { batch: 2 },
      tasks: [[waits]],
      signal: aborting.signal,
    })
    const pids = await pidsIn(file, 2)
    aborting.abort()
    const outcome = await running
    expect([outcome.exitCode, outcomes(outcome)]).toEqual([130, ['cancelled', 'cancelled', 'skipped']])
    expect(pids.filter(lives)).toEqual([])
  })

  test('onHost answers what its body answers, and throws what it throws', async () => {
    const [one = ''] = hosts
    expect(await onHost(one, ({ ask }) => ask`echo hello`, { cwd: dir })).toBe('hello')
    await expect(onHost(one, ({ run }) => run`exit 3`, { cwd: dir })).rejects.toBeInstanceOf(CommandFailed)
  })
})
