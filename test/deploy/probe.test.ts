import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listText, manifestText, parseHostGeneration } from '../../src/deploy/generation.ts'
import { parseState } from '../../src/deploy/probe.ts'
import { GachetteError, TaskError } from '../../src/shell/index.ts'
import { generation, pkg, sum } from './host-states.ts'

const MANIFEST = manifestText(generation(2, '1.0.0', [pkg('shop 1.0'), { ...pkg('core 2.0'), before: null }]))
const ANSWER = `machine\t0\tamd64\ti386 \tdebian 12\tsystemd
current\t2
generation\t2
${MANIFEST}package\tshop\t1.0\tall\tii \tours
package\tcore\t1.9\tall\thi \tother
broken\tlibc6\tiF
cached\tcore\t${sum('core 1.9')}\t/var/cache/apt/archives/core_1.9_all.deb
audit\tThe following packages are only half configured
interrupted
disk\t/usr\t1000
disk\t/var\t2000
aptlock\t812\tunattended-upgr
unfinished\tcafe01\t2.0.0\tjo@desk\t2026-11-20T10:00:00Z\tcafe01
channel\tproduction\t7
pool\t${sum('shop 1.0')}
`

test('everything a host says is read', () => {
  const state = parseState(ANSWER)
  expect(state).toMatchObject({
    uid: 0,
    architecture: 'amd64',
    foreign: ['i386'],
    system: 'debian 12',
    isBooted: true,
    current: 2,
    installed: [
      { name: 'shop', version: '1.0', architecture: 'all', status: 'ii ' },
      { name: 'core', version: '1.9', architecture: 'all', status: 'hi ' },
    ],
    broken: ['libc6'],
    isInterrupted: true,
    aptHeldBy: 'unattended-upgr (pid 812)',
    unfinished: { id: 'cafe01', by: { stack: '2.0.0', who: 'jo@desk' } },
  })
  expect(state.generations.get(2)).toEqual(
    generation(2, '1.0.0', [pkg('shop 1.0'), { ...pkg('core 2.0'), before: null }]),
  )
  expect(state.channels.get('production')).toBe(7)
  expect(state.heldBy).toBeUndefined()
})

test('an answer that is cut is refused, wherever it is cut in a manifest', () => {
  const from = ANSWER.indexOf('{"v":1')
  const to = ANSWER.indexOf('\n]}') + 2
  for (let at = from; at < to; at += 7)
    expect(() => parseState(ANSWER.slice(0, at)), String(at)).toThrow(TaskError)
})

test('whatever a host prints, it is read or refused', () => {
  const lines = fc.oneof(fc.string(), fc.constantFrom(...ANSWER.split('\n')))
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 12 }), (some) => {
      try {
        parseState(some.join('\n'))
      } catch (error) {
        expect(error).toBeInstanceOf(GachetteError)
      }
    }),
  )
})

test('a generation is written as a line for its head and one for each package, and read again as it was', () => {
  const before = { version: '0.9', architecture: 'all', sha256: '-' }
  const one = generation(7, '1.4.0', [{ ...pkg('shop 1.0'), before }, pkg('core 2.0')], 5)
  expect(manifestText(one).split('\n')).toEqual([
    `{"v":1,"generation":7,"parent":5,"domain":"main","stack":"1.4.0","digest":"${sum('1.4.0')}","count":2,"when":"2026-11-20T10:00:00Z","who":"jo@desk","packages":[`,
    `{"name":"shop","version":"1.0","architecture":"all","sha256":"${sum('shop 1.0')}","before":{"version":"0.9","architecture":"all","sha256":"-"}},`,
    `{"name":"core","version":"2.0","architecture":"all","sha256":"${sum('core 2.0')}"}`,
    ']}',
    '',
  ])
  expect(parseHostGeneration(manifestText(one))).toEqual(one)
  expect(parseHostGeneration(manifestText(generation(1, '0', [])))).toEqual(generation(1, '0', []))
  expect(listText(one.packages)).toBe(
    `shop\t1.0\tall\t${sum('shop 1.0')}\ncore\t2.0\tall\t${sum('core 2.0')}\n`,
  )
})

test('a manifest with a word that is none is refused: it would come to a shell', () => {
  const text = manifestText(generation(1, '1.0.0', [pkg('shop 1.0')]))
  for (const bad of ['a b', '../x', '', 'x\\ny', 'a\\tb'])
    expect(() => parseHostGeneration(text.replace('"name":"shop"', `"name":"${bad}"`)), bad).toThrow(
      TaskError,
    )
})
