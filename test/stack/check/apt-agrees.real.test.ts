import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { checkPackages, type PackageToCheck } from '../../../src/stack/index.ts'
import { describeWith } from '../../support/needs.ts'

/** So many stacks are checked, all by one run of apt: the members of each have its number in their names. */
const STACKS = 1500
const FIELDS = ['Pre-Depends', 'Depends', 'Conflicts', 'Breaks', 'Provides'] as const

const name = fc.constantFrom('a', 'b', 'c', 'd', 'v')
const version = fc.constantFrom('1', '2~rc1', '2', '2-1', '1:0')
const operator = fc.constantFrom('<<', '<=', '=', '>=', '>>')
const qualifier = fc.constantFrom('', '', '', '', ':any')
const bound = fc.option(
  fc.tuple(operator, version).map((parts) => ` (${parts.join(' ')})`),
  { nil: '' },
)
const asked = fc.tuple(name, qualifier, bound).map((parts) => parts.join(''))
const entries = {
  'Pre-Depends': asked,
  Depends: fc.array(asked, { minLength: 1, maxLength: 3 }).map((all) => all.join(' | ')),
  Conflicts: fc.tuple(name, bound).map((parts) => parts.join('')),
  Breaks: fc.tuple(name, bound).map((parts) => parts.join('')),
  Provides: fc
    .tuple(
      fc.constantFrom('b', 'v', 'w'),
      fc.option(
        version.map((at) => ` (= ${at})`),
        { nil: '' },
      ),
    )
    .map((parts) => parts.join('')),
}
const field = (key: (typeof FIELDS)[number], likely: number) =>
  fc.oneof(
    {
      weight: likely,
      arbitrary: fc.array(entries[key], { minLength: 1, maxLength: 2 }).map((all) => all.join(', ')),
    },
    { weight: 4, arbitrary: fc.constant('') },
  )
const member = fc.record({
  version,
  architecture: fc.constantFrom('amd64', 'amd64', 'all', 'armhf'),
  'Multi-Arch': fc.constantFrom('', '', 'foreign', 'allowed', 'same'),
  'Pre-Depends': field('Pre-Depends', 1),
  Depends: field('Depends', 4),
  Conflicts: field('Conflicts', 1),
  Breaks: field('Breaks', 1),
  Provides: field('Provides', 2),
})
const stack = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), member, {
  minKeys: 1,
  maxKeys: 4,
  noNullPrototype: true,
})

describeWith(['apt-get'], 'apt', () => {
  test('finds the same members broken, of stacks that are installed without anything else', () => {
    const stacks = fc
      .sample(stack, { numRuns: STACKS, seed: 5 })
      .map((members, at) => membersOf(members, `u${at}`))
    const ours = stacks.flatMap((packages) => brokenByUs(packages))
    const theirs = brokenByApt(stacks.flat())
    const told = (broken: readonly string[]) =>
      stacks.map((packages) =>
        packages.map(
          ({ pin, control }) => `${broken.includes(pin.name) ? 'BROKEN' : 'fine'} ${JSON.stringify(control)}`,
        ),
      )
    expect(told(ours)).toEqual(told(theirs))
    expect(theirs.length).toBeGreaterThan(STACKS / 3)
    expect(stacks.flat().length - theirs.length).toBeGreaterThan(STACKS / 3)
  })
})

function membersOf(
  members: Readonly<Record<string, Readonly<Record<string, string>>>>,
  number: string,
): readonly PackageToCheck[] {
  return Object.entries(members).map(([key, { version: at = '', architecture = '', ...rest }]) => {
    const own = (text: string): string => text.replace(/\b[abcdvw]\b(?!\d)/g, (other) => `${number}${other}`)
    const fields = Object.entries(rest).filter(([, value]) => value !== '')
    const control = Object.fromEntries(
      fields.map(([one, value]) => [one, one === 'Multi-Arch' ? value : own(value)]),
    )
    // dpkg and apt know no package for all architectures that is Multi-Arch: same.
    if (architecture === 'all' && control['Multi-Arch'] === 'same') delete control['Multi-Arch']
    return { pin: { name: `${number}${key}`, version: at, architecture }, control }
  })
}

const brokenByUs = (packages: readonly PackageToCheck[]): readonly string[] =>
  checkPackages(packages, { architectures: ['amd64', 'armhf'], base: new Map() }).map(
    (finding) => finding.package,
  )

function brokenByApt(packages: readonly PackageToCheck[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'gachette-apt-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const stanzas = packages.map(({ pin, control }) =>
    Object.entries({
      Package: pin.name,
      Status: 'install ok installed',
      Architecture: pin.architecture,
      Version: pin.version,
      Maintainer: 'T <t@example.org>',
      ...control,
      Description: 'tiny',
    })
      .map(([one, value]) => `${one}: ${value}\n`)
      .join(''),
  )
  const status = join(folder, 'status')
  writeFileSync(status, stanzas.join('\n'))
  const options = {
    'Dir::State': folder,
    'Dir::State::status': status,
    'Dir::Cache': folder,
    'Dir::Etc': folder,
    'APT::Architecture': 'amd64',
    'APT::Architectures': 'amd64,armhf',
    'Debug::NoLocking': '1',
  }
  const words = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const { stdout, stderr } = spawnSync('apt-get', ['check', '-q', ...words], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C' },
  })
  const broken = [...stdout.matchAll(/^ (u\d+[abcd])(?::armhf)? : /gm)].map(([, one = '']) => one)
  if (broken.length === 0) throw new Error(`apt said nothing of use: ${stderr}`)
  return broken
}
