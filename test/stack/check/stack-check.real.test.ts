import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { CheckFailed, mustPass, NoSuchStack, stackCheck } from '../../../src/stack/index.ts'
import { type DebParts, debWithFiles } from '../../support/deb-with-files.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { scene } from '../../support/store-folder.ts'
import type { TinyDeb } from '../../support/tiny-deb.ts'

/** A store whose stack has these packages: `name version` → what it is made of. */
async function stackOf(packages: Readonly<Record<string, DebParts>>, shell?: string) {
  const { dir, metaPath, remote, stack, open } = scene(shell)
  const debs = Object.entries(packages).map(([key, parts]) => {
    const [name = '', version = ''] = key.split(' ')
    return debWithFiles(dir, name, version, parts)
  })
  await stack.create()
  await stack.add(debs)
  const check = (options: Partial<Parameters<typeof stackCheck>[1]> = {}) =>
    stackCheck(remote, { metaPath, name: '1.0.0', ...options })
  const said = async (...args: Parameters<typeof check>) =>
    (await check(...args)).findings.map(({ message }) => message)
  const lists = join(metaPath, '.gachette/contents')
  return { dir, metaPath, remote, stack, open, debs, check, said, lists }
}

const listOf = (lists: string, { sha256 }: TinyDeb): readonly string[] =>
  gunzipSync(readFileSync(join(lists, `${sha256}.gz`)))
    .toString()
    .trimEnd()
    .split('\n')

describeWith(['dpkg-deb', 'flock', '/bin/dash', '/bin/bash'], 'checking a stack', () => {
  test.each(['/bin/dash', '/bin/bash'])('%s: tells all that is wrong, in one round trip', async (shell) => {
    const { remote, check } = await stackOf(
      {
        'app 1:2.0': {
          control: { Depends: 'app-lib (>= 2.0),\n nginx (>= 1.22)', Breaks: 'old (<< 2)' },
          files: { 'usr/share/app/a b': 'x', 'usr/bin/app': 'x', 'etc/only/': '' },
        },
        'app-lib 1.9': { files: { 'usr/share/app/a b': 'y', 'bin/app': 'y' } },
        'old 1.0': { control: { 'Pre-Depends': 'nginx (>= 1.22)' } },
      },
      shell,
    )
    const execs = remote.execs()
    const checked = await check()
    expect(remote.execs() - execs).toBe(1)
    expect(checked).toMatchObject({ stack: '1.0.0', domain: 'main', count: 3 })
    expect(checked.findings.map(({ message }) => message)).toEqual([
      'app 1:2.0 has Depends: app-lib (>= 2.0), and app-lib 1.9 is pinned',
      'app 1:2.0 has Breaks: old (<< 2), and old 1.0 is pinned',
      'app 1:2.0 and app-lib 1.9 both hold /usr/bin/app, /usr/share/app/a b, and neither Replaces the other',
    ])
    expect(checked.outside).toEqual([{ relation: 'nginx (>= 1.22)', wantedBy: ['app', 'old'] }])
    expect(() => mustPass(checked)).toThrow(CheckFailed)
  })

  test('reads each .deb once: a second check needs none, and a new member only itself', async () => {
    const { dir, metaPath, stack, debs, said, lists } = await stackOf({
      'a 1': { files: { 'usr/x': '1', 'usr/dir/': '', 'usr/link': '-> x' } },
      'b 1': { files: { 'usr/y': '1' } },
    })
    expect(await said()).toEqual([])
    const [a] = debs
    if (a === undefined) throw new Error('there is no package')
    expect(listOf(lists, a)).toEqual([`#${a.sha256}`, 'd usr', 'd usr/dir', 'f usr/x', 'l usr/link'])
    // Nobody can read the old ones again.
    for (const { fileName } of debs) rmSync(join(metaPath, 'debs', fileName))
    expect(await said()).toEqual([])
    const c = debWithFiles(dir, 'c', '1', { files: { 'usr/x': '2' } })
    await stack.add([c])
    expect(await said()).toEqual(['a 1 and c 1 both hold /usr/x, and neither Replaces the other'])
    expect(readdirSync(lists).filter((name) => name.startsWith('.'))).toEqual([])
    expect(readdirSync(join(lists, 'stacks'))).toHaveLength(2)
  })

  test('knows which paths get along: folders, a link and a folder, what is replaced, what is diverted', async () => {
    const { said } = await stackOf({
      'a 1': {
        files: { 'd/x': '', 'e/x': '', 'f/x': '', l: '-> d', 's/t': '-> u', 'o/k/': '' },
        control: { Replaces: 'b (<< 2)' },
      },
      'b 1': { files: { 'd/x': '', 'l/y': '', 'o/k/': '' } },
      'c 1': {
        files: { 'e/x': '' },
        scripts: {
          preinst: '#!/bin/sh\ndpkg-divert --package c --add --rename \\\n  --divert /e/x.a /e/x\n',
        },
      },
      'g 1': { files: { 'f/x': '' }, scripts: { preinst: '#!/bin/sh\n# without diverting /f/x\n' } },
      'h 1': { files: { 's/t': '-> u', 'o/k': '' } },
    })
    expect(await said()).toEqual([
      'a 1 and g 1 both hold /f/x, and neither Replaces the other',
      'a 1 and h 1 both hold /o/k, /s/t, and neither Replaces the other',
      'b 1 and h 1 both hold /o/k, and neither Replaces the other',
    ])
  })

  test('names what is gone, damaged or of other bytes, and forgets it when that is mended', async () => {
    const { metaPath, debs, said, lists } = await stackOf({ 'gone 1': {}, 'other 1': {}, 'whole 1': {} })
    const [gone, other] = debs
    if (gone === undefined || other === undefined) throw new Error('there are no packages')
    const pool = (deb: TinyDeb) => join(metaPath, 'debs', deb.fileName)
    rmSync(pool(gone))
    writeFileSync(pool(other), 'other bytes')
    const why = 'is gone, or has other bytes than those that are pinned'
    expect(await said()).toEqual([
      `gone 1: debs/${gone.fileName} ${why}`,
      `other 1: debs/${other.fileName} ${why}`,
    ])
    execFileSync('cp', [gone.path, other.path, join(metaPath, 'debs')])
    expect(await said()).toEqual([])
    expect(readdirSync(lists)).toHaveLength(4)
  })

  test('names a package whose control fields can be read, and whose files cannot', async () => {
    const { dir, stack, said } = await stackOf({ 'a 1': { files: { x: '' } } })
    const whole = debWithFiles(dir, 'cut', '1', { files: { x: 'text\n'.repeat(5000), y: '' } })
    truncateSync(whole.path, statSync(whole.path).size - 9000)
    const cut = createHash('sha256').update(readFileSync(whole.path)).digest('hex')
    await stack.add([{ ...whole, sha256: cut }])
    expect(await said()).toEqual([`cut 1: debs/${whole.fileName} is no package that dpkg-deb can unpack`])
  })

  test('makes lists again that a crash left empty or damaged', async () => {
    const { dir, stack, debs, said, lists } = await stackOf({ 'a 1': { files: { x: '' } }, 'b 1': {} })
    expect(await said()).toEqual([])
    const [a, b] = debs.map(({ sha256 }) => join(lists, `${sha256}.gz`))
    truncateSync(a ?? '', 0)
    truncateSync(b ?? '', 9)
    await stack.add([debWithFiles(dir, 'c', '1', { files: { x: '' } })])
    expect(await said()).toEqual(['a 1 and c 1 both hold /x, and neither Replaces the other'])
  })

  test('eight checks at once agree', async () => {
    const packages = Array.from(
      { length: 10 },
      (_, at) => [`p${at} 1`, { files: { [`usr/${at % 9}`]: '' } }] as const,
    )
    const { said, lists } = await stackOf(Object.fromEntries(packages))
    const all = await Promise.all(Array.from({ length: 8 }, () => said()))
    expect(new Set(all.map((lines) => lines.join('\n')))).toEqual(
      new Set(['p0 1 and p9 1 both hold /usr/0, and neither Replaces the other']),
    )
    expect(readdirSync(lists)).toHaveLength(11)
  })

  test('channels, latest and ranges stand for a stack, whose name is told', async () => {
    const { metaPath, check } = await stackOf({ 'a 1': {} })
    const [stacks, frozen] = [join(metaPath, 'stacks'), join(metaPath, '.gachette/frozen/main')]
    symlinkSync('1.0.0', join(stacks, 'latest'))
    symlinkSync('1.0.0', join(stacks, 'production'))
    mkdirSync(frozen, { recursive: true })
    writeFileSync(join(frozen, '1.0.0.json'), '{}\n')
    const names = ['latest', 'production', '^1.0', '~1.0.0', '1.x']
    expect(await Promise.all(names.map(async (name) => (await check({ name })).stack))).toEqual(
      names.map(() => '1.0.0'),
    )
    await expect(check({ name: '^2' })).rejects.toThrow('no frozen stack is ^2')
  })

  test('a stack that is not there, and one that is a plain folder of 2013', async () => {
    const { metaPath, check } = await stackOf({ 'a 1': {} })
    await expect(check({ name: 'none' })).rejects.toThrow(NoSuchStack)
    execFileSync('mkdir', ['-p', join(metaPath, 'stacks/old/packages')])
    await expect(check({ name: 'old' })).rejects.toThrow('stack old is a plain folder of 2013')
  })

  test('fields with quotes, backslashes and odd characters are findings, and nothing breaks', async () => {
    const { metaPath, said } = await stackOf({ 'a 1': { control: { Description: 'a "Depends":"z" \\' } } })
    const record = join(metaPath, 'packages/a/version/1/manifest.json')
    const control = {
      Recommends: 'b "\\x\\", c',
      'X-"Depends"': '",x',
      pROVIDES: 'é [x]',
      Depends: 'é\n "\\\\',
    }
    const lines = readFileSync(record, 'utf8').replace(
      /"control":.*\n/,
      `"control":${JSON.stringify(control)}}\n`,
    )
    writeFileSync(record, lines)
    expect(await said()).toEqual([
      'a 1: the field Depends: "é" is no package name',
      'a 1: the field Recommends: a comma is missing before "??x??, c"',
      'a 1: the field Provides: "é" is no package name',
    ])
    rmSync(record)
    expect(await said()).toEqual(['a 1: the store knows no control file of it'])
  })
})

describeWith(['root', 'dpkg-deb', 'flock', 'setpriv'], 'a user who may only read', () => {
  test('gets the same answer, and leaves nothing', async () => {
    const { dir, metaPath, said } = await stackOf({
      'a 1': { files: { x: '' } },
      'b 1': { files: { x: '' } },
    })
    const temporary = join(dir, 'tmp')
    mkdirSync(temporary)
    chmodSync(temporary, 0o1777)
    chmodSync(dir, 0o755)
    const asNobody = join(dir, 'as-nobody')
    const line = 'exec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh "$@"'
    writeFileSync(asNobody, `#!/bin/sh\n${line}\n`, { mode: 0o755 })
    const reader = localRemote({ ...process.env, TMPDIR: temporary }, asNobody)
    const read = async () =>
      (await stackCheck(reader, { metaPath, name: '1.0.0' })).findings.map(({ message }) => message)
    const expected = ['a 1 and b 1 both hold /x, and neither Replaces the other']
    expect(await read()).toEqual(expected)
    expect(existsSync(join(metaPath, '.gachette/contents'))).toBe(false)
    expect(await said()).toEqual(expected)
    expect(await read()).toEqual(expected)
    expect(readdirSync(temporary)).toEqual([])
  })
})
