import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readConfigurations } from '../../../src/build/missile/builder.ts'
import { configurations } from '../../../src/build/missile/merge.ts'
import { Problems } from '../../../src/build/missile/problems.ts'
import { repr } from '../../../src/build/missile/python/index.ts'
import { readMissile } from '../../../src/build/missile/read.ts'
import { GachetteError, TaskError } from '../../../src/shell/index.ts'
import { FIXTURES } from '../../support/golden.ts'

const merged = (text: string): string[] => {
  const problems = new Problems('m.yml')
  const root = readMissile(text, problems)
  const found = root ? configurations(root, problems).map(repr) : []
  problems.throwIfAny()
  return found
}

describe('the file and its merge', () => {
  test('without default it is one configuration', () => {
    expect(merged('a: 1\nb: {c: yes}')).toEqual(["{'a': 1, 'b': {'c': True}}"])
  })

  test('default comes first wherever it stands, then the others in the order of the file', () => {
    expect(merged('live: {n: 1}\ndefault: {n: 0, m: 5}\nother: {}')).toEqual([
      "{'n': 0, 'm': 5}",
      "{'n': 1, 'm': 5}",
      "{'n': 0, 'm': 5}",
    ])
  })

  test('mapping on mapping merges at any depth; lists, texts and None replace', () => {
    expect(
      merged(
        'default: {m: {a: 1, b: {c: 2, d: 3}}, l: [1, 2], x: {y: 1}}\nlive: {m: {b: {c: 9}}, l: [], x: ~}',
      )[1],
    ).toBe("{'m': {'a': 1, 'b': {'c': 9, 'd': 3}}, 'l': [], 'x': None}")
  })

  test('anchors, aliases and merge keys are those of PyYAML', () => {
    expect(merged('a: &x {p: 1, q: 2}\nb: *x\nc: {q: 3, <<: *x, r: 4}\nd:\n  <<: [{p: 7}, *x]')).toEqual([
      "{'a': {'p': 1, 'q': 2}, 'b': {'p': 1, 'q': 2}, 'c': {'p': 1, 'q': 3, 'r': 4}, 'd': {'p': 7, 'q': 2}}",
    ])
  })

  test("YAML's own tags are read, others are a problem", () => {
    expect(merged('a: !!str 12\nb: !!int "7"\nc: !!float 3')).toEqual(["{'a': '12', 'b': 7, 'c': 3.0}"])
    expect(() => merged('a: !!python/object:os.system x')).toThrow('m.yml:1:')
  })

  test('keys may be numbers and booleans; the last of equal keys counts', () => {
    expect(merged('8080: a\nyes: b')).toEqual(["{8080: 'a', True: 'b'}"])
    expect(merged('a: 1\na: 2')).toEqual(["{'a': 2}"])
  })

  test.each([
    ['[1, 2]', 'm.yml: a missile is a mapping of keys to values'],
    ['', 'm.yml: a missile is a mapping of keys to values'],
    ['default: 3', 'm.yml:1:1: default is a mapping of keys to values'],
    ['default: {}\nlive: 7', 'm.yml:2:1: beside default every top-level key is a configuration'],
    ['a: &x [*x]', 'm.yml:1:'],
    ['a: *nope', 'm.yml:1:'],
    ['a: "unfinished', 'm.yml:1:'],
    ['['.repeat(20_000), 'nested too deeply'],
    [`${'x'.repeat(300_000)}: 1`, 'too large'],
    [
      [
        'a: &a [1,1,1,1,1,1,1,1,1,1]',
        ...'bcdefgh'
          .split('')
          .map((c, at) => `${c}: &${c} [${Array(10).fill(`*${'abcdefg'[at]}`).join(',')}]`),
      ].join('\n'),
      'more values than a missile can hold',
    ],
  ])('%#: a bad file is one clear error', (text, message) => {
    expect(() => merged(text)).toThrow(TaskError)
    expect(() => merged(text)).toThrow(message)
  })

  test('no text, however odd, is a fault of ours', () => {
    const piece = fc.constantFrom(
      'default',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '<<',
      '!!',
      '"',
      "'",
      '|',
      '#',
      'x',
      '1',
      ',',
      '? ',
      '\t',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          merged(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(GachetteError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the checks', () => {
  const check = (text: string): string => {
    try {
      readConfigurations(text, new Problems('m.yml'))
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }

  test('the golden missiles have no problem', () => {
    for (const project of ['plain-app', 'harbour-web', 'harbour-conf'])
      expect(check(readFileSync(join(FIXTURES, 'projects', project, '.missile.yml'), 'utf8'))).toBe('')
  })

  test('every problem is told at once, by path, line and column, in the order of the file', () => {
    expect(
      check(
        [
          'name: 12',
          'type: widget',
          'name_suffix: ~',
          'environment: {name: env, type: ruby, requirements: [../outside.txt]}',
          'applications: ~',
          'extra_files:',
          '  - {name: a, type: binary}',
          '  - {name: b, type: nothing, template: t}',
          '  - {name: ../../up, type: custom, template: t, target_path: /etc}',
          '  - {name: c, type: custom, template: t, target_path: DEBIAN}',
          'services:',
          '  - {name: s, binary_name: missing}',
          '  - just a text',
          'static_files:',
          '  - name: st/atic',
          '    folders: [{path: a}, {path: a/b}, {path: ../x}]',
          'exclude_folders: [ok, ../../etc, 7]',
          'build_assets: [true, make]',
          'debian_scripts: {postinst: [yes]}',
        ].join('\n'),
      ).split('\n'),
    ).toEqual([
      'the missile has 19 problems:',
      '  m.yml:1:1: name must be text, and a number is not: quote it',
      '  m.yml:2:1: type is application or configuration, not widget',
      '  m.yml:3:1: name_suffix must be text, and nothing is not: quote it',
      '  m.yml:4:26: environment.type: only python environments are known, not ruby',
      '  m.yml:4:53: environment.requirements[0] is no file of the project',
      '  m.yml:5:1: applications must be a mapping of keys to values, not nothing',
      '  m.yml:7:5: extra_files[0].template is missing',
      '  m.yml:8:15: extra_files[1].type is one of binary, nginx, product, newrelic_config, upstart, custom, debian, not nothing',
      '  m.yml:9:6: extra_files[2]."/etc/../../up" leads out of the package or names no file',
      '  m.yml:10:42: extra_files[3].DEBIAN holds the control files of the package: use type: debian',
      '  m.yml:12:15: services[0].binary_name: no extra file is called missing',
      '  m.yml:13:5: services[1] must be a mapping, not a text',
      '  m.yml:15:5: static_files[0].name: "st/atic" cannot be a package: letters, digits and _ . + - only',
      '  m.yml:16:26: static_files[0].folders[1]: a/b lies inside folders[0]',
      '  m.yml:16:40: static_files[0].folders[2].path leads out of the project',
      '  m.yml:17:23: exclude_folders[1] leads out of the project',
      '  m.yml:17:34: exclude_folders[2] must be text, and a number is not: quote it',
      '  m.yml:18:16: build_assets[0] must be text, and a boolean is not: quote it',
      '  m.yml:19:29: debian_scripts.postinst[0] must be text, and a boolean is not: quote it',
    ])
  })

  test('keys nobody reads are fine', () => {
    expect(check('name: a\ntype: application\nport: 8080\nanything: {goes: [here]}')).toBe('')
  })
})

test('an extra file whose place the builder takes is told of', () => {
  const problems = new Problems('m.yml')
  const names = ['control', 'md5sums', 'preinst', 'postinst', 'prerm', 'conffiles']
  const files = names.map((name) => `  - {name: ${name}, type: debian, template: t}\n`).join('')
  readConfigurations(`name: app\ntype: application\nextra_files:\n${files}`, problems)
  expect(problems.warnings.map((line) => line.replace(/^m\.yml:\d+:\d+: /, ''))).toEqual(
    names
      .slice(0, 5)
      .map((name, at) => `extra_files[${at}].${name} is made by the builder; this one is not used`),
  )
})
