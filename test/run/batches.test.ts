import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchesOf, execute, planRun, type Rollout } from '../../src/run/index.ts'
import { exited, fakeHosts, sshHost, turn } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

/** A plan in words: `a@web1,web2` is a task on hosts, `n` a task that concerns none. */
const planned = (...steps: readonly string[]) =>
  planRun(
    steps.map((step) => {
      const [name = '', hosts] = step.split('@')
      const task = invocation(name, ({ run }) => run`${name}`)
      return { invocation: task, hosts: hosts === undefined ? [] : hosts.split(',').map(sshHost) }
    }),
  )
/** Batches in words: `drain restart: web1 web2`, the canary with a `!`. */
const inWords = (steps: readonly string[], rollout: Rollout) => {
  const plan = planned(...steps)
  return batchesOf(plan, rollout).map((batch) => {
    const tasks = batch.steps.map((at) => plan.steps[at]?.invocation.name).join(' ')
    return `${tasks}: ${batch.hosts.map(({ label }) => label).join(' ')}${batch.isCanary ? ' !' : ''}`
  })
}

describe('batches', () => {
  test('the whole sequence runs on one batch, then on the next', () => {
    expect(inWords(['drain@a,b,c', 'restart@a,b,c'], { batch: 2 })).toEqual([
      'drain restart: a b',
      'drain restart: c',
    ])
  })

  test.each([
    ['50%', ['x: a b', 'x: c d', 'x: e']],
    ['1%', ['x: a', 'x: b', 'x: c', 'x: d', 'x: e']],
    ['100%', ['x: a b c d e']],
    [9, ['x: a b c d e']],
  ] as const)('a batch of %s of five hosts is rounded down, and one at least', (batch, batches) => {
    expect(inWords(['x@a,b,c,d,e'], { batch })).toEqual(batches)
  })

  test('the canary goes first, and in batches where those are smaller', () => {
    expect(inWords(['x@a,b,c,d'], { canary: 1 })).toEqual(['x: a !', 'x: b c d'])
    expect(inWords(['x@a,b,c,d,e'], { canary: 3, batch: 2 })).toEqual(['x: a b !', 'x: c !', 'x: d e'])
    expect(inWords(['x@a,b'], { canary: 7 })).toEqual(['x: a b !'])
  })

  test('tasks on other hosts are a part of their own, with batches and a canary of its own', () => {
    const steps = ['off@lb', 'deploy@a,b,c', 'warm@a,b,c', 'on@lb']
    expect(inWords(steps, { batch: 2 })).toEqual(['off: lb', 'deploy warm: a b', 'deploy warm: c', 'on: lb'])
    expect(inWords(steps, { canary: 1 })).toEqual([
      'off: lb !',
      'deploy warm: a !',
      'deploy warm: b c',
      'on: lb !',
    ])
  })

  test('a task that concerns no host runs once at its place, and tears no batch apart', () => {
    expect(inWords(['build', 'drain@a,b', 'note', 'restart@a,b', 'tell'], { batch: 1 })).toEqual([
      'build: local',
      'drain note restart: a',
      'drain restart: b',
      'tell: local',
    ])
    expect(inWords(['x@a', 'note', 'y@b'], { batch: 1 })).toEqual(['x: a', 'note: local', 'y: b'])
  })

  test('a step that no host is left for has no batch, and hides no other', () => {
    const plan = planned('x@a', 'note', 'y@a')
    const steps = plan.steps.map((step) => (step.isOnce ? step : { ...step, hosts: [] }))
    expect(batchesOf({ ...plan, steps }, { batch: 1 }).map(({ steps }) => steps)).toEqual([[1]])
  })

  test('without batches every task ends everywhere before the next begins', () => {
    expect(inWords(['build', 'x@a,b', 'y@a,b'], {})).toEqual(['build: local', 'x y: a b'])
  })
})

const someSteps = fc.array(
  fc.tuple(
    fc.constantFrom('p', 'q', 'r'),
    fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { minLength: 1 })),
  ),
  { maxLength: 6 },
)
const someShare = fc.oneof(
  fc.nat(8),
  fc.nat(100).map((percent): `${number}%` => `${percent}%`),
)

test('whatever the batches: every host once per step, in the order of the tasks, never more at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      someSteps,
      fc.record({
        batch: someShare.filter((share) => share !== 0),
        canary: fc.nat(4),
        hostsAtOnce: fc.integer({ min: 1, max: 9 }),
      }),
      async (steps, options) => {
        const names = steps.map(
          ([name, hosts], at) => `${name}${at}${hosts === null ? '' : `@${hosts.join(',')}`}`,
        )
        const plan = planned(...names)
        const batches = batchesOf(plan, options)
        let now = 0
        let most = 0
        const hosts = fakeHosts(async () => {
          most = Math.max(most, ++now)
          await turn()
          now--
          return {}
        })
        const { steps: reports } = await execute(plan, {
          openSession: hosts.open,
          setting: () => undefined,
          ...options,
        })
        const ran = hosts.log.filter((line) => line.includes('$ '))
        const wanted = plan.steps.flatMap((step) =>
          step.hosts.map(({ label }) => `${label}$ ${step.invocation.name}`),
        )
        expect(ran.toSorted()).toEqual(wanted.toSorted())
        expect(reports.map(({ host, task }) => `${host}$ ${task}`)).toEqual(wanted)
        for (const { label } of plan.hosts) {
          const order = ran.flatMap((line) => (line.startsWith(`${label}$ `) ? line.split(/\D+/).at(-1) : []))
          expect(order).toEqual(order.toSorted())
        }
        const widest = Math.max(0, ...batches.map((batch) => batch.hosts.length))
        expect(most).toBeLessThanOrEqual(Math.min(widest, options.hostsAtOnce))
      },
    ),
    { numRuns: 40 },
  )
})

test('whatever fails: after more failed hosts than max_fail nothing is begun but what ran at that moment', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(11), { maxLength: 12 }),
      fc.record({ maxFail: someShare, hostsAtOnce: fc.integer({ min: 1, max: 4 }) }),
      fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      async (failing, options, batch) => {
        const names = Array.from({ length: 12 }, (_, at) => `h${at}`)
        const hosts = fakeHosts((host) => (failing.includes(Number(host.slice(1))) ? exited(1) : {}))
        const { exitCode, steps } = await execute(planned(`x@${names}`, `y@${names}`), {
          openSession: hosts.open,
          setting: () => undefined,
          ...options,
          ...(batch === undefined ? {} : { batch }),
        })
        const { maxFail, hostsAtOnce } = options
        const most =
          typeof maxFail === 'number' ? maxFail : Math.floor((12 * Number.parseInt(maxFail, 10)) / 100)
        const failed = steps.filter(({ outcome }) => outcome.type === 'failed').length
        expect(failed).toBeLessThanOrEqual(most + hostsAtOnce)
        expect(failed > most).toBe(failing.length > most)
        expect(exitCode).toBe(failing.length === 0 ? 0 : 1)
        if (failing.length > most) return
        const skipped = steps.filter(({ outcome }) => outcome.type === 'skipped')
        expect(skipped.map(({ host, task }) => `${host} ${task}`)).toEqual(
          names.filter((_, at) => failing.includes(at)).map((name) => `${name} y`),
        )
      },
    ),
    { numRuns: 40 },
  )
})
