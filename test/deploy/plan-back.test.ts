import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HostGeneration } from '../../src/deploy/generation.ts'
import { planBack } from '../../src/deploy/plan-back.ts'
import { generation, hostAt, hostState, pkg, sum } from './host-states.ts'

const wanted = (plan: ReturnType<typeof planBack>) =>
  plan.want.map(({ name, version }) => `${name} ${version}`)
const news = (text: string) => ({ ...pkg(text), before: null })

test('without a number it goes back to the generation the current one was made from; newcomers go', () => {
  const state = hostAt(
    generation(1, '1.0.0', [news('shop 1.0')]),
    generation(2, '2.0.0', [pkg('shop 2.0'), news('new 1.0')]),
  )
  const plan = planBack(state, { domain: 'main' })
  expect(plan.number).toBe(1)
  expect(wanted(plan)).toEqual(['shop 1.0', 'new -'])
  expect(plan.generation).toBeUndefined()
  expect(plan.refusals).toEqual([])
})

test('a package that a later stack dropped comes again', () => {
  const state = hostAt(
    generation(1, '1.0.0', [news('shop 1.0'), news('old 1.0')]),
    generation(2, '2.0.0', [pkg('shop 2.0')]),
  )
  expect(wanted(planBack(state, { domain: 'main' }))).toEqual(['shop 1.0', 'old 1.0'])
})

test('to 0: what was there before the first deployment is there again, all else goes', () => {
  const before = { version: '0.9', architecture: 'all', sha256: sum('shop 0.9') }
  const first = generation(1, '1.0.0', [{ ...pkg('shop 1.0'), before }, news('core 1.0')])
  const state = hostAt(first, generation(2, '2.0.0', [{ ...pkg('shop 2.0'), before }]))
  const plan = planBack(
    { ...state, pool: new Set([...state.pool, before.sha256]) },
    { domain: 'main', to: 0 },
  )
  expect(wanted(plan)).toEqual(['shop 0.9'])
  expect(plan.number).toBe(0)
})

test('a package that was there before, and whose .deb nobody has, stays, and that is said', () => {
  const before = { version: '0.9', architecture: 'all', sha256: '-' }
  const state = hostAt(generation(1, '1.0.0', [{ ...pkg('shop 1.0'), before }]))
  const plan = planBack(state, { domain: 'main' })
  expect(plan.warnings).toEqual(['shop stays: nobody has the .deb of 0.9'])
  expect(plan.refusals).toEqual([])
})

test('a .deb that is gone from the host is a reason to refuse', () => {
  const state = hostAt(generation(1, '1.0.0', [news('shop 1.0')]), generation(2, '2.0.0', [pkg('shop 2.0')]))
  expect(planBack({ ...state, pool: new Set() }, { domain: 'main' }).refusals).toEqual([
    'the .deb of shop 1.0 is no longer there; deploy that stack instead',
  ])
})

test('a host without a generation, or without that one, says what it remembers', () => {
  expect(planBack(hostState(), { domain: 'main' }).refusals).toEqual([
    'nothing of domain main is deployed there',
  ])
  const state = hostAt(generation(3, '1.0.0', []), generation(4, '2.0.0', []))
  expect(planBack(state, { domain: 'main', to: 2 }).refusals).toEqual([
    'it remembers no generation 2, only 3, 4',
  ])
})

test('a host that went back to nothing can go to any generation it remembers', () => {
  const one = generation(1, '1.0.0', [news('shop 1.0')])
  const state = { ...hostAt(one), current: 0, installed: [] }
  expect(wanted(planBack(state, { domain: 'main', to: 1 }))).toEqual(['shop 1.0'])
})

test('whatever the history, going back wants exactly the packages of the target, and none of the others twice', () => {
  const names = ['a', 'b', 'c', 'd']
  const someGeneration = fc.dictionary(fc.constantFrom(...names), fc.constantFrom('1', '2', '3'))
  fc.assert(
    fc.property(fc.array(someGeneration, { minLength: 1, maxLength: 6 }), fc.nat(), (lists, pick) => {
      const generations: HostGeneration[] = lists.map((list, at) => {
        const older = lists[at - 1] ?? {}
        return generation(
          at + 1,
          `s${at}`,
          Object.entries(list).map(([name, version]) =>
            Object.hasOwn(older, name) ? pkg(`${name} ${version}`) : news(`${name} ${version}`),
          ),
        )
      })
      const to = pick % (generations.length + 1)
      const plan = planBack(hostAt(...generations), { domain: 'main', to })
      const stays = plan.want.filter(({ version }) => version !== '-')
      const goes = plan.want.filter(({ version }) => version === '-').map(({ name }) => name)
      const aim = generations.find(({ number }) => number === to)?.packages ?? []
      expect(stays.map(({ name, version }) => `${name} ${version}`)).toEqual(
        aim.map(({ name, version }) => `${name} ${version}`),
      )
      const had = Object.keys(lists.at(-1) ?? {}).filter((name) => !aim.some((each) => each.name === name))
      expect(goes.toSorted()).toEqual(had.toSorted())
    }),
  )
})

test('without a number it goes back to another stack: a repair is a generation of the same one', () => {
  const one = generation(1, '1.0.0', [news('shop 1.0')])
  const two = generation(2, '2.0.0', [pkg('shop 2.0')])
  const repaired = generation(3, '2.0.0', [pkg('shop 2.0')])
  expect(planBack(hostAt(one, two, repaired), { domain: 'main' }).number).toBe(1)
  // Of what it came from nothing is remembered any more.
  expect(planBack(hostAt(one, { ...repaired, number: 5, parent: 4 }), { domain: 'main' }).number).toBe(1)
  // What was tried later, and left again, is no stack before.
  const later = { ...generation(4, '3.0.0', [pkg('shop 3.0')]), parent: 3 }
  const state = { ...hostAt(one, two, repaired, later), current: 3 }
  expect(planBack(state, { domain: 'main' }).number).toBe(1)
  expect(planBack(hostAt({ ...two, parent: 0 }, { ...repaired, parent: 2 }), { domain: 'main' }).number).toBe(
    0,
  )
})
