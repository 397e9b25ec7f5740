import { expect, test } from 'vitest'
import { Jobs } from '../../../src/run/durable/jobs.ts'
import { pauseBefore } from '../../../src/run/durable/reconnect.ts'
import { UsageError } from '../../../src/shell/index.ts'

const web = { host: 'web1', step: 2 }

test('jobs without a name are named by run, step and count, the same when the step is run again', () => {
  const name = (jobs: Jobs) => jobs.nameFor(web, true)
  const first = new Jobs('r1', 0)
  const names = [name(first), name(first)]
  expect(names[0]).toMatch(/^r1-2-0-[0-9a-f]{8}$/)
  expect(names[1]).toMatch(/^r1-2-1-[0-9a-f]{8}$/)
  const again = new Jobs('r1', 0)
  expect([name(again), name(again)]).toEqual(names)
})

test('two hosts may be one machine: their jobs are two', () => {
  const jobs = new Jobs('r1', 0)
  const names = [web, { host: 'web2', step: 2 }, { ...web, on: 'db1' }].map((place) =>
    jobs.nameFor(place, true),
  )
  expect(new Set(names).size).toBe(3)
})

test('a name that was given is taken as it is, or refused', () => {
  expect(new Jobs('r1', 0).nameFor(web, 'import')).toBe('import')
  expect(() => new Jobs('r1', 0).nameFor(web, '../import')).toThrow(UsageError)
})

test('pauses grow to 15 s, and half of each is chance', () => {
  const most = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempt) => pauseBefore(attempt, 1))
  expect(most).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000])
  expect([1, 7].map((attempt) => pauseBefore(attempt, 0))).toEqual([125, 7500])
})
