import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBundle } from '../../../src/stack/export/bundle/contents.ts'
import { BadArchive, readTar } from '../../../src/stack/export/bundle/tar-reader.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-tar-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

/** A header as GNU tar writes it. */
function header(name: string, size: number, type = '0'): Buffer {
  const block = Buffer.alloc(512)
  block.write(name, 0, 100, 'latin1')
  block.write('0000644\0', 100)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('        ', 148)
  block.write(type, 156)
  block.write('ustar  \0', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

const body = (text: string): Buffer =>
  Buffer.concat([Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)])
const end = Buffer.alloc(1024)
const entry = (name: string, text: string): Buffer =>
  name.length < 100
    ? Buffer.concat([header(name, text.length), body(text)])
    : Buffer.concat([
        header('././@LongLink', name.length + 1, 'L'),
        body(`${name}\0`),
        header(name, text.length),
        body(text),
      ])

function written(...parts: readonly Buffer[]): string {
  const file = join(dir, 'b.tar')
  writeFileSync(file, Buffer.concat(parts))
  return file
}

test('files come out as they went in, however long their names are', async () => {
  const files = fc.uniqueArray(
    fc.tuple(
      fc.stringMatching(/^[a-z0-9/.~+]{1,300}$/),
      fc.string({ unit: 'binary-ascii', maxLength: 1500 }),
    ),
    { selector: ([name]) => name, maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(files, async (pairs) => {
      const file = written(...pairs.map(([name, text]) => entry(name, text)), end)
      const { entries } = await readTar(file, () => 'bytes')
      expect(entries.map(({ path, bytes }) => [path, Buffer.from(bytes ?? []).toString('latin1')])).toEqual(
        pairs,
      )
    }),
    { numRuns: 60 },
  )
})

test.each([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a device'],
  ['5', 'a folder'],
  ['6', 'a named pipe'],
  ['x', 'no plain file'],
  ['S', 'no plain file'],
])('an entry of type %s is refused', async (type, what) => {
  const file = written(header('debs/a_1_all.deb', 0, type), end)
  await expect(readTar(file, () => 'bytes')).rejects.toThrow(
    new BadArchive(`${file}: "debs/a_1_all.deb" is ${what}; a bundle holds plain files only`),
  )
})

test('a name that stands twice, a cut end, and what follows the end are refused', async () => {
  const twice = written(entry('a', '1'), entry('a', '2'), end)
  await expect(readTar(twice, () => 'bytes')).rejects.toThrow('"a" is in it twice')
  const cut = written(entry('a', 'x'.repeat(600)).subarray(0, 1024), end.subarray(0, 100))
  await expect(readTar(cut, () => 'bytes')).rejects.toThrow('it is cut: its end is missing')
  await expect(readTar(written(entry('a', '1')), () => 'bytes')).rejects.toThrow(
    'it is cut: its end is missing',
  )
  await expect(readTar(written(entry('a', '1'), end, entry('b', '2')), () => 'bytes')).rejects.toThrow(
    'there is something after its end',
  )
  await expect(readTar(written(Buffer.from('PK'.repeat(600))), () => 'bytes')).rejects.toThrow(
    'it is no tar archive',
  )
  await expect(readTar(join(dir, 'none.tar'), () => 'bytes')).rejects.toThrow(
    'none.tar cannot be read: ENOENT',
  )
})

test.each([
  '../evil.deb',
  '/etc/passwd',
  'debs/../../evil.deb',
  'debs/a/b.deb',
  'debs/.a.deb',
  './debs/a_1_all.deb',
  'packages/../x/version/1/file',
  'packages/a/version/../file',
  'domain/main/stacks/1.0.0',
  '.gachette/lock/store',
  'dists/main/../Release',
  'debs/a\nb.deb',
])('a bundle has no place for %j', async (path) => {
  await expect(readBundle(written(entry(path, 'x'), end))).rejects.toThrow(
    'is nothing that belongs into a bundle',
  )
})

test('a size that nothing of ours has is refused before it is read', async () => {
  const file = written(header('.gachette/frozen/main/1.0.0.json', 1 << 20), end)
  await expect(readBundle(file)).rejects.toThrow(
    '.gachette/frozen/main/1.0.0.json is too large: 1048576 bytes',
  )
  const huge = header('debs/a_1_all.deb', 0)
  huge.write('\x80\0\0\0\0\0\0\x10\0\0\0\0', 124, 'latin1')
  huge.write('        ', 148)
  huge.write(
    `${huge
      .reduce((total, byte) => total + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  await expect(readBundle(written(huge, end))).rejects.toThrow(
    '"debs/a_1_all.deb" is larger than 8 GiB, or has no size',
  )
})

test('a path in two fields, of which GNU tar would make another one, is refused', async () => {
  const split = header('file', 0)
  split.write('ustar\x0000', 257, 'latin1')
  split.write('domain/main/stacks/9.9.9', 345)
  const sum = split.fill(' ', 148, 156).reduce((total, byte) => total + byte, 0)
  split.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const file = written(split, end)
  expect(execFileSync('tar', ['--list', '--file', file], { encoding: 'utf8' })).toBe(
    'domain/main/stacks/9.9.9/file\n',
  )
  await expect(readTar(file, () => 'bytes')).rejects.toThrow('it is no archive of GNU tar')
})

test('whatever bytes it is given, it refuses or reads, and never names a path of its own', async () => {
  const whole = Buffer.concat([
    entry('debs/a_1_all.deb', 'x'.repeat(700)),
    entry('packages/a/version/1/file', 'a'),
    end,
  ])
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
      const bytes = Buffer.from(whole)
      bytes[at] = byte
      const read = await readTar(written(bytes), () => 'digest').catch((error: unknown) => error)
      if (read instanceof Error) expect(read).toBeInstanceOf(BadArchive)
      else
        expect((read as { entries: { path: string }[] }).entries.map(({ path }) => path)).toEqual([
          'debs/a_1_all.deb',
          'packages/a/version/1/file',
        ])
    }),
    { numRuns: 300 },
  )
})
