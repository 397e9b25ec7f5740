import { expect, test } from 'vitest'
import { isThere, planHost, type Target } from '../../src/deploy/plan.ts'
import { changeLines } from '../../src/deploy/text.ts'
import { generation, hostAt, hostState, installed, pkg, sum } from './host-states.ts'

const target = (packages: readonly string[], over: Partial<Target> = {}): Target => ({
  domain: 'main',
  stack: '2.0.0',
  digest: sum('2.0.0'),
  when: '2026-11-20T12:00:00Z',
  who: 'jo@desk',
  packages: packages.map((each) => pkg(each)),
  ...over,
})
const kinds = (plan: ReturnType<typeof planHost>) =>
  plan.changes.map(({ type, name, was, version }) => [type, name, was, version].filter(Boolean).join(' '))

test('a host that has nothing installs everything, and its way back is to have nothing', () => {
  const plan = planHost(hostState(), target(['shop 2.0', 'core 1.0']))
  expect(kinds(plan)).toEqual(['install shop 2.0', 'install core 1.0'])
  expect(plan.back.map(({ name, version }) => `${name} ${version}`)).toEqual(['shop -', 'core -'])
  expect(plan.missing.map(({ name }) => name)).toEqual(['shop', 'core'])
  expect(plan.generation).toMatchObject({
    number: 1,
    parent: 0,
    packages: [{ before: null }, { before: null }],
  })
})

test('members go up, down, stay, come and go, by what dpkg has and not by what was deployed last', () => {
  const before = generation(
    3,
    '1.0.0',
    ['shop 1.0', 'core 2.0', 'same 1.0', 'old 1.0'].map((each) => pkg(each)),
  )
  const plan = planHost(hostAt(before), target(['shop 1.1', 'core 1.9', 'same 1.0', 'new 1.0']))
  expect(kinds(plan)).toEqual([
    'upgrade shop 1.0 1.1',
    'downgrade core 2.0 1.9',
    'same same 1.0 1.0',
    'install new 1.0',
    'remove old 1.0',
  ])
  expect(plan.number).toBe(4)
  expect(plan.generation?.packages.map(({ name }) => name)).toEqual(['shop', 'core', 'same', 'new'])
  expect(plan.warnings).toEqual([])
})

test("versions are compared in Debian's order: 1.10 is newer than 1.9, and 1.0~rc1 older than 1.0", () => {
  const state = hostState({ installed: [installed('a 1.9'), installed('b 1.0')] })
  expect(kinds(planHost(state, target(['a 1.10', 'b 1.0~rc1'])))).toEqual([
    'upgrade a 1.9 1.10',
    'downgrade b 1.0 1.0~rc1',
  ])
})

test('a host with all of it is there; with another stack of the same packages, or less of it, it is not', () => {
  const now = generation(1, '2.0.0', [pkg('shop 2.0')])
  expect(isThere(planHost(hostAt(now), target(['shop 2.0'])))).toBe(true)
  const renamed = target(['shop 2.0'], { stack: '2.0.1' })
  expect(isThere(planHost(hostAt(now), renamed))).toBe(false)
  const removed = { ...hostAt(now), installed: [] }
  expect(isThere(planHost(removed, target(['shop 2.0'])))).toBe(false)
  const half = { ...hostAt(now), installed: [installed('shop 2.0', 'iF ')], broken: ['shop'] }
  expect(isThere(planHost(half, target(['shop 2.0'])))).toBe(false)
})

test('a package that was removed and left its configuration counts as not installed', () => {
  const state = hostState({ installed: [installed('shop 1.0', 'rc ')] })
  expect(kinds(planHost(state, target(['shop 2.0'])))).toEqual(['install shop 2.0'])
})

test('two architectures of a package are two packages: it is installed beside the other one', () => {
  const state = hostState({ foreign: ['i386'], installed: [installed('shop 2.0', 'ii ', 'i386')] })
  const plan = planHost(state, target([], { packages: [pkg('shop 2.0', 'amd64')] }))
  expect(kinds(plan)).toEqual(['install shop 2.0'])
})

test('a package that is on hold is refused by name, unless it does not change or holds are ignored', () => {
  const state = hostState({ installed: [installed('shop 1.0', 'hi '), installed('core 1.0', 'hi ')] })
  const wanted = ['shop 2.0', 'core 1.0']
  expect(planHost(state, target(wanted)).refusals).toEqual([
    'shop is on hold: release it (apt-mark unhold shop), or --ignore-holds',
  ])
  expect(planHost(state, target(wanted, { ignoreHolds: true })).refusals).toEqual([])
})

test('a package for another architecture is refused', () => {
  const packages = [pkg('shop 2.0', 'arm64'), pkg('lib 2.0', 'i386')]
  const plan = planHost(hostState({ foreign: ['i386'] }), target([], { packages }))
  expect(plan.refusals).toEqual(['shop is for arm64, and the host is amd64'])
})

test('an older pointer of a channel than the host has seen is refused', () => {
  const state = hostState({ channels: new Map([['production', 7]]) })
  const named = (number: number) => target([], { channel: { name: 'production', number } })
  expect(planHost(state, named(6)).refusals).toEqual([
    'channel production is at number 6, and this host has seen 7: the pointer is an old one',
  ])
  expect(planHost(state, named(7)).refusals).toEqual([])
})

test("what was there before the first deployment is kept from apt's cache, or it is said that there is no way back", () => {
  const state = hostState({
    installed: [installed('shop 1.0'), installed('core 1.0')],
    cached: new Map([
      ['shop', { sha256: sum('shop 1.0'), path: '/var/cache/apt/archives/shop_1.0_all.deb' }],
    ]),
  })
  const plan = planHost(state, target(['shop 2.0', 'core 2.0']))
  expect([...plan.keep]).toEqual([[sum('shop 1.0'), '/var/cache/apt/archives/shop_1.0_all.deb']])
  expect(plan.warnings).toEqual(["there is no way back to core 1.0: its .deb is not in apt's cache"])
  expect(plan.generation?.packages.map(({ before }) => before)).toEqual([
    { version: '1.0', architecture: 'all', sha256: sum('shop 1.0') },
    { version: '1.0', architecture: 'all', sha256: '-' },
  ])
})

test('what was there before a package became a member is still known generations later', () => {
  const before = { version: '0.9', architecture: 'all', sha256: sum('shop 0.9') }
  const now = generation(1, '1.0.0', [{ ...pkg('shop 1.0'), before }])
  expect(planHost(hostAt(now), target(['shop 2.0'])).generation?.packages).toEqual([
    { ...pkg('shop 2.0'), before },
  ])
})

test('a host that drifted goes back to what its generation says, not to the drift', () => {
  const now = generation(1, '1.0.0', [pkg('shop 1.0'), pkg('core 1.0')])
  const drifted = { ...hostAt(now), installed: [installed('shop 1.5')] }
  const plan = planHost(drifted, target(['shop 2.0', 'core 2.0']))
  expect(kinds(plan)).toEqual(['upgrade shop 1.5 2.0', 'install core 2.0'])
  expect(plan.back).toEqual([pkg('shop 1.0'), pkg('core 1.0')])
})

test('who holds the lock of apt, and a dpkg that was interrupted, are said beforehand', () => {
  const state = hostState({ aptHeldBy: 'unattended-upgr (pid 812)', broken: ['libc6', 'bash'] })
  expect(planHost(state, target([])).warnings).toEqual([
    'apt is busy: unattended-upgr (pid 812) holds its lock',
    'dpkg was interrupted there; it is brought to an end first: libc6, bash',
  ])
})

test('a package whose files were changed is installed again where that is asked, and its .deb is sent', () => {
  const state = hostAt(generation(1, '1.0.0', [pkg('shop 1.0'), pkg('core 1.0')]))
  const plan = planHost(
    { ...state, altered: new Set(['shop']), pool: new Set() },
    target(['shop 1.0', 'core 1.0']),
  )
  expect(plan.again).toEqual([pkg('shop 1.0')])
  expect(plan.missing).toEqual([pkg('shop 1.0')])
  expect(changeLines(plan.changes)[0]).toBe('  + shop  1.0 again')
  expect(planHost(state, target(['shop 1.0', 'core 1.0'])).again).toBeUndefined()
})
