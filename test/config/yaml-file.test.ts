import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Problem, settingsError } from '../../src/config/problem.ts'
import type { Raw } from '../../src/config/raw.ts'
import { parseYaml } from '../../src/config/yaml-file.ts'
import { loadText, refusalOf } from '../support/settings-folder.ts'

function parse(text: string): { readonly map: Raw | undefined; readonly said: string } {
  const problems: Problem[] = []
  const map = parseYaml(text, 'f', problems)
  const [first, ...others] = problems
  return { map, said: first ? settingsError([first, ...others]).message : '' }
}

const FRAGMENTS = [
  '[',
  ']',
  '{',
  '}',
  ': ',
  '- ',
  '? ',
  '&a ',
  '*a',
  '!t ',
  '"',
  "'",
  '|',
  '>',
  '#',
  '%',
  '---',
  '\n',
  ' ',
  '\t',
  'x',
  '1',
  '~',
  '<<',
  ',',
  '\u0000',
  '\u2028',
  '\ufeff',
  '__proto__',
  'user',
  'projects',
  'shop',
  '.',
  'url',
]

describe('hostile YAML', { timeout: 30_000 }, () => {
  it('ends in a tree or in problems with a place, whatever the text is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 60 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (hostile) => {
        const problems: Problem[] = []
        parseYaml(hostile, 'f', problems)
        for (const { where } of problems) expect(where).toMatch(/^f:\d+:\d+$/)
      }),
      { numRuns: 500 },
    )
  })

  it('never reaches a prototype, whatever keys a file has', async () => {
    const word = fc.constantFrom(
      '__proto__',
      'constructor',
      'prototype',
      'toString',
      'projects',
      'roles',
      'secrets',
      'a',
      'url',
    )
    const key = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(fc.constant('polluted'), fc.dictionary(key, tie('node'), { maxKeys: 3 })),
    })).node
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 3 }), async (file) => {
        await loadText(JSON.stringify(file)).catch(() => undefined)
        expect(Object.keys(Object.prototype)).toEqual([])
        expect(({} as Record<string, unknown>).url).toBeUndefined()
        expect(Object.keys(Object)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['[', '['.repeat(40_000)],
    ['[ after an error', `a: b: c\n${'['.repeat(40_000)}`],
    ['{a: ', '{a: '.repeat(30_000)],
    ['- ', '- '.repeat(30_000)],
    ['? ', '? '.repeat(30_000)],
    ['indentation', Array.from({ length: 600 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ])('nested deeper than 32 levels is refused: %s', (_, text) => {
    expect(parse(text).said).toMatch(/^f:\d+:\d+: this is nested deeper than 32 levels$/)
  })

  it('refuses aliases that grow, and follows those that do not', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (const [at, name] of [...'bcdefghi'].entries()) {
      const before = 'abcdefgh'[at]
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`)
    }
    expect(parse(bomb.join('\n')).said).toMatch(/: the aliases make this far too large$/)
    expect(parse('a: &a [*a]').said).toBe('f:1:7: the aliases make this far too large')
    const { settings } = await loadText('roles: {web: &web [w1, w2], all: *web}\nhosts: *web')
    expect([settings.roles.all, settings.hosts]).toEqual([
      ['w1', 'w2'],
      ['w1', 'w2'],
    ])
  })

  it('takes thousands of keys, anchors, aliases, documents or directives without a stall', {
    timeout: 30_000,
  }, () => {
    const many = 15_000
    const keys = Array.from({ length: many }, (_, at) => `key${at}: 1`).join('\n')
    expect(parse(keys)).toMatchObject({ map: { entries: { length: many } }, said: '' })
    const aliases = `a: &a x\nb: [${'*a,'.repeat(many)}]`
    expect(parse(aliases)).toMatchObject({
      map: { entries: [{}, { value: { items: { length: many } } }] },
      said: '',
    })
    for (const text of ['&a '.repeat(many), '---\n'.repeat(many), '%A b\n'.repeat(many)])
      expect(parse(text).said).toMatch(/^(\d+ problems in the settings:\n {2})?f:\d+:\d+: /)
  })

  it('shows fifty problems at most', async () => {
    const text = Array.from({ length: 60 }, (_, at) => `zz${at}: 1`).join('\n')
    const lines = (await refusalOf(text)).split('\n')
    expect([lines[0], lines.at(-1), lines.length]).toEqual([
      '60 problems in the settings:',
      '  and 10 more',
      102,
    ])
  })

  it('carries hostile words literally where a text may be anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 }), async (word) => {
        fc.pre(!word.includes('\0'))
        const { settings } = await loadText(`secrets.x: ${JSON.stringify(word)}`)
        expect(settings.secrets.x?.reveal()).toBe(word)
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\n'],
    ['comments', '# nothing\n'],
    ['an empty document', '---\n'],
    ['null', '~'],
    ['a byte order mark', '\ufeffdomain: main'],
    ['CRLF', 'domain: main\r\n# x\r\nuser: a\r\n'],
    ['JSON', '{"domain": "main", "roles": {"a": ["b"]}}'],
  ])('reads %s', async (_, text) => {
    expect((await loadText(text)).settings.domain).toBe('main')
  })

  it('refuses what is not UTF-8, and what is larger than 256 KiB', async () => {
    expect(await refusalOf(Buffer.from([0x61, 0x3a, 0xff]))).toBe('.gachetterc: it is not UTF-8')
    expect(await refusalOf('#'.repeat(256 * 1024 + 1))).toBe(
      '.gachetterc: it is larger than 256 KiB, which no settings are',
    )
    expect((await loadText('#'.repeat(256 * 1024))).settings.domain).toBe('main')
  })
})
