import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inspect, type ProjectSnapshot } from '../../src/build/index.ts'
import { readFiles } from '../../src/build/inspect.ts'
import { UsageError } from '../../src/shell/index.ts'
import { localRemote } from '../support/local-remote.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-inspect-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const write = (files: Readonly<Record<string, string | Uint8Array>>) => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
}
const read = (path = '.missile.yml', program?: string): Promise<ProjectSnapshot> =>
  localRemote().ask(inspect(dir, path, program))

test('a missile comes with every template it names, and with what those include', async () => {
  write({
    '.missile.yml': `extra_files:
  - name: a
    template: one.txt   # a comment
  - {name: b, template: 't/two words.txt', type: binary}
  - {name: c, template: "three.txt"}
  - template: ./four.txt
environment: {requirements: [pip/all.txt, "pip/more.txt"]}
`,
    'one.txt': '{% extends "base/x.txt" %}',
    'base/x.txt': "{%- from 'lib/macros' import a -%}{% include [\"lib/it's\", 'gone'] %}",
    'lib/macros': 'é \u{1f600} \r\n',
    "lib/it's": '',
    't/two words.txt': '2',
    'three.txt': 'no newline at the end',
    'four.txt': '4',
    'pip/all.txt': 'x',
    'pip/more.txt': 'y',
    'other.txt': 'nobody names it',
  })
  const { missile, files, hasTrebuchet } = await read()
  expect(missile).toContain('extra_files:')
  expect([...files.keys()].sort()).toEqual(
    [
      '.missile.yml',
      'base/x.txt',
      'four.txt',
      'lib/macros',
      "lib/it's",
      'one.txt',
      'pip/all.txt',
      'pip/more.txt',
      't/two words.txt',
      'three.txt',
    ].sort(),
  )
  expect(files.get('lib/macros')).toBe('é \u{1f600} \r\n')
  expect(files.get('three.txt')).toBe('no newline at the end')
  expect(hasTrebuchet).toBe(false)
  expect((await read('.missile.yml', 'sh')).hasTrebuchet).toBe(true)
})

test('bytes that are no text, large files, and what leads out of the working copy are left out', async () => {
  write({
    'p/m.yml': 'a: [bytes, large, link, inner, ../secret, /etc/hostname, dir, -rf, "$(touch owned)"]\n',
    'p/bytes': Uint8Array.from([0xff, 0xfe, 0]),
    'p/large': 'x'.repeat(300_000),
    secret: 'kept',
    'p/dir/x': '',
    'p/-rf': 'an option',
  })
  symlinkSync('/etc/hostname', join(dir, 'p/link'))
  symlinkSync('../secret', join(dir, 'p/inner'))
  const { files } = await read('p/m.yml')
  expect([...files.keys()].sort()).toEqual(['-rf', 'inner', 'm.yml'])
  expect(files.get('inner')).toBe('kept')
  expect(execFileSync('find', [dir, '-name', 'owned'], { encoding: 'utf8' })).toBe('')
})

test('no missile, a missile that leads out, one that is too large, and bad paths', async () => {
  expect(await read()).toEqual({ missile: undefined, files: new Map(), hasTrebuchet: false })
  expect((await read('no/such/folder/m.yml')).missile).toBeUndefined()
  symlinkSync('/etc/passwd', join(dir, 'm.yml'))
  await expect(read('m.yml')).rejects.toThrow('m.yml leads out of the working copy')
  symlinkSync('/etc', join(dir, 'etc'))
  await expect(read('etc/passwd')).rejects.toThrow('etc/passwd leads out of the working copy')
  write({ 'large.yml': `a: ${'x'.repeat(300_000)}` })
  await expect(read('large.yml')).rejects.toThrow('large.yml is too large to be a missile')
  for (const path of ['', '/etc/passwd', '../m.yml', 'a/../../m.yml', 'a/', 'a\nb', 'a\0b'])
    expect(() => inspect(dir, path)).toThrow(UsageError)
  write({ '-rf.yml': 'a: 1', 'two words $(x).yml': 'b: 2' })
  expect((await read('-rf.yml')).missile).toBe('a: 1')
  expect((await read('two words $(x).yml')).missile).toBe('b: 2')
})

test('files are read by name, whatever the name', async () => {
  write({ 'p/two\nlines': 'x', 'p/$(touch owned)': 'y', 'p/-n': 'z', outside: 'o' })
  const names = ['two\nlines', '$(touch owned)', '-n', 'gone', '../../etc/passwd', 'dir']
  const found = await localRemote().ask(readFiles('p', names), { cwd: dir })
  expect([...found]).toEqual([
    ['two\nlines', 'x'],
    ['$(touch owned)', 'y'],
    ['-n', 'z'],
    ['gone', undefined],
    ['../../etc/passwd', undefined],
    ['dir', undefined],
  ])
  symlinkSync('/etc', join(dir, 'out'))
  const there = await localRemote().ask(readFiles('out', ['hostname', 'passwd']), { cwd: dir })
  expect([...there.values()]).toEqual([undefined, undefined])
})
