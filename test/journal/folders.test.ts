import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { logName } from '../../src/journal/index.ts'
import { claim, fateOf, ownerOf } from '../../src/journal/owner.ts'
import { isRunId, makePrivateFolder } from '../../src/journal/place.ts'
import { prune } from '../../src/journal/prune.ts'
import { runId } from '../../src/run/index.ts'
import { giveTo } from '../support/recorded-runs.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gachette-state-'))
})
afterEach(() => rmSync(home, { recursive: true }))
const base = () => join(home, '.local/state/gachette/runs')

describe('the file of a host', () => {
  test.each([
    ['web1', 'web1.log'],
    ['root@[2001:db8::1]:22', 'root@%5b2001:db8::1%5d:22.log'],
    ['../../etc/passwd', '%2e./..%2fetc%2fpasswd.log'.replace('./..', '.%2f..')],
    ['.hidden', '%2ehidden.log'],
    ['bücher', 'b%c3%bccher.log'],
    ['', '.log'],
  ])('of %s is %s', (label, name) => {
    expect(logName(label)).toBe(name)
  })

  test('is one file in the folder, of its own, whatever the label is', () => {
    const char = fc
      .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
      .map((code) => String.fromCodePoint(code))
    const label = fc.string({ unit: char, maxLength: 200 })
    fc.assert(
      fc.property(label, label, (one, other) => {
        expect(logName(one)).toMatch(/^[\w@:+%~-][\w.@:+%~-]*\.log$|^\.log$/)
        expect(Buffer.byteLength(logName(one))).toBeLessThan(200)
        if (one !== other) expect(logName(one)).not.toBe(logName(other))
      }),
    )
  })

  test('a run is named as the program names it, and not otherwise', () => {
    expect(isRunId(runId())).toBe(true)
    for (const name of ['..', '', `${runId()}/`, `x${runId()}`, runId().toUpperCase().replace(/\d/g, 'A')])
      expect(isRunId(name)).toBe(false)
  })
})

describe('the owner of a run', () => {
  test('is the first who claims an attempt, and nobody else', () => {
    expect(claim(home, 1)).toBe(true)
    expect(claim(home, 1)).toBe(false)
    expect(ownerOf(home)).toMatchObject({
      attempt: 1,
      pid: process.pid,
      machine: hostname(),
      isBroken: false,
    })
    expect(claim(home, 2)).toBe(true)
    expect(readdirSync(home).sort()).toEqual(['owner.1', 'owner.2'])
  })

  test('is dead where its pid is another process now, or its machine was booted again', () => {
    claim(home, 1)
    const me = ownerOf(home)
    if (me === undefined) throw new Error('nobody owns it')
    expect(fateOf(me)).toBe('alive')
    expect(fateOf({ ...me, start: '1' })).toBe('dead')
    expect(fateOf({ ...me, boot: 'another' })).toBe('dead')
    expect(fateOf({ ...me, machine: 'another' })).toBe('elsewhere')
    expect(fateOf({ ...me, pid: 999_999_999 })).toBe('dead')
  })

  test.each(['', '{}', '{"pid":1}', '{"pid":-1,"start":"","boot":"","machine":""}', 'x'])(
    'is nobody where %j is written of it: nothing is ever signalled for that',
    (text) => {
      writeFileSync(join(home, 'owner.1'), text)
      expect(ownerOf(home)).toBeUndefined()
    },
  )
})

describe('old runs', () => {
  const DAY_MS = 86_400_000
  const made = (daysAgo: number, owner?: Parameters<typeof giveTo>[1]) => {
    const run = runId(new Date(Date.now() - daysAgo * DAY_MS))
    mkdirSync(join(base(), run), { recursive: true })
    if (owner !== undefined) giveTo(join(base(), run), owner)
    return run
  }
  const withJob = (run: string) =>
    writeFileSync(
      join(base(), run, 'events.jsonl'),
      `${JSON.stringify({ v: 1, time: 't', type: 'job-started', host: 'a', step: 0, command: 0, job: 'x' })}\n`,
    )
  const left = () => readdirSync(base()).sort()

  test('go when they are more than are kept, or older than 90 days', async () => {
    const [, , two, one] = [91, 3, 2, 1].map((days) => made(days))
    mkdirSync(join(base(), 'somebody-elses'))
    await prune({ env: {}, home }, 2)
    expect(left()).toEqual([two, one, 'somebody-elses'].sort())
    await prune({ env: {}, home }, 200, Date.now() + 100 * DAY_MS)
    expect(left()).toEqual(['somebody-elses'])
  })

  test('stay while they go on; and while a job of theirs may run, unless they are old', async () => {
    claim(home, 1)
    const me = ownerOf(home)
    const alive = made(200, { pid: process.pid, start: me?.start ?? '' })
    const [oldJob, job, plain] = [made(100), made(10), made(9)]
    withJob(oldJob)
    withJob(job)
    await prune({ env: {}, home }, 0)
    expect(left()).toEqual([alive, job].sort())
    expect(left()).not.toContain(plain)
  })

  test('there may be none', async () => {
    await expect(prune({ env: {}, home }, 0)).resolves.toBeUndefined()
  })
})

describe('a private folder', () => {
  test('is made with what is missing above it', () => {
    makePrivateFolder(base())
    expect(existsSync(base())).toBe(true)
  })

  test('is refused where it cannot be made', () => {
    expect(() => makePrivateFolder('/proc/x/y')).toThrow('ENOENT')
    writeFileSync(join(home, 'file'), '')
    expect(() => makePrivateFolder(join(home, 'file'))).toThrow('is no folder')
  })
})
