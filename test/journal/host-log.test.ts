import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HostLog } from '../../src/journal/host-log.ts'
import { logOf } from '../../src/journal/index.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const logIn = (limit: number, isNew = true) => new HostLog(join(folder, 'web1.log'), limit, isNew)
const text = () => [...logOf(folder, 'web1')].join('')
const sizeOnDisk = () =>
  readdirSync(folder).reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0)

test('there is no file before a host has said something', () => {
  logIn(1000)
  expect(readdirSync(folder)).toEqual([])
  expect(text()).toBe('')
})

test('of more than the limit, head and tail stay, and how much is left out is said', () => {
  const log = logIn(40)
  for (let at = 0; at < 20; at++) log.append(`line ${String(at).padStart(2, '0')}\n`)
  expect(log.position).toBe(160)
  expect(readdirSync(folder).sort()).toEqual(['web1.log', 'web1.log.140', 'web1.log.150'])
  expect(text()).toBe(
    'line 00\nline 01\nline\n[120 bytes are left out here: log_limit]\n 17\nline 18\nline 19\n',
  )
})

test('a chunk that is larger than everything that is kept', () => {
  const log = logIn(8)
  log.append('0123456789'.repeat(10))
  expect(text()).toBe('0123\n[92 bytes are left out here: log_limit]\n6789')
  expect(sizeOnDisk()).toBe(8)
})

test('is gone on with by another program', () => {
  const first = logIn(1000)
  first.append('one\ntwo')
  first.close()
  const second = logIn(1000, false)
  second.cut(4)
  second.append('TWO\n')
  expect(text()).toBe('one\nTWO\n')
  second.cut(0)
  expect(readdirSync(folder)).toEqual([])
  second.append('anew')
  expect(text()).toBe('anew')
})

test('where it is cut in what was left out, another program goes on from there', () => {
  const log = logIn(8)
  log.append('0123456789')
  log.cut(5)
  log.close()
  const second = logIn(8, false)
  expect(second.position).toBe(5)
  second.append('anew')
  expect(text()).toBe('0123\n[1 bytes are left out here: log_limit]\nanew')
})

test('whatever is appended and cut: what is kept is the beginning and the end, within the limit', () => {
  const step = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map((more) => ({ more })),
    fc.nat(200).map((cut) => ({ cut })),
    fc.constant('reopen' as const),
  )
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 200 }), fc.array(step, { maxLength: 40 }), (limit, steps) => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name))
      let log = logIn(limit)
      let all = Buffer.alloc(0)
      let isWhole = true
      for (const each of steps) {
        if (each === 'reopen') {
          log.close()
          log = logIn(limit, false)
        } else if ('more' in each) {
          log.append(each.more)
          all = Buffer.concat([all, Buffer.from(each.more)])
          isWhole &&= all.length <= limit / 2
        } else if (each.cut <= all.length) {
          log.cut(each.cut)
          all = all.subarray(0, each.cut)
        }
        expect(log.position).toBe(all.length)
      }
      log.close()
      expect(sizeOnDisk()).toBeLessThanOrEqual(limit)
      if (isWhole) expect(text()).toBe(all.toString())
      const head = all.subarray(0, Math.floor(limit / 2)).toString()
      expect(text().slice(0, head.length)).toBe(head)
      const tail = steps.some((each) => typeof each === 'object' && 'cut' in each) ? 0 : Math.floor(limit / 4)
      expect(text().endsWith(tail === 0 ? '' : all.toString().slice(-tail))).toBe(true)
    }),
    { numRuns: 25 },
  )
})
