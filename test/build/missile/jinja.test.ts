import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TemplateError, TemplateMissing, Templates } from '../../../src/build/missile/jinja/index.ts'
import { Dict, Float, Moment, type Value } from '../../../src/build/missile/python/index.ts'

interface Recorded {
  readonly files: Readonly<Record<string, string>>
  readonly cases: readonly { readonly template: string; readonly text?: string; readonly error?: string }[]
}

const recorded = JSON.parse(
  readFileSync(join(resolve(import.meta.dirname, '../../fixtures/python'), 'jinja.json'), 'utf8'),
) as Recorded

/** The names of record-jinja.py. */
const names = (): [string, Value][] => [
  ['name', 'harbour'],
  ['n', 7],
  ['f', new Float(7.5)],
  ['big', new Float(300000)],
  ['t', true],
  ['no', false],
  ['none', null],
  ['empty', ''],
  ['elist', []],
  ['edict', new Dict()],
  ['l', [3, 1, 2]],
  ['words', ['b', 'A', 'c', 'a']],
  ['mixed', ['day', "o'clock", 1, new Float(2.5), null, true, [1, 'x']]],
  ['d', dict({ b: 2, a: 1, C: 3 })],
  ['nested', dict({ x: dict({ y: [1, dict({ z: 'deep' })] }) })],
  [
    'users',
    [
      dict({ name: 'ann', age: 3, admin: true }),
      dict({ name: 'bob', age: 1, admin: false }),
      dict({ name: 'cat', age: 2, admin: true }),
    ],
  ],
  ['text', 'Hello World foo-bar (baz)'],
  ['html', '<a href="x">&\'</a>'],
  ['multi', 'one\ntwo\n\nthree\n'],
  ['long', 'the quick brown fox jumps over the lazy dog'],
  ['spaced', '  x y  '],
  ['date', new Moment('2013-05-01', 'datetime.date(2013, 5, 1)', 0)],
]

const render = (template: string, more: readonly [string, Value][] = []): string =>
  new Templates((name) => (name === 'main' ? template : recorded.files[name])).render('main', [
    ...names(),
    ...more,
  ])

describe('what Jinja2 makes of a template', () => {
  for (const { template, text, error } of recorded.cases)
    test(JSON.stringify(template), () => {
      if (text !== undefined) expect(render(template)).toBe(text)
      else expect(() => render(template), error).toThrow(Error)
    })
})

describe("Python 2's own spelling", () => {
  test.each([
    ["{{ ['é'] }} {{ 'é' }}", "[u'\\xe9'] é"],
    [
      '{{ 12345678901234567890 }} {{ [12345678901234567890] }}',
      '12345678901234567890 [12345678901234567890L]',
    ],
    ['{{ 0.1 + 0.2 }} {{ [0.1 + 0.2] }}', '0.3 [0.30000000000000004]'],
    [
      '{{ 1e11 }} {{ 1e12 }} {{ 1e16 }} {{ [1e15, 1e16] }}',
      '100000000000.0 1e+12 1e+16 [1000000000000000.0, 1e+16]',
    ],
    ['{{ 0.0001 }} {{ 0.00001 }}', '0.0001 1e-05'],
    ["{{ [none, 'b', 2, true, ['a'], {}]|sort }}", "[None, True, 2, {}, ['a'], 'b']"],
    ['{% for k in d.iteritems() %}{{ k }}{% endfor %}', "('b', 2)('a', 1)('C', 3)"],
    [
      "{{ 'it\\'s'|shquote }} {{ ''|shquote }} {{ 'a b'|shquote }} {{ 'a-b_c%@+=:,./'|shquote }}",
      `'it'"'"'s' '' 'a b' a-b_c%@+=:,./`,
    ],
  ])('%s', (template, text) => {
    expect(render(template)).toBe(text)
  })
})

test('an error names template and line', () => {
  const failure = (() => {
    try {
      render("{% include 'inc2' %}")
      return undefined
    } catch (error) {
      return error
    }
  })()
  expect(failure).toBeInstanceOf(TemplateMissing)
  expect(failure).toMatchObject({ template: 'inc2', from: { template: 'main', line: 1 } })
  expect(() => render('a\nb\n{{ nope }}')).toThrow(
    expect.objectContaining({
      constructor: TemplateError,
      template: 'main',
      line: 3,
      message: "'nope' is undefined",
    }),
  )
})

test('names with .. are no templates', () => {
  expect(() => render("{% include '../inc' %}")).toThrow(TemplateMissing)
  expect(() => render("{% include 'a/../inc' %}")).toThrow(TemplateMissing)
  expect(render("{% include './/inc' %}")).toBe('inc:harbour:none')
})

test('text without marks comes out as it went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!/\{[{%#]/.test(text))
      expect(render(text)).toBe(text.replace(/\r\n?/g, '\n'))
    }),
  )
})

test('no template, however broken, is a fault of ours', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    ' if ',
    ' for ',
    ' in ',
    'x',
    ' endif ',
    '|',
    '(',
    ')',
    "'",
    '[',
    ']',
    '.',
    ' 1 ',
    ' block ',
    'loop',
    '-',
    '~',
    '=',
    ' set ',
    ' is ',
    ' not ',
    'raw',
    'l',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      try {
        render(pieces.join(''))
      } catch (error) {
        expect([TemplateError, TemplateMissing]).toContain((error as Error).constructor)
      }
    }),
    { numRuns: 3000 },
  )
})

test('a value printed inside quotes by shquote comes back from a shell unchanged', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const quoted = render('{{ value|shquote }}', [['value', text]])
      expect(unquote(quoted)).toBe(text)
    }),
  )
})

/** What a POSIX shell makes of a word of single and double quotes. */
const unquote = (word: string): string =>
  word.replace(/'([^']*)'|"([^"]*)"/g, (_all, single?: string, double?: string) => single ?? double ?? '')

const dict = (entries: Readonly<Record<string, Value>>): Dict => Dict.of(Object.entries(entries))
