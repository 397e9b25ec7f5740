import { expect, test } from 'vitest'
import { outcomeText } from '../../src/deploy/conclude.ts'
import type { Site } from '../../src/deploy/conduct.ts'
import { deploymentFailed, deploymentOf, planText } from '../../src/deploy/deployment.ts'
import { planHost } from '../../src/deploy/plan.ts'
import type { HostState } from '../../src/deploy/probe.ts'
import { type HostStatus, type Status, statusOf } from '../../src/deploy/status.ts'
import { refuseOddStatus } from '../../src/deploy/status-refusals.ts'
import { statusText } from '../../src/deploy/status-text.ts'
import type { TaskError } from '../../src/shell/index.ts'
import type { Remote } from '../../src/task/context.ts'
import { generation, hostAt, hostState, installed, pkg, sum } from './host-states.ts'

const STACK = { name: '2.0.0', asked: 'latest', digest: sum('2.0.0') }
const target = { domain: 'main', stack: '2.0.0', digest: STACK.digest, when: '', who: 'jo' }

function site(name: string, state: HostState, outcome: Site['outcome']): Site {
  const plan = planHost(state, { ...target, packages: [pkg('shop 2.0'), pkg('shop-api 1.0')] })
  return { machine: { name }, remote: undefined as unknown as Remote, plan, outcome }
}
const one = hostAt(generation(1, '1.0.0', [pkg('shop 1.0'), pkg('old 1.0')]))

test('a plan shows hosts that are alike once', () => {
  const sites = [
    site('web1', one, { type: 'unbegun' }),
    site('web2', one, { type: 'unbegun' }),
    site('web3', hostState({ installed: [installed('shop 1.0')] }), { type: 'unbegun' }),
    site('web4', one, { type: 'refused', why: 'shop is on hold', log: [] }),
  ]
  expect(
    planText(deploymentOf('main', STACK, sites)).join('\n'),
  ).toBe(`stack 2.0.0  ${sum('2.0.0').slice(0, 12)}
web1, web2: 1.0.0 -> 2.0.0
  ^ shop      1.0 -> 2.0
  + shop-api  1.0
  - old       1.0
web3: no stack yet -> 2.0.0
  ^ shop      1.0 -> 2.0
  + shop-api  1.0
  note: there is no way back to shop 1.0: its .deb is not in apt's cache
web4: refused: shop is on hold`)
})

test('a deployment that failed says of each host where it is, and why', () => {
  const sites = [
    site('web1', one, { type: 'undone', why: 'web2 failed', stays: [] }),
    site('web2', one, { type: 'back', why: 'shop: preinst exited 1', log: ['boom'], stays: [] }),
    site('web3', one, { type: 'unbegun' }),
    site('web4', one, { type: 'stuck', why: 'shop is half', log: [] }),
  ]
  const error = deploymentFailed(deploymentOf('main', STACK, sites), sites)
  expect(error.message).toBe('2.0.0: 4 of 4 hosts did not get there: web1, web2, web3, web4')
  expect(sites.map((each) => outcomeText(each, ''))).toEqual([
    'at 1.0.0 again, taken back: web2 failed',
    'at 1.0.0 again: shop: preinst exited 1',
    'at 1.0.0, not begun',
    'STUCK between two stacks: shop is half',
  ])
  expect(error.output).toEqual(['web2: boom'])
  expect(error.deployment.ok).toBe(false)
  expect(JSON.parse(JSON.stringify(error.deployment))).toEqual(error.deployment)
})

test('status shows a host as deployed in one line, and every difference below it', () => {
  const now = generation(
    3,
    '1.4.0',
    ['shop 1.0', 'core 1.0', 'api 1.0', 'web 1.0'].map((each) => pkg(each)),
  )
  const drifted: HostState = {
    ...hostAt(now),
    installed: [installed('shop 1.1'), installed('api 1.0', 'iF '), installed('web 1.0', 'hi ')],
    files: [
      '??5?????? c /etc/web/web.conf',
      '??5??????   /usr/share/web/index.html',
      'missing     /usr/bin/web (Permission denied)',
    ],
    units: [{ name: 'api.service', state: 'failed' }],
    unfinished: { id: 'cafe', by: { stack: '1.5.0', who: 'ann@desk', since: '', id: 'cafe' } },
  }
  const hosts = [
    statusOf('web1', hostAt(now)),
    statusOf('web02', drifted),
    statusOf('db1', hostState()),
    { ...statusOf('db2', hostState()), error: 'it cannot be reached' },
  ]
  expect(
    statusText({ v: 1, domain: 'main', ok: false, hosts }),
  ).toBe(`web1   1.4.0  generation 3  4 packages  as deployed               since 2026-11-20T10:00:00Z by jo@desk
web02  1.4.0  generation 3  4 packages  6 differences, 1 on hold  since 2026-11-20T10:00:00Z by jo@desk
  the deployment of 1.5.0 by ann@desk was interrupted; the next one, or a rollback, brings it to an end
  shop is 1.1, not 1.0
  core 1.0 is not installed
  api is half installed
  web is on hold
  /etc/web/web.conf has local edits
  /usr/share/web/index.html is not as its package has it
  api.service is enabled, and failed
db1    -      nothing was deployed here
db2    ?      it cannot be reached`)
})

test('a plan shows the groups it goes over; a deployment that goes on shows only those that have something to do', () => {
  const sites = [
    site('web1', one, { type: 'unbegun' }),
    site('web2', one, { type: 'same' }),
    site('web3', one, { type: 'unreachable', why: 'nothing listens' }),
  ]
  const groups = [
    { hosts: [{ name: 'web1' }], isCanary: true },
    { hosts: [{ name: 'web2' }, { name: 'web3' }], isCanary: false },
  ]
  const plan = (all: boolean) =>
    planText(deploymentOf('main', STACK, sites), { all, groups }).filter((line) => !line.startsWith('web1'))
  expect(plan(true).slice(1)).toEqual([
    expect.stringMatching(/^web2: at 2.0.0 already/),
    'web3: unreachable: nothing listens',
    'in turn: web1 (canary); web2, web3',
  ])
  expect(plan(false)).toHaveLength(1)
})

test('of hosts that cannot be reached it is said how to leave them out, and nothing else is the matter', () => {
  const gone: Site['outcome'] = { type: 'unreachable', why: 'nothing listens' }
  const sites = [site('web1', one, { type: 'unbegun' }), site('gone1', one, gone)]
  const error = deploymentFailed(deploymentOf('main', STACK, sites), sites)
  expect(error.code).toBe('hosts-unreachable')
  expect(error.hint).toBe('leave out what cannot be reached:  -x gone1  or  --skip-bad-hosts')
  const others = [...sites, site('web2', one, { type: 'refused', why: 'full', log: [], hint: 'make room' })]
  const worse = deploymentFailed(deploymentOf('main', STACK, others), others)
  expect(worse.code).toBe('deployment-failed')
  expect(worse.hint).toMatch(/\nweb2: make room$/)
})

test('of few hosts it is shown what they remember', () => {
  const state = hostAt(generation(1, '1.0.0', [pkg('shop 1.0')]), generation(2, '2.0.0', [pkg('shop 2.0')]))
  const text = (count: number) =>
    statusText({ v: 1, domain: 'main', ok: true, hosts: Array(count).fill(statusOf('web1', state)) })
  expect(text(1).split('\n')[1]).toBe('  remembers 1 1.0.0 (2026-11-20 10:00), 2 2.0.0 (2026-11-20 10:00)')
  expect(text(4)).not.toContain('remembers')
})

test('a host that could not be asked fails a status, a difference only a strict one; what was found is shown all the same', () => {
  const well = statusOf('web1', hostAt(generation(1, '1.0.0', [pkg('shop 1.0')])))
  const drifted = {
    ...well,
    host: 'web2',
    drift: [{ type: 'missing', name: 'shop', version: '1.0' }] as const,
  }
  const gone = { ...statusOf('gone1', hostState()), error: 'nothing listens' }
  const told = (hosts: readonly HostStatus[], strict = false, skipBadHosts = false) => {
    try {
      return refuseOddStatus({ v: 1, domain: 'main', ok: false, hosts }, { strict, skipBadHosts })
    } catch (error) {
      const { code, message, found, answered } = error as TaskError
      return { code, message, hosts: (found as Status).hosts.length, answered }
    }
  }
  expect(told([well, gone])).toEqual({
    code: 'hosts-unreachable',
    message: '1 of 2 hosts could not be asked: gone1',
    hosts: 2,
    answered: true,
  })
  expect(told([well, gone], true, true)).toBeUndefined()
  expect(told([well, drifted])).toBeUndefined()
  expect(told([well, drifted], true)).toMatchObject({ code: 'task', answered: true })
})
