import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSession, type Session } from '../../src/session/index.ts'
import { localSession } from '../../src/session/local.ts'
import { CancelledError, TaskError } from '../../src/shell/index.ts'
import { hostOf, me, overBothBodies, settingsFor, sshHost } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { openFolder, until } from '../support/sessions.ts'
import { startSshd } from '../support/sshd.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'

const HOSTILE = [
  'plain',
  '-rf',
  ' two  words ',
  "it's",
  '"',
  '$(touch pwned)',
  '`id`',
  'a\nb',
  '\\',
  '*',
  'é𝒳',
  '!x',
  '\u0001',
]
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const mode = (path: string) => statSync(path).mode & 0o7777
/** Kind, mode, size, link and name of everything in a folder. */
const listing = (dir: string) =>
  execFileSync('sh', ['-c', 'find . -printf "%y %m %l %p\\n" | LC_ALL=C sort'], {
    cwd: dir,
    encoding: 'utf8',
  })
const same = (one: string, other: string) =>
  spawnSync('diff', ['-r', '--no-dereference', one, other]).status === 0 && listing(one) === listing(other)

/** A folder with all that is easily lost or refused on the way. */
function makeFolder(dir: string): string {
  mkdirSync(join(dir, 'sub/empty'), { recursive: true })
  for (const name of HOSTILE) writeFileSync(join(dir, name), name)
  writeFileSync(join(dir, '.dot'), 'dot', { mode: 0o600 })
  writeFileSync(join(dir, 'sub/run'), randomBytes(100_000))
  chmodSync(join(dir, 'sub/run'), 0o755)
  writeFileSync(join(dir, `sub/${'long'.repeat(60)}`), '')
  linkSync(join(dir, '.dot'), join(dir, 'twin'))
  symlinkSync('/nowhere', join(dir, 'away'))
  symlinkSync('..', join(dir, 'sub/up'))
  chmodSync(join(dir, 'sub'), 0o750)
  return dir
}

function promises(open: () => Promise<{ session: Session; stop(): Promise<void> }>): void {
  let session: Session
  let stop = async () => {}
  beforeAll(async () => {
    const opened = await open()
    session = opened.session
    stop = opened.stop
  })
  afterAll(async () => {
    await session.close()
    await stop()
  })

  test('a file goes there and back, with its mode, verified', async () => {
    const dir = openFolder()
    const bytes = randomBytes(3_000_001)
    writeFileSync(join(dir, 'a'), bytes)
    chmodSync(join(dir, 'a'), 0o4751)
    const expected = { bytes: bytes.length, sha256: sha256(bytes) }
    const progress: [number, number | undefined][] = []
    const onProgress = (done: number, total: number | undefined) => void progress.push([done, total])
    expect(await session.put(join(dir, 'a'), join(dir, 'b'), { onProgress })).toEqual(expected)
    expect(await session.get(join(dir, 'b'), join(dir, 'c'), { onProgress })).toEqual(expected)
    expect(readFileSync(join(dir, 'c')).equals(bytes)).toBe(true)
    expect([mode(join(dir, 'b')), mode(join(dir, 'c'))]).toEqual([0o4751, 0o4751])
    expect(progress.at(-1)).toEqual([bytes.length, bytes.length])
    expect(readdirSync(dir).sort()).toEqual(['a', 'b', 'c'])
  })
  test('an empty path names nothing, least of all the login folder', async () => {
    await expect(session.get('', join(openFolder(), 'to'))).rejects.toThrow('an empty path names no file')
  })

  test('an empty file is a file, and the mode may be another', async () => {
    const dir = openFolder()
    writeFileSync(join(dir, 'a'), '')
    await session.put(join(dir, 'a'), join(dir, 'b'), { mode: 0o600 })
    await session.get(join(dir, 'b'), join(dir, 'c'), { mode: 0o640 })
    expect([mode(join(dir, 'b')), mode(join(dir, 'c')), statSync(join(dir, 'c')).size]).toEqual([
      0o600, 0o640, 0,
    ])
  })
  test('any name is just a name', async () => {
    const dir = openFolder()
    mkdirSync(join(dir, 'to'))
    for (const name of HOSTILE) {
      writeFileSync(join(dir, name), name)
      await session.put(join(dir, name), `${join(dir, 'to')}/`)
      await session.get(join(dir, 'to', name), join(dir, `${name}.back`))
      expect(readFileSync(join(dir, `${name}.back`), 'utf8')).toBe(name)
    }
    expect(readdirSync(join(dir, 'to')).sort()).toEqual([...HOSTILE].sort())
  })
  test('a folder goes there and back with all that is in it, and replaces an old one', async () => {
    const dir = openFolder()
    const from = makeFolder(join(dir, 'from'))
    mkdirSync(join(dir, 'there'))
    writeFileSync(join(dir, 'there/old'), '')
    for (let time = 0; time < 2; time += 1) {
      await session.put(from, join(dir, 'there'))
      await session.get(join(dir, 'there'), join(dir, 'back'))
      expect([same(from, join(dir, 'there')), same(from, join(dir, 'back'))]).toEqual([true, true])
    }
    expect(readdirSync(dir).sort()).toEqual(['back', 'from', 'there'])
  })
  test('a thousand files go there and back', async () => {
    const dir = openFolder()
    mkdirSync(join(dir, 'many'))
    for (let at = 0; at < 1000; at += 1) writeFileSync(join(dir, 'many', String(at)), String(at))
    await session.put(join(dir, 'many'), join(dir, 'there'))
    await session.get(join(dir, 'there'), join(dir, 'back'))
    expect(same(join(dir, 'many'), join(dir, 'back'))).toBe(true)
  })
  test('what cannot be copied is an error that says why, and leaves no trace', async () => {
    const dir = openFolder()
    writeFileSync(join(dir, 'file'), 'x')
    mkdirSync(join(dir, 'folder'))
    const fails = async (copying: Promise<unknown>, why: string) => {
      const error = await copying.catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(TaskError)
      expect((error as TaskError).message).toContain(why)
    }
    await fails(session.put(join(dir, 'none'), join(dir, 'x')), 'there is no such file or folder')
    await fails(session.get(join(dir, 'none'), join(dir, 'x')), 'there is no such file or folder')
    await fails(session.put('/dev/null', join(dir, 'x')), 'neither a file nor a folder')
    await fails(session.get('/dev/null', join(dir, 'x')), 'neither a file nor a folder')
    await fails(session.put(join(dir, 'file'), join(dir, 'folder')), 'there is a folder of that name')
    await fails(session.put(join(dir, 'folder'), join(dir, 'file')), 'there is a file of that name')
    await fails(session.get(join(dir, 'file'), join(dir, 'folder')), 'there is a folder of that name')
    await fails(session.get(join(dir, 'folder'), join(dir, 'file')), 'there is a file of that name')
    await fails(
      session.put(join(dir, 'file'), join(dir, 'none/x')),
      `there is no folder ${join(dir, 'none')}`,
    )
    await fails(
      session.put(join(dir, 'folder'), join(dir, 'none/x')),
      `there is no folder ${join(dir, 'none')}`,
    )
    await fails(session.get(join(dir, 'file'), join(dir, 'none/x')), 'ENOENT')
    expect(readdirSync(dir).sort()).toEqual(['file', 'folder'])
  })
  test('a disk that is full is an error that says so', async () => {
    const dir = openFolder()
    writeFileSync(join(dir, 'file'), Buffer.alloc(3_000_000))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', dir])
    try {
      writeFileSync(join(dir, 'old'), 'old')
      const source = join(openFolder(), 'big')
      writeFileSync(source, Buffer.alloc(3_000_000))
      await expect(session.put(source, join(dir, 'old'))).rejects.toThrow('No space left')
      await expect(session.get(source, join(dir, 'old'))).rejects.toThrow('ENOSPC')
      expect(readdirSync(dir)).toEqual(['old'])
      expect(readFileSync(join(dir, 'old'), 'utf8')).toBe('old')
    } finally {
      execFileSync('umount', [dir])
    }
  })
  test('a cancelled copy leaves what was there, and nothing else', async () => {
    const dir = openFolder()
    writeFileSync(join(dir, 'big'), Buffer.alloc(60_000_000))
    writeFileSync(join(dir, 'old'), 'old')
    for (const direction of ['put', 'get'] as const) {
      const abort = new AbortController()
      const options = { signal: abort.signal, onProgress: () => abort.abort() }
      const copying = session[direction](join(dir, 'big'), join(dir, 'old'), options)
      await expect(copying).rejects.toThrow(CancelledError)
      await until(() => readdirSync(dir).length === 2, 'no trace left')
      expect(readFileSync(join(dir, 'old'), 'utf8')).toBe('old')
    }
  })
}

overBothBodies(() => {
  describeWith(['/usr/sbin/sshd', 'root', 'mount'], 'copies over sshd', () => {
    promises(async () => {
      const sshd = await startSshd()
      return { session: await openSession(hostOf(sshd), settingsFor(sshd)), stop: () => sshd.stop() }
    })

    test.each(['file', 'folder'])(
      'a connection lost in the middle of a %s leaves the old one',
      async (kind) => {
        const sshd = await startSshd()
        const proxy = await tcpProxy(sshd)
        const host = sshHost(`${me}@${proxy.address}:${proxy.port}`)
        const dir = openFolder()
        const big = join(dir, 'from')
        if (kind === 'folder') mkdirSync(big)
        writeFileSync(kind === 'folder' ? join(big, 'big') : big, Buffer.alloc(60_000_000))
        const old = join(dir, 'old')
        if (kind === 'folder') mkdirSync(old)
        writeFileSync(kind === 'folder' ? join(old, 'old') : old, 'old')
        for (const direction of ['put', 'get'] as const) {
          const session = await openSession(host, settingsFor(sshd, { hostKeyPolicy: 'off' }))
          const ends: string[] = []
          const copying = session[direction](big, old, {
            onProgress: () => proxy.cut('reset'),
            onFarEnd: ({ type }) => void ends.push(type),
          })
          await expect(copying).rejects.toThrow('the connection was lost')
          expect(ends).toEqual(['lost'])
          await until(() => readdirSync(dir).length === 2, 'no trace left')
          expect(readFileSync(kind === 'folder' ? join(old, 'old') : old, 'utf8')).toBe('old')
          await session.close()
        }
        await sshd.stop()
      },
    )
  })
})

describeWith(['root', 'mount'], 'copies on this machine', () => {
  promises(async () => ({ session: localSession(), stop: async () => {} }))
})

test('what cannot be copied whole is refused, and said: a name that is not UTF-8, a file without its size', async () => {
  const dir = openFolder()
  mkdirSync(join(dir, 'from'))
  writeFileSync(Buffer.concat([Buffer.from(join(dir, 'from', 'caf')), Buffer.from([0xe9])]), 'x')
  const session = localSession()
  await expect(session.put(join(dir, 'from'), join(dir, 'to'))).rejects.toThrow(
    /caf\ufffd" has a name that is not UTF-8$/,
  )
  await expect(session.put('/proc/cpuinfo', join(dir, 'to'))).rejects.toThrow(
    /: it became longer while it was read$/,
  )
  expect(readdirSync(dir)).toEqual(['from'])
})
