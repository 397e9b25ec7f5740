import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { channelPointer, freezeRecord, signedRequest, slotOf } from '../../../src/stack/edit/records.ts'
import { EDIT_REFUSALS } from '../../../src/stack/edit/refusals.ts'
import { parseStore } from '../../../src/stack/index.ts'
import { parseChannelName, parsePinnedName } from '../../../src/stack/name.ts'
import { parseChannelPointer, parseFreezeRecord } from '../../../src/stack/trust/index.ts'
import { verbLine } from '../../../src/stack/where.ts'

const digest = 'ab12'.repeat(16)
const text = fc.string({ unit: 'grapheme', maxLength: 200 })
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,20}$/)

describe('records', () => {
  test('of freezing have these bytes, for good', () => {
    const record = freezeRecord({
      domain: 'main',
      stack: '1.4.0',
      digest,
      generation: '20261120T111334Z-192eb5263f',
      count: 6,
      when: '2026-11-20T11:13:34Z',
      who: 'jo@desk',
      why: null,
    })
    expect(record).toBe(
      `{"v":1,"kind":"gachette-stack","domain":"main","stack":"1.4.0","digest":"${digest}","generation":"20261120T111334Z-192eb5263f","count":6,"when":"2026-11-20T11:13:34Z","who":"jo@desk","why":null}\n`,
    )
  })

  test('are one line, and are read as they were written, whatever people have typed', () => {
    fc.assert(
      fc.property(
        name,
        text,
        fc.option(text),
        fc.integer({ min: 1, max: 99_999_999 }),
        (stack, who, why, number) => {
          const common = { domain: 'main', stack, digest, when: '2026-11-20T11:13:34Z', who, why }
          const frozen = { ...common, generation: '20261120T111334Z-192eb5263f', count: 6 }
          const bytes = freezeRecord(frozen)
          expect(bytes.indexOf('\n')).toBe(bytes.length - 1)
          expect(parseFreezeRecord(Buffer.from(bytes), 'file')).toEqual({
            v: 1,
            kind: 'gachette-stack',
            ...frozen,
          })
          const pointer = { ...common, channel: 'production', number, until: null }
          expect(parseChannelPointer(Buffer.from(channelPointer(pointer)), 'file')).toMatchObject(pointer)
          expect(slotOf(number)).toMatch(/^\d{8}$/)
        },
      ),
    )
  })

  test('travel with armored signatures only, whose lines cannot end the request', () => {
    const armored = '-----BEGIN SSH SIGNATURE-----\nQUJD\n-----END SSH SIGNATURE-----\n'
    expect(signedRequest('{}\n', [armored])).toMatch(/^\{\}\nsig [0-9a-f]{16}\n-----BEGIN[^.]*-----\n\.\n$/)
    for (const bad of [
      '',
      '.\n',
      armored.trim(),
      `${armored}.\n`,
      armored.replace('QUJD', '.'),
      armored.replace('QUJD', 'sig x'),
    ])
      expect(() => signedRequest('{}\n', [bad]), JSON.stringify(bad)).toThrow('no armored SSH signature')
  })
})

test('a channel is named by what it is for, never by a version', () => {
  for (const good of ['production', 'a', '2026', 'v-next', '1.x']) expect(parseChannelName(good)).toBe(good)
  for (const bad of ['latest', '1.2.3', '1.2.3-rc.1', 'v1.2.3', '', '-x', '../x', 'a b', 'a'.repeat(129)])
    expect(() => parseChannelName(bad), bad).toThrow()
})

test('a pinned package may have a name that Debian refuses, but none that a path or a shell would read otherwise', () => {
  for (const good of ['app', 'App_2', '0ad', 'libstdc++6']) expect(parsePinnedName(good)).toBe(good)
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), (any) => {
      try {
        expect(parsePinnedName(any)).toMatch(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/)
      } catch (error) {
        expect(String(error)).toContain('is no name for a package')
      }
    }),
  )
})

test('a line to type names META and the domain only where they are unusual', () => {
  const line = (metaPath: string, domain?: string) =>
    verbLine(
      { store: parseStore({ metaPath, ...(domain && { domain }) }), typed: 'gachette -H b1' },
      'clone',
      '1',
      'NEW',
    )
  expect(line('/var/gachette')).toBe('gachette -H b1 stack clone 1 NEW')
  expect(line("/it's", 'live')).toBe(`gachette -H b1 stack clone 1 NEW --meta-path '/it'\\''s' --domain live`)
})

test('each refusal of an edit says where and what, and ends with what to do or with what was left alone', () => {
  const where = { store: parseStore({ metaPath: '/var/gachette' }), typed: 'gachette', same: [] }
  for (const [word, explain] of Object.entries(EDIT_REFUSALS)) {
    const { message, hint } = explain(['1.4.0', '00000007', '00000006'], {
      ...where,
      same: [[word, '1.4.0', 'app', '2', '1']],
    })
    expect(message, word).not.toMatch(/undefined|NaN/)
    expect(hint ?? message, word).toMatch(/:|;|,|choose|name|repeat/)
  }
  expect(EDIT_REFUSALS['stale-channel']?.(['production', '00000007', '00000006'], where).message).toBe(
    'channel production is at number 7, and 6 was expected; nothing was changed',
  )
})
