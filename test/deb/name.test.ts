import { describe, expect, test } from 'vitest'
import { parseDebFileName, parsePackageName } from '../../src/deb/index.ts'

const HOSTILE = [
  '',
  '-a',
  '--help',
  '../x',
  'a/b',
  '.a',
  'a b',
  'a;id',
  '$(id)',
  '`id`',
  'a\nb',
  'a\0b',
  "a'b",
  'é',
  'x'.repeat(100_000),
]

test.each(['a', 'dh-secret-sauce-live', 'dh-App', 'libstdc++6', 'a_b', '0ad'])(
  '%s is a package name',
  (name) => {
    expect(parsePackageName(name)).toBe(name)
  },
)

describe('no package name', () => {
  test.each(HOSTILE)('%j', (name) => {
    expect(() => parsePackageName(name)).toThrow('is no package name')
  })
})

test.each(['dh-x-1.0.0-all.deb', 'dh-x-1:2.0~rc.1+git2-amd64.deb', 'a_1%3a2_all.deb'])(
  '%s is a file name',
  (name) => {
    expect(parseDebFileName(name)).toBe(name)
  },
)

describe('no file name of a package', () => {
  test.each([...HOSTILE.map((name) => `${name}.deb`), 'x.rpm', 'x.deb/..', 'x.deb\n', 'a/../b.deb'])(
    '%j',
    (name) => {
      expect(() => parseDebFileName(name)).toThrow('is no bare file name')
    },
  )
})
