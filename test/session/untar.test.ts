import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Header } from 'tar'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Untar } from '../../src/session/untar.ts'

interface Member {
  readonly path: string
  readonly type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'FIFO' | 'CharacterDevice'
  readonly linkpath?: string
  readonly content?: string
  readonly mode?: number
}

const tar = (...members: Member[]): Buffer =>
  Buffer.concat([
    ...members.flatMap(({ path, type = 'File', linkpath, content = '', mode = 0o644 }) => {
      const head = Buffer.alloc(512)
      new Header({ path, type, size: content.length, mode, ...(linkpath ? { linkpath } : {}) }).encode(head)
      return [head, Buffer.from(content), Buffer.alloc((512 - (content.length % 512)) % 512)]
    }),
    Buffer.alloc(1024),
  ])

/** Unpacks into a new folder; answers where that is and what the sums were. */
function unpack(archive: Buffer, chunkBytes = archive.length) {
  const outside = mkdtempSync(join(tmpdir(), 'gachette-untar-'))
  onTestFinished(() => rmSync(outside, { recursive: true, force: true }))
  const root = join(outside, 'root')
  const untar = new Untar(root)
  onTestFinished(() => untar.abandon())
  const finish = () => {
    for (let at = 0; at < archive.length; at += chunkBytes) untar.write(archive.subarray(at, at + chunkBytes))
    return untar.end()
  }
  return { outside, root, finish }
}

describe('an archive', () => {
  test('becomes files, folders and links with their modes, in chunks of any size', () => {
    const archive = tar(
      { path: './', type: 'Directory', mode: 0o755 },
      { path: './.dot', content: 'x'.repeat(700) },
      { path: './sub/', type: 'Directory', mode: 0o555 },
      { path: "./sub/it's\n-x", content: 'hi', mode: 0o750 },
      { path: './away', type: 'SymbolicLink', linkpath: '/etc/passwd' },
      { path: './twin', type: 'Link', linkpath: './.dot' },
    )
    for (const chunkBytes of [1, 100, 512, 100_000]) {
      const { root, finish } = unpack(archive, chunkBytes)
      expect([...finish().keys()]).toEqual(['.dot', "sub/it's\n-x", 'twin'])
      expect(readFileSync(join(root, 'twin'), 'utf8')).toBe('x'.repeat(700))
      expect(lstatSync(join(root, 'sub')).mode & 0o7777).toBe(0o555)
      expect(lstatSync(join(root, "sub/it's\n-x")).mode & 0o7777).toBe(0o750)
      expect(readlinkSync(join(root, 'away'))).toBe('/etc/passwd')
      // Whoever is not root could not remove it otherwise.
      chmodSync(join(root, 'sub'), 0o755)
    }
  })
  test.each<[string, ...Member[]]>([
    ['an absolute name', { path: '/tmp/gachette-evil', content: 'x' }],
    ['a name that climbs out', { path: '../evil', content: 'x' }],
    [
      'a name that climbs out later',
      { path: 'a', type: 'Directory' },
      { path: 'a/../../evil', content: 'x' },
    ],
    ['a name in a folder nobody made', { path: 'a/b', content: 'x' }],
    [
      'a file through a symbolic link',
      { path: 'a', type: 'SymbolicLink', linkpath: '..' },
      { path: 'a/evil', content: 'x' },
    ],
    [
      'a file over a symbolic link',
      { path: 'a', type: 'SymbolicLink', linkpath: '../evil' },
      { path: 'a', content: 'x' },
    ],
    ['a hard link to elsewhere', { path: 'a', type: 'Link', linkpath: '/etc/passwd' }],
    ['a hard link that climbs out', { path: 'a', type: 'Link', linkpath: '../evil' }],
    [
      'a hard link to a symbolic link',
      { path: 'a', type: 'SymbolicLink', linkpath: '/etc/passwd' },
      { path: 'b', type: 'Link', linkpath: 'a' },
    ],
    ['a device', { path: 'a', type: 'CharacterDevice' }],
    ['a pipe', { path: 'a', type: 'FIFO' }],
    ['the same name twice', { path: 'a', content: '1' }, { path: 'a', content: '2' }],
  ])('with %s is refused', (_, ...members) => {
    const { outside, finish } = unpack(tar(...members))
    expect(finish).toThrow()
    expect(existsSync(join(outside, 'evil'))).toBe(false)
    expect(existsSync('/tmp/gachette-evil')).toBe(false)
  })
  test('that was cut off is refused', () => {
    const archive = tar({ path: 'a', content: 'x'.repeat(2000) })
    for (const end of [0, 512, 1000]) expect(unpack(archive.subarray(0, end)).finish).toThrow()
  })
  test('that is none is refused', () => {
    expect(unpack(Buffer.from('no archive at all'.repeat(100))).finish).toThrow()
  })
})
