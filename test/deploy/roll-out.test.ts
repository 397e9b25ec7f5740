import { expect, test } from 'vitest'
import type { Ready, RollOut } from '../../src/deploy/change-host.ts'
import { conclude } from '../../src/deploy/conclude.ts'
import type { Conductor, Machine, Outcome, Site } from '../../src/deploy/conduct.ts'
import { recordDeployed } from '../../src/deploy/deployed.ts'
import { refuseOddNumbers, remember } from '../../src/deploy/ends.ts'
import type { JobEnd } from '../../src/deploy/install.ts'
import { type HostPlan, planHost } from '../../src/deploy/plan.ts'
import { rollOut } from '../../src/deploy/roll-out.ts'
import { CancelledError, TaskError, UsageError } from '../../src/shell/index.ts'
import { parseStore } from '../../src/stack/index.ts'
import type { Remote } from '../../src/task/context.ts'
import { generation, hostAt, hostState, installed, pkg, sum } from './host-states.ts'

type Answer = JobEnd | Error
const DONE: JobEnd = { type: 'done', generation: 2, kept: [], active: [] }
const BACK: JobEnd = { type: 'back', why: 'no room', phase: 'install', stays: [], log: ['df'] }
const READY = { others: [], wasHealed: false }

/** A host that says these things one after the other, and what it was asked. */
function hostThatSays(name: string, answers: readonly (Answer | typeof READY)[], asked: string[] = []) {
  const left = [...answers]
  const said: string[] = []
  const remote = {
    said,
    host: { name },
    log() {},
    warn() {},
    conclude: ({ is, text }: { is: string; text: string }) => void said.push(`${name}: ${text} [${is}]`),
    async ask(_: unknown, { title = '' }: { readonly title?: string } = {}) {
      asked.push(`${name}: ${title}`)
      const answer = left.shift()
      if (answer instanceof Error) throw answer
      return answer
    },
  } as unknown as Remote
  return remote
}

const target = { domain: 'main', stack: '2.0.0', digest: sum('2.0.0'), when: '', who: 'jo' }
const old = hostAt(generation(1, '1.0.0', [pkg('shop 1.0')]))

function ready(name: string, remote: Remote, state = old): Ready<Machine> {
  const plan: HostPlan = planHost(state, { ...target, packages: [pkg('shop 2.0')] })
  return { machine: { name }, remote, plan, outcome: { type: 'unbegun' }, job: 'cafe' }
}

async function rolledOut(sites: readonly Ready<Machine>[], over: Partial<Conductor & RollOut<Machine>> = {}) {
  const hosts = sites.map(({ machine }) => machine)
  const said = { log() {}, warn() {}, signal: new AbortController().signal, maxFail: undefined }
  const context = { ...said, hosts, groups: [{ hosts, isCanary: false }], ...over } as unknown as Conductor
  const how = { domain: 'main', stack: '2.0.0', who: 'jo', when: '', undo: 'all', ...NUMBERS } as const
  await rollOut(context, sites, sites, { ...how, ...(over as Partial<RollOut<Machine>>) })
  conclude(sites)
  return sites.flatMap(({ remote }) => (remote as unknown as { said: readonly string[] }).said)
}
const NUMBERS = { checkSeconds: 1, patienceSeconds: 1, keep: 5, ignoreHolds: false }

test('a host that had got there and cannot be taken back is where it got to, and not stuck', async () => {
  const gone = new TaskError('the host is gone')
  for (const answers of [
    [DONE, gone],
    [DONE, READY, BACK],
  ] as const) {
    const lines = await rolledOut([
      ready('web1', hostThatSays('web1', answers)),
      ready('web2', hostThatSays('web2', [BACK])),
    ])
    expect(lines[0]).toMatch(/^web1: still at 2\.0\.0: web2 failed; it could not go back: .* \[failed\]$/)
  }
})

test('a host that is still ahead is remembered where it is', async () => {
  const site: Site = { ...ready('web1', hostThatSays('web1', [])), outcome: AHEAD }
  const store = parseStore({ metaPath: '/srv/meta', who: 'jo@desk' })
  const told: string[] = []
  const remote = { ask: async (_: unknown, { stdin }: { stdin: string }) => told.push(stdin) }
  await remember({ warn() {} }, remote as unknown as Remote, store, [site], '2026-11-20T10:00:00Z')
  const expected = { host: 'web1', stack: '2.0.0', digest: sum('2.0.0'), generation: 2, packages: 1 }
  expect(told).toEqual([recordDeployed(store, [expected], '2026-11-20T10:00:00Z').stdin])
})
const AHEAD: Outcome = { type: 'ahead', why: 'web2 failed', log: [] }

test('what nobody can put back is named when a host is taken back', async () => {
  const first = hostState({ installed: [installed('shop 0.9')] })
  const lines = await rolledOut([
    ready('web1', hostThatSays('web1', [DONE, READY, DONE]), first),
    ready('web2', hostThatSays('web2', [BACK])),
  ])
  expect(lines[0]).toBe('web1: as before again, taken back: web2 failed; shop could not be put back [failed]')
})

test('whoever cancels takes nothing back: what is done stays, what was begun goes on', async () => {
  const asked: string[] = []
  const abort = new AbortController()
  const cancelled = () => {
    abort.abort()
    return new CancelledError('cancelled')
  }
  const web2 = hostThatSays('web2', [])
  const lines = await rolledOut(
    [
      ready('web1', hostThatSays('web1', [DONE], asked)),
      ready('web2', { ...web2, ask: () => Promise.reject(cancelled()) } as Remote),
    ],
    { signal: abort.signal },
  )
  expect(lines).toEqual([
    'web1: at 2.0.0, generation 2 [done]',
    'web2: goes on to its end by itself (gachette -H web2 status) [skipped]',
  ])
  expect(asked).toEqual(['web1: wait for the installation'])
})

test('numbers that a shell cannot reckon with are refused', () => {
  for (const value of [1.5, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => refuseOddNumbers('deploy', { wait: value })).toThrow(UsageError)
  expect(() => refuseOddNumbers('deploy', { keep: 0 }, 1)).toThrow(
    'deploy: keep is 0, and must be a whole number from 1 on',
  )
  refuseOddNumbers('deploy', { wait: 0 })
})
