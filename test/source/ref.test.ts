import { describe, expect, test } from 'vitest'
import { parseRef } from '../../src/source/index.ts'
import { meaningsOf } from '../../src/source/ref.ts'

const SHA = '0123456789abcdef0123456789abcdef01234567'

test.each([
  'master',
  'fix-option',
  'feature/x_1',
  'origin/main',
  'v1.0.0-rc.1',
  '1234567',
  '12e4567',
  '0012',
  'é',
])('%s is a ref', (ref) => expect(parseRef(ref)).toBe(ref))

test('a whole hash becomes lower case', () => {
  expect(parseRef(SHA.toUpperCase())).toBe(SHA)
})

describe('refuses', () => {
  test.each([
    ['', 'it is empty'],
    ['--upload-pack=touch /tmp/x', 'it starts with a dash'],
    ['-b', 'it starts with a dash'],
    ['a..b', '".." is not allowed in it'],
    ['a b', '" " is not allowed in it'],
    ['a\nb', '"\\n" is not allowed in it'],
    ['a\0b', '"\\u0000" is not allowed in it'],
    ['a\x1b[2J', '"\\u001b" is not allowed in it'],
    ['HEAD~1', '"~" is not allowed in it'],
    ['a@{1}', '"@{" is not allowed in it'],
    ['main:README', '":" is not allowed in it'],
    ['../main', '".." is not allowed in it'],
    ['/main', 'a part of it is empty'],
    ['a//b', 'a part of it is empty'],
    ['.hidden', 'a part of it starts with a dot'],
    ['a.lock/b', 'a part of it ends in .lock'],
    ['a.', 'it ends in a dot'],
    ['\ud800', 'it holds half a character'],
    ['x'.repeat(100_000), 'it is longer than 244 bytes'],
  ])('%j', (ref, fault) => {
    expect(() => parseRef(ref)).toThrow(fault)
  })
})

test.each([
  ['main', ['refs/heads/main', 'refs/tags/main']],
  ['origin/main', ['refs/heads/main', 'refs/heads/origin/main', 'refs/tags/origin/main']],
  ['beef', ['refs/heads/beef', 'refs/tags/beef', 'beef']],
  ['bee', ['refs/heads/bee', 'refs/tags/bee']],
  [SHA, [SHA]],
  ['refs/tags/v1', ['refs/tags/v1', 'refs/heads/refs/tags/v1', 'refs/tags/refs/tags/v1']],
  ['HEAD', ['refs/gachette/head']],
  [undefined, ['refs/gachette/head']],
])('%s may mean %j', (ref, meanings) => {
  const revisions = meaningsOf(ref === undefined ? undefined : parseRef(ref))
  expect(
    revisions.filter((each) => each.endsWith('^{commit}')).map((each) => each.replace('^{commit}', '')),
  ).toEqual(meanings)
})
