import { describe, expect, test } from 'vitest'
import { debianBase, kindVersions, versionOf } from '../../src/build/versions.ts'

const COMMIT = 'abcdef0123456789abcdef0123456789abcdef01'
const source = { commit: COMMIT, committedAt: 1_700_000_000 }
const dated = (more: object = {}, baseVersion?: string) =>
  versionOf({ source: { ...source, ...more }, baseVersion, scheme: 'dated' })
const rev = (ref?: string) =>
  versionOf({ source: { ...source, ...(ref === undefined ? {} : { ref }) }, scheme: 'rev' })

test('is base, time in UTC, hash, and the ref if one was asked for', () => {
  expect(dated()).toBe('0.0.1+git20231114.221320.abcdef012345')
  expect(dated({ ref: 'fix-option' })).toBe('0.0.1+git20231114.221320.abcdef012345.fix.option')
  expect(dated({ ref: 'Feature/X_1#é.' })).toBe('0.0.1+git20231114.221320.abcdef012345.feature.x.1')
  expect(dated({ ref: COMMIT })).toBe('0.0.1+git20231114.221320.abcdef012345')
  expect(dated({ ref: 'é' })).toBe('0.0.1+git20231114.221320.abcdef012345')
})

test('has its base from the settings, else from the nearest tag', () => {
  expect(dated({ nearestTag: '1.2.0-rc.1' })).toBe('1.2.0~rc.1+git20231114.221320.abcdef012345')
  expect(dated({ nearestTag: '1.2.0' }, '3.0')).toBe('3.0+git20231114.221320.abcdef012345')
  expect(dated({ nearestTag: 'nonsense' })).toBe('0.0.1+git20231114.221320.abcdef012345')
  expect(dated({ nearestTag: '1.0_beta#2' })).toBe('1.0.beta.2+git20231114.221320.abcdef012345')
})

test('of the scheme rev has the old form, made valid', () => {
  expect(rev()).toBe('0.0.1revabcdef0')
  expect(rev('fix_option/x')).toBe('0.0.1revabcdef0-fix-option-x')
  expect(rev('feat#1')).toBe('0.0.1revabcdef0-feat-1')
  expect(rev('a@b-')).toBe('0.0.1revabcdef0-a-b')
  expect(rev('é')).toBe('0.0.1revabcdef0')
})

test.each([
  ['1.0.0-rc.1', '1.0.0~rc.1'],
  ['v1.0.0-rc.1', '1.0.0~rc.1'],
  ['1.0.0-alpha-2+b-1', '1.0.0~alpha.2+b.1'],
  ['2.0-beta', '2.0~beta'],
  ['1.0-1', '1.0-1'],
  ['1:1.0-1', '1:1.0-1'],
  ['1.0.0-1', '1.0.0~1'],
])('the base %s is written %s', (text, base) => expect(debianBase(text)).toBe(base))

describe('a base_version that is none is refused', () => {
  test.each(['', 'abc', '1.0_0', '$(id)', '1.0\n', '1'.repeat(101), '-1'])('%j', (base) => {
    expect(() => dated({}, base)).toThrow('is no version')
  })
})

test('a commit of any date has a version', () => {
  expect(dated({ committedAt: 0 })).toBe('0.0.1+git19700101.000000.abcdef012345')
  expect(dated({ committedAt: 2 ** 62 })).toBe('0.0.1+git99991231.235959.abcdef012345')
})

test('what is given for a kind wins, and is checked', () => {
  const request = { source, scheme: 'rev' as const }
  expect(kindVersions(request, { app: '2.0' })).toEqual({
    app: '2.0',
    env: '0.0.1revabcdef0',
    service: '0.0.1revabcdef0',
    static: '0.0.1revabcdef0',
  })
  expect(() => kindVersions(request, { env: '1.0 ; id' })).toThrow('is no Debian version')
})
