import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DebVersion, parseVersion } from '../../../src/deb/index.ts'
import { type BasePackages, checkPackages, outsideOf, type PackageToCheck } from '../../../src/stack/index.ts'

type Fields = Readonly<Record<string, string>>

const member = (
  name: string,
  version: string,
  control: Fields = {},
  architecture = 'all',
): PackageToCheck => ({
  pin: { name, version, architecture },
  control: { Package: name, Version: version, Architecture: architecture, ...control },
})
const said = (...[packages, options]: Parameters<typeof checkPackages>): readonly string[] =>
  checkPackages(packages, options).map(({ message }) => message)

test('a stack in which everything fits has no findings', () => {
  const packages = [
    member('shop', '1.2', { Depends: 'shop-lib (>= 1.9), nginx (>= 1.22) | apache2, web-api (= 2)' }),
    member('shop-lib', '1.9-1', { Provides: 'web-api (= 2)', Breaks: 'shop (<< 1.0)', Conflicts: 'web-api' }),
  ]
  expect(said(packages)).toEqual([])
  expect(outsideOf(packages)).toEqual([{ relation: 'nginx (>= 1.22) | apache2', wantedBy: ['shop'] }])
})

describe('a dependency on a member', () => {
  test('that the pinned version does not meet is named with field, relation and what is pinned', () => {
    const packages = [
      member('shop', '1.2', { 'Pre-Depends': 'shop-lib (>= 2.0)' }),
      member('shop-lib', '1.9'),
    ]
    expect(checkPackages(packages)).toEqual([
      {
        type: 'unmet',
        package: 'shop',
        version: '1.2',
        field: 'Pre-Depends',
        relation: 'shop-lib (>= 2.0)',
        others: [{ name: 'shop-lib', version: '1.9' }],
        message: 'shop 1.2 has Pre-Depends: shop-lib (>= 2.0), and shop-lib 1.9 is pinned',
      },
    ])
  })

  test('is met by any alternative, by Provides with that version, and in whatever case it is written', () => {
    const packages = [
      member('a', '1', { Depends: 'b (>> 9) | c (>= 1), API (>= 1.5), api, B' }),
      member('b', '1', { Provides: 'api (= 1.5)' }),
      member('c', '1'),
    ]
    expect(said(packages)).toEqual([])
    expect(outsideOf(packages)).toEqual([])
  })

  test('may be met by the base system where an alternative is no member', () => {
    const packages = [member('a', '1', { Depends: 'b (>= 2) | other' }), member('b', '1')]
    expect(said(packages)).toEqual([])
    expect(outsideOf(packages)).toEqual([{ relation: 'other', wantedBy: ['a'] }])
    expect(said(packages, { base: new Map() })).toEqual([
      'a 1 has Depends: b (>= 2) | other, and b 1 is pinned',
    ])
  })

  test('of another architecture is met only by Multi-Arch: foreign, and :any only by Multi-Arch: allowed', () => {
    const packages = [
      member('a', '1', { Depends: 'b, c, d:any, e:any, all, f:armhf' }, 'amd64'),
      member('b', '1', { 'Multi-Arch': 'foreign' }, 'armhf'),
      member('c', '1', {}, 'armhf'),
      member('d', '1', { 'Multi-Arch': 'allowed' }, 'armhf'),
      member('e', '1', {}, 'amd64'),
      member('f', '1', {}, 'armhf'),
      member('all', '1'),
    ]
    expect(said(packages, { architectures: ['amd64', 'armhf'] })).toEqual([
      'a 1 has Depends: c, and c 1 is pinned for armhf',
      'a 1 has Depends: e:any, and e 1 is pinned, which is not Multi-Arch: allowed',
    ])
  })
})

describe('what a base system lacks', () => {
  const base: BasePackages = new Map<string, readonly (DebVersion | undefined)[]>([
    ['nginx', ['1.18', '1.22'].map(parseVersion)],
    ['mta', [undefined]],
  ])
  test('is a finding where the base system is known', () => {
    const packages = [
      member('a', '1', { Depends: 'nginx (>= 1.20), mta, mta (>= 1), lost | gone, nginx (>> 1.22)' }),
    ]
    expect(said(packages, { base })).toEqual([
      'a 1 has Depends: mta (>= 1), and the base system has none',
      'a 1 has Depends: lost | gone, and the base system has none',
      'a 1 has Depends: nginx (>> 1.22), and the base system has none',
    ])
  })

  test('does not matter where a member meets it', () => {
    expect(
      said([member('a', '1', { Depends: 'lost' }), member('b', '1', { Provides: 'lost' })], { base }),
    ).toEqual([])
  })

  test('a member that provides another version does not meet it', () => {
    const packages = [
      member('a', '1', { Depends: 'api (= 2)' }),
      member('b', '3', { Provides: 'api (= 1), x' }),
    ]
    expect(said(packages)).toEqual([])
    expect(said(packages, { base })).toEqual(['a 1 has Depends: api (= 2), and b 3 provides api (= 1)'])
  })
})

describe('members that exclude each other', () => {
  test('by Conflicts and by Breaks, by name and by what is provided', () => {
    const packages = [
      member('a', '1', {
        Conflicts: 'mta, c (<< 3)',
        Breaks: 'b (<= 2), b (>> 2), mta (= 1)',
        Provides: 'mta',
      }),
      member('b', '2', { Provides: 'mta' }),
      member('c', '2', { Provides: 'mta (= 1)' }),
    ]
    expect(said(packages)).toEqual([
      'a 1 has Conflicts: mta, and b 2 provides mta',
      'a 1 has Conflicts: mta, and c 2 provides mta (= 1)',
      'a 1 has Conflicts: c (<< 3), and c 2 is pinned',
      'a 1 has Breaks: b (<= 2), and b 2 is pinned',
      'a 1 has Breaks: mta (= 1), and c 2 provides mta (= 1)',
    ])
  })

  test('never a member and itself', () => {
    expect(said([member('a', '1', { Conflicts: 'a, x', Breaks: 'a (<< 2)', Provides: 'x' })])).toEqual([])
  })
})

describe('paths of two members', () => {
  const files = [{ owners: ['a', 'b'], count: 5, paths: ['/x', '/y', '/z', '/z2'] }]
  test('are named, with how many there are', () => {
    expect(said([member('a', '1'), member('b', '2')], { files })).toEqual([
      'a 1 and b 2 both hold /x, /y, /z and 2 more, and neither Replaces the other',
    ])
  })

  test.each([
    ['a', 'b', []],
    ['b', 'a (<< 2)', []],
    ['b', 'a (<< 1)', ['a 1 and b 2 both hold /x, /y, /z and 2 more, and neither Replaces the other']],
    ['b', 'c', ['a 1 and b 2 both hold /x, /y, /z and 2 more, and neither Replaces the other']],
  ])('%s has Replaces: %s', (name, value, messages) => {
    const packages = [['a', '1', { Provides: 'c' }] as const, ['b', '2', {}] as const].map(
      ([each, version, control]) =>
        member(each, version, each === name ? { ...control, Replaces: value } : control),
    )
    expect(said(packages, { files })).toEqual(messages)
  })
})

test('a member for another architecture than most is named', () => {
  const packages = [
    member('a', '1', {}, 'amd64'),
    member('b', '1', {}, 'armhf'),
    member('c', '1', {}, 'amd64'),
    member('d', '1'),
  ]
  expect(said(packages)).toEqual(['b 1 is for armhf, and the hosts of the stack are amd64'])
  expect(said(packages, { architectures: ['amd64', 'armhf'] })).toEqual([])
  expect(said(packages, { architectures: ['arm64'] })).toHaveLength(3)
})

test('a field that cannot be read is a finding, and the others count', () => {
  const packages = [member('a', '1', { Recommends: 'x [amd64]', Depends: 'b (>= 2)' }), member('b', '1')]
  expect(said(packages)).toEqual([
    'a 1: the field Recommends: "[amd64]" has a meaning in source packages only',
    'a 1 has Depends: b (>= 2), and b 1 is pinned',
  ])
})

test('a package of which nothing is known is a finding, and still meets what asks for it', () => {
  const packages = [
    { pin: { name: 'lost', version: '1.0' }, control: undefined },
    member('a', '1', { Depends: 'lost (>= 1)' }),
  ]
  expect(said(packages)).toEqual(['lost 1.0: the store knows no control file of it'])
})

test('hostile fields are read or are findings', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab(=),| 1:') }))
  const field = fc.constantFrom(
    'Depends',
    'provides',
    'BREAKS',
    'Conflicts',
    'Replaces',
    '__proto__',
    'Multi-Arch',
  )
  const control = fc.dictionary(field, value, { noNullPrototype: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'constructor'), control)), (all) => {
      const packages = all.map(([name, fields]) => ({ pin: { name, version: '1' }, control: fields }))
      for (const finding of checkPackages(packages)) expect(finding.message).toMatch(/^(a|b|constructor) 1/)
      outsideOf(packages)
    }),
  )
})

test('five thousand packages that depend on each other are checked in a blink', () => {
  const packages = Array.from({ length: 5000 }, (_, at) =>
    member(`p${at}`, '1.0', {
      Depends: `libc6 (>= 2.36), p${(at + 1) % 5000} (>= 1.0), p${(at + 7) % 5000} | other`,
      Breaks: `p${(at + 3) % 5000} (<< 0.9)`,
      Provides: 'common (= 1)',
    }),
  )
  const started = performance.now()
  expect(checkPackages(packages)).toEqual([])
  expect(outsideOf(packages)).toHaveLength(1)
  expect(performance.now() - started).toBeLessThan(2000)
})
