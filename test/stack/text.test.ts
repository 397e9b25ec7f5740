import { expect, test } from 'vitest'
import { parseAnswer } from '../../src/stack/facts.ts'
import { refusal } from '../../src/stack/failure.ts'
import { parseStore, stacksText, stackText } from '../../src/stack/index.ts'
import { parseGeneration, parsePin } from '../../src/stack/manifest.ts'
import { createLine } from '../../src/stack/where.ts'

const digest = 'ab12'.repeat(16)

test('a stack in text: what it is, then one line per package', () => {
  const shown = stackText({
    name: '1.4.0',
    domain: 'live',
    created: '2026-01-02T03:04:05Z',
    generation: '20260102T030405Z-0123456789',
    digest,
    count: 2,
    verb: 'add',
    when: '2026-01-03T00:00:00Z',
    who: 'ann@desk',
    packages: [
      {
        name: 'app',
        version: '1.0',
        file: 'app.deb',
        sha256: digest,
        pinnedAt: '2026-01-03T00:00:00Z',
        pinnedBy: 'ann@desk',
      },
      { name: 'app-env', version: '1:2.0' },
    ],
  })
  expect(shown.split('\n')).toEqual([
    '1.4.0  domain live  2 packages',
    `digest      ${digest}`,
    'generation  20260102T030405Z-0123456789  2026-01-03T00:00:00Z by ann@desk',
    'created     2026-01-02T03:04:05Z',
    '',
    'app      1.0    app.deb    ab12ab12ab12  2026-01-03T00:00:00Z by ann@desk',
    'app-env  1:2.0  (no file)  -',
  ])
})

test('stacks in text: one line each', () => {
  expect(stacksText([])).toBe('no stacks yet')
  expect(stacksText([{ name: '2013', count: 1 }])).toBe('2013  1 package  -  plain folder')
})

test('an answer is facts between tabs and lines of JSON', () => {
  const answer = parseAnswer('added\tapp\t1\n{"name":"app"}\ngeneration\tg\t\t\n\n')
  expect(answer.first('generation')).toEqual(['g', '', ''])
  expect(answer.all('added')).toEqual([['app', '1']])
  expect(answer.json).toEqual(['{"name":"app"}'])
})

test('unknown facts of a lost .deb are absent, not empty', () => {
  const line =
    '{"name":"a","version":"1","architecture":"","sha256":"","file":"","size":0,"pinnedAt":"t","pinnedBy":"w"},'
  expect(parsePin(line)).toEqual({ name: 'a', version: '1', pinnedAt: 't', pinnedBy: 'w' })
})

test.each(['', '[]', 'null', '{"v":1', '<html>', '{"v":1,"generation":"g","packages":['])(
  'a manifest that is none is refused: %s',
  (line) => {
    expect(() => parseGeneration(line)).toThrow(/record/)
  },
)

test('the line to type names META and domain only where they are not the usual ones', () => {
  const usual = parseStore({ metaPath: '/var/gachette/' })
  const other = parseStore({ metaPath: '/srv/a, b', domain: 'live' })
  expect(createLine(usual, '1.0')).toBe('gachette stack_create:1.0')
  expect(createLine(other, '1.0', 'gachette -H b1')).toBe(
    "gachette -H b1 'stack_create:1.0,/srv/a\\, b,domain=live'",
  )
})

test('an exit code without a fact of ours is an ordinary failure', () => {
  const failed = refusal(parseStore({ metaPath: '/m' }))
  expect(failed({ exitCode: 127, stdout: '', stderr: 'sh: flock: not found' })).toBeUndefined()
  expect(failed({ exitCode: 72, stdout: 'no-stack\t1.0\n', stderr: '' })).toMatchObject({
    code: 'no-such-stack',
    message: 'stack 1.0 does not exist in /m',
    hint: 'create it:  gachette stack_create:1.0,/m',
  })
  expect(failed({ exitCode: 72, stdout: 'unknown-stack\t1.0\n', stderr: '' })).toMatchObject({
    code: 'no-such-stack',
    message: 'stack 1.0 does not exist in /m',
    hint: 'see which there are:  gachette stack list --meta-path /m',
  })
  for (const fact of ['no-stack', 'unknown-stack'])
    expect(failed({ exitCode: 72, stdout: `${fact}\tlatest\n`, stderr: '' })?.message).toBe(
      'no stack in /m is frozen yet: there is no latest one',
    )
  expect(failed({ exitCode: 78, stdout: 'plain-stack\t2013\n', stderr: '' })).toMatchObject({
    hint: 'the first edit migrates it, or a clone:  gachette stack clone 2013 NEW --meta-path /m',
  })
})
