import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { alternativesText, parseRelations, RELATION_FIELDS, type RelationField } from '../../src/deb/index.ts'
import { TaskError } from '../../src/shell/index.ts'
import { describeWith } from '../support/needs.ts'

/** Fields that are nearly right: only these tell a parser from another. */
const space = fc.constantFrom('', '', ' ', '\t', '  ')
const name = fc.constantFrom(
  'a',
  'a',
  'b-c',
  'b-c',
  'lib1.0+',
  'Upper',
  '0ad',
  'n2',
  'n3',
  '-x',
  'a_b',
  '',
  'é',
)
const architecture = fc.constantFrom('', '', '', '', '', '', ':any', ':amd64', ':x-1', ':', ':any:any')
const good = ['=', '<<', '>>', '<=', '>=', '<', '>', '']
const sign = fc.constantFrom(...good, ...good, '<>', '=>', '==', '<<=')
const versions = ['1', '1.0-1', '2:1~rc1', '1+b']
const version = fc.constantFrom(...versions, ...versions, ...versions, '', 'a', '1_1', '1 2', '1:', '1-')
const bound = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc.tuple(space, sign, space, version, space).map((parts) => `(${parts.join('')})`),
  },
  { weight: 1, arbitrary: fc.constantFrom('(', ')', '()', '(= 1', '(= (1))', '[amd64]', '<!x>', '(= 1) x') },
)
const relation = fc.tuple(name, architecture, space, bound, space).map((parts) => parts.join(''))
const separator = fc.constantFrom(', ', ',', ', ', ',', ' | ', '|', ',\t', ',,', ' ')
const text = fc
  .array(fc.tuple(relation, separator), { minLength: 1, maxLength: 2 })
  .map((parts) => parts.flat().slice(0, -1).join('').trim())
  // Of an empty field dpkg makes nothing, and so do we.
  .filter((value) => value !== '')

describeWith(['dpkg-deb', 'dpkg-query'], 'dpkg', () => {
  test('refuses the same fields, and reads the others alike', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gachette-relation-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const samples = fc
      .sample(fc.tuple(fc.constantFrom(...RELATION_FIELDS), text), { numRuns: 500, seed: 11 })
      // dpkg only warns of it, and apt ignores such a field.
      .filter(([field, value]) => !(field === 'Provides' && /\(\s*[<>]/.test(value)))
    samples.forEach(([field, value], at) => {
      writeFileSync(join(folder, String(at)), stanza(at, field, value))
    })
    const dpkg = acceptedByDpkg(folder, samples.length)
    const ours = samples.map(([field, value]) => written(field, value))
    const lines = (accepted: readonly boolean[]): string[] =>
      samples.map(([field, value], at) => `${accepted[at] ? 'reads' : 'refuses'} ${field}: ${value}`)
    expect(lines(ours.map((one) => one !== undefined))).toEqual(lines(dpkg))
    const read = samples.map((_, at) => at).filter((at) => dpkg[at])
    expect(read.length).toBeGreaterThan(100)
    expect(samples.length - read.length).toBeGreaterThan(100)
    writeFileSync(join(folder, 'status'), read.map((at) => installed(at, samples[at])).join('\n'))
    const told = execFileSync('dpkg-query', [`--admindir=${folder}`, '-W', '-f', SHOWN], { stdio: 'pipe' })
    const shown = new Map(
      told
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split('\t') as [string, string]),
    )
    expect(read.map((at) => ours[at])).toEqual(read.map((at) => shown.get(`p${at}`)))
  })
})

const SHOWN = `\${Package}\\t${RELATION_FIELDS.map((field) => `\${${field}}`).join('')}\\n`

const head = (at: number): string =>
  `Package: p${at}\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\n`
const stanza = (at: number, field: string, value: string): string =>
  `${head(at)}${field}: ${value}\nDescription: tiny\n`
const installed = (at: number, [field, value]: readonly [string, string] = ['', '']): string =>
  stanza(at, field, value).replace('\n', '\nStatus: install ok installed\n')

function written(field: RelationField, value: string): string | undefined {
  try {
    return parseRelations(field, value).map(alternativesText).join(', ')
  } catch (error) {
    if (error instanceof TaskError) return undefined
    throw error
  }
}

/** One shell for all: dpkg-deb reads a control file strictly when it builds a package. */
function acceptedByDpkg(folder: string, count: number): readonly boolean[] {
  const { stdout } = spawnSync(
    '/bin/sh',
    [
      '-c',
      `mkdir -p tree/DEBIAN; at=0
while [ $at -lt ${count} ]; do
  cp $at tree/DEBIAN/control
  dpkg-deb -Znone --build tree out.deb >/dev/null 2>&1; echo $?
  at=$((at + 1))
done`,
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  return stdout
    .trim()
    .split('\n')
    .map((code) => code === '0')
}
