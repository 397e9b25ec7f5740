import { describe, expect, test } from 'vitest'
import { parseProjectName, parseWorkPath } from '../../src/source/index.ts'

test.each(['test_application', 'shop', '0ad', '_x', 'a.b+c~d-e'])('%s is a project', (name) => {
  expect(parseProjectName(name)).toBe(name)
})

describe('no project name', () => {
  test.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '-x',
    '.git',
    'a b',
    'a\nb',
    'a\0',
    '$(id)',
    ';id',
    "'",
    'é',
    'x'.repeat(100_000),
  ])('%j', (name) => {
    expect(() => parseProjectName(name)).toThrow('is no project name')
  })
})

test('a work path is absolute', () => {
  expect(parseWorkPath('/var/gachette/')).toBe('/var/gachette')
  expect(parseWorkPath("/srv/it's $(here)")).toBe("/srv/it's $(here)")
  for (const text of ['', 'x', '-x', '/', '/a\nb', '/a\0', `/${'x'.repeat(100_000)}`])
    expect(() => parseWorkPath(text)).toThrow('is no work_path')
})
