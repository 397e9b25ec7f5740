import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  changesBetween,
  type Garbage,
  garbageText,
  type Pin,
  parseStackName,
  parseStore,
  searchText,
  stackLog,
} from '../../src/stack/index.ts'

const pins = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    version: fc.constantFrom('1.0', '1.0~rc1', '1:0.1', '1.00', '2'),
    sha256: fc.constantFrom('aa', 'bb'),
  }),
  { selector: ({ name }) => name },
)

test('what changes from one list to another, applied to the one, gives the other', () => {
  fc.assert(
    fc.property(pins, pins, (before, after) => {
      const result = new Map<string, Pin>(before.map((pin) => [pin.name, pin]))
      for (const change of changesBetween(before, after)) {
        if (change.type === 'removed') result.delete(change.name)
        else result.set(change.name, change.now)
      }
      const byName = (list: readonly Pin[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1))
      expect(byName([...result.values()])).toEqual(byName(after))
    }),
  )
})

test('up and down are by the order of dpkg, and other bytes of a version are said', () => {
  const pin = (version: string, sha256 = 'aa') => ({ name: 'p', version, sha256 })
  const type = (was: Pin, now: Pin) => changesBetween([was], [now]).map((change) => change.type)
  expect(type(pin('1.0~rc1'), pin('1.0'))).toEqual(['up'])
  expect(type(pin('1:0.1'), pin('2'))).toEqual(['down'])
  expect(type(pin('1.0'), pin('1.0', 'bb'))).toEqual(['rebuilt'])
  expect(type(pin('1.0'), pin('1.0'))).toEqual([])
})

test('garbage in text: what is gone, pins as a number, and how much it is', () => {
  const gone: Garbage['gone'] = [
    { kind: 'generation', path: '.gachette/gen/main/20260101T000000Z-0123456789', bytes: 1536 },
    { kind: 'package', path: 'packages/app/version/1:2.0', bytes: 400 },
    { kind: 'deb', path: 'debs/app_2.0_all.deb', bytes: 3 * 1024 ** 2 },
    { kind: 'leftover', path: 'debs/.0123456789', bytes: 0 },
    { kind: 'pin', path: '.gachette/pins/g/a', bytes: 4 },
    { kind: 'pin', path: '.gachette/pins/g/b', bytes: 4 },
  ]
  expect(garbageText({ rehearsed: true, bytes: 3 * 1024 ** 2 + 1944, gone }).split('\n')).toEqual([
    'generation    main/20260101T000000Z-0123456789  1.5 KiB',
    'package       app 1:2.0                         400 B',
    'package file  app_2.0_all.deb                   3.0 MiB',
    'leftover      debs/.0123456789                  0 B',
    'pins          2 files                           8 B',
    '',
    'would go: 3.0 MiB',
  ])
  expect(garbageText({ rehearsed: false, bytes: 0, gone: [] })).toBe('nothing to remove')
  expect(garbageText({ rehearsed: true, unasked: true, bytes: 0, gone: [] })).toContain(
    'a dry run asks no host',
  )
})

test('a search in text: packages and hosts are cut, the stack is not', () => {
  const packages = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, version: '1' }))
  expect(searchText({ domain: 'main', stacks: [{ name: '1.0.0', packages, hosts: ['web1'] }] })).toBe(
    '1.0.0  a 1, b 1, c 1 and 2 more packages  on web1',
  )
  expect(searchText({ domain: 'main', isExact: true, stacks: [] })).toBe(
    'no mirror has this commit: only packages built of exactly it are found\nno stack has it',
  )
})

test('a log of whatever bytes is read without a fault', () => {
  const { parse } = stackLog(parseStore({ metaPath: '/m' }), parseStackName('1'))
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constant('{"when":"t","verb":"add","stack":"1","generation":"g","changes":[{"name":1},null]}'),
  )
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const clean = lines.map((each) => each.replaceAll('\n', ' '))
      const log = parse(['stack\t1', ...clean.map((each) => `log\t${each}`)].join('\n'))
      expect(log.edits.length + log.damaged).toBe(clean.length)
    }),
  )
})
