import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseProjectName as projectOfWorkingCopy } from '../../src/source/index.ts'
import {
  parseDomain,
  parsePackageVersion,
  parseProjectName,
  parseRemoteFolder,
  parseStackName,
} from '../../src/stack/name.ts'

const hostile = [
  '',
  '.',
  '..',
  '../x',
  'a/b',
  '-rf',
  '.hidden',
  'a b',
  "a'b",
  'a"b',
  'a\nb',
  'a\tb',
  'a\0b',
  'a;b',
  '$(id)',
  '`id`',
  'a\\b',
  'é',
  '*',
  'a'.repeat(100_000),
]
const parsers = {
  parseStackName,
  parseDomain,
  parsePackageVersion,
}

describe.each(Object.entries(parsers))('%s', (_, parse) => {
  test.each(hostile)('refuses %j with a short message', (name) => {
    const error = catchError(() => parse(name))
    expect(error).toMatchObject({ code: 'usage', exitCode: 2 })
    expect(String(error).length).toBeLessThan(250)
  })

  test('takes only names that are one path segment and one shell word without quotes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (name) => {
        if (catchError(() => parse(name))) return
        expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+~:%-]*$/)
      }),
    )
  })
})

test('a stack may be called as semver, dates and words are', () => {
  for (const name of ['1.0.0', '1.0.0-rc.1+b2', '2013-10-01', 'foobar1', '0.0.1~a', 'a'.repeat(128)])
    expect(parseStackName(name)).toBe(name)
})

test('latest is reserved', () => {
  expect(() => parseStackName('latest')).toThrow('latest is no name for a stack')
})

test('a version may have an epoch', () => {
  expect(parsePackageVersion('1:2.0~rc1+git20240101.120000.0123456789ab.main')).toBeTruthy()
})

test('a project is called here as its working copy is', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9._+~ -]{1,4}$/)
  fc.assert(
    fc.property(fc.oneof(name, fc.string()), (text) => {
      expect(catchError(() => parseProjectName(text)) === undefined).toBe(
        catchError(() => projectOfWorkingCopy(text)) === undefined,
      )
    }),
    { examples: [['_shop'], ['shop'], ['-x'], ['..']] },
  )
})

test('a folder is absolute and comes out normalised', () => {
  expect(parseRemoteFolder('/var//gachette/./x/../', 'meta_path')).toBe('/var/gachette')
  expect(parseRemoteFolder("/srv/it's, here", 'meta_path')).toBe("/srv/it's, here")
  for (const path of [
    '',
    'var/gachette',
    '~/meta',
    '/',
    '/..',
    '/a/..',
    '/a\nb',
    '/a\0b',
    `/${'a'.repeat(2000)}`,
  ])
    expect(() => parseRemoteFolder(path, 'meta_path')).toThrow(/^meta_path is /)
})

function catchError(run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}
