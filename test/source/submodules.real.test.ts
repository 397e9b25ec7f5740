import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WorkingCopy } from '../../src/source/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { makeRepository, type Repository } from '../support/repository.ts'
import { treeOf } from '../support/tree-of.ts'

let folder = ''
let origin: Repository
let library: Repository
let remote = localRemote()
const shop = () => new WorkingCopy(remote, { name: 'shop', workPath: join(folder, 'work') })
const prepared = (ref = 'main') => shop().prepare({ url: origin.dir, ref })
const paths = () => Object.keys(treeOf(shop().dir)).filter((path) => !path.endsWith('/.git'))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-submodules-'))
  origin = makeRepository(join(folder, 'repos/origin'))
  library = makeRepository(join(folder, 'repos/library'))
  remote = localRemote()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Adds a submodule and commits it; the url is written to .gitmodules as it is. */
function add(
  to: Repository,
  url: string,
  path: string,
  name = path,
  commit = library.git('rev-parse', 'HEAD'),
): string {
  const modules = existsSync(join(to.dir, '.gitmodules'))
    ? readFileSync(join(to.dir, '.gitmodules'), 'utf8')
    : ''
  writeFileSync(
    join(to.dir, '.gitmodules'),
    `${modules}[submodule "${name}"]\n\tpath = ${path}\n\turl = ${url}\n`,
  )
  to.git('update-index', '--add', '--cacheinfo', `160000,${commit},${path}`)
  to.git('add', '.gitmodules')
  to.git('commit', '-q', '-m', `add ${path}`)
  return to.git('rev-parse', 'HEAD')
}

test('are checked out at the commits that are recorded, nested ones too, by relative and absolute url', async () => {
  library.commit({ 'lib.txt': 'lib' })
  const middle = makeRepository(join(folder, 'repos/middle'))
  middle.commit({ 'middle.txt': 'm' })
  add(middle, '../library', 'deep/inner lib')
  origin.commit({ 'a.txt': 'a' })
  add(origin, '../middle', 'vendor/middle', 'middle', middle.git('rev-parse', 'HEAD'))
  add(origin, `file://${library.dir}`, 'lib')
  await prepared()
  expect(paths()).toEqual([
    '.gitmodules',
    'a.txt',
    'lib',
    'lib/lib.txt',
    'vendor',
    'vendor/middle',
    'vendor/middle/.gitmodules',
    'vendor/middle/deep',
    'vendor/middle/deep/inner lib',
    'vendor/middle/deep/inner lib/lib.txt',
    'vendor/middle/middle.txt',
  ])
  expect(
    await remote.ask`git -C ${shop().dir} submodule status --recursive | sed ${'s/[0-9a-f]\\{40\\}//; s/ (.*//'}`,
  ).toBe('  lib\n  vendor/middle\n  vendor/middle/deep/inner lib')
  expect(await remote.ask`git -C ${shop().dir} status --porcelain --ignored`).toBe('')
  expect(readFileSync(join(shop().dir, 'vendor/middle/deep/inner lib/.git'), 'utf8')).toBe(
    'gitdir: ../../../../.git/modules/%middle/modules/%deep%inner lib\n',
  )
  expect(await remote.ask`ls ${join(folder, 'work/mirrors')} | grep -c ${'git$'}`).toBe('4')
})

test('are told with what was prepared: path, commit and address, those within them too, and none once they are gone', async () => {
  const at = library.commit({ 'lib.txt': '1' })
  const middle = makeRepository(join(folder, 'repos/told middle'))
  middle.commit({ 'middle.txt': 'm' })
  add(middle, '../library', 'deep/inner lib', 'inner', at)
  origin.commit({ 'a.txt': 'a' })
  origin.git('branch', 'plain')
  add(origin, '../library', 'lib', 'lib', at)
  add(origin, '../told middle', 'vendor/middle', 'middle', middle.git('rev-parse', 'HEAD'))
  const url = join(folder, 'repos/library')
  for (let again = 0; again < 2; again++)
    expect((await prepared()).submodules).toEqual([
      { path: 'lib', url, commit: at },
      {
        path: 'vendor/middle',
        url: join(folder, 'repos/told middle'),
        commit: middle.git('rev-parse', 'HEAD'),
      },
      { path: 'vendor/middle/deep/inner lib', url, commit: at },
    ])
  expect(await shop().current()).toMatchObject({ submodules: { length: 3 } })
  expect(await prepared('plain')).not.toHaveProperty('submodules')
})

test('follow the commit: moved, removed, turned into a folder, and back; nothing is left', async () => {
  const first = library.commit({ 'lib.txt': '1' })
  library.commit({ 'lib.txt': '2', 'more.txt': 'x' })
  origin.commit({ 'a.txt': 'a' })
  origin.git('branch', 'none')
  add(origin, '../library', 'lib', 'lib', first)
  origin.git('branch', 'old')
  origin.git('update-index', '--cacheinfo', `160000,${library.git('rev-parse', 'HEAD')},lib`)
  origin.git('commit', '-q', '-m', 'newer lib')
  origin.git('branch', 'new')
  origin.git('rm', '-q', '--cached', 'lib')
  rmSync(join(origin.dir, 'lib'), { recursive: true, force: true })
  origin.commit({ '.gitmodules': null, 'lib/own.txt': 'own' })
  origin.git('branch', 'folder')
  origin.commit({ lib: null })
  origin.commit({ lib: 'a file' })
  for (let round = 0; round < 2; round++) {
    await prepared('old')
    expect(paths()).toEqual(['.gitmodules', 'a.txt', 'lib', 'lib/lib.txt'])
    await prepared('new')
    expect(paths()).toEqual(['.gitmodules', 'a.txt', 'lib', 'lib/lib.txt', 'lib/more.txt'])
    await prepared('main')
    expect(Object.keys(treeOf(shop().dir))).toEqual(['a.txt', 'lib'])
    await prepared('new')
    await prepared('folder')
    expect(Object.keys(treeOf(shop().dir))).toEqual(['a.txt', 'lib', 'lib/own.txt'])
    expect(await remote.ask`git -C ${shop().dir} status --porcelain --ignored`).toBe('')
    expect(existsSync(join(shop().dir, '.git/modules/%lib'))).toBe(false)
    await prepared('new')
    await prepared('none')
    expect(Object.keys(treeOf(shop().dir))).toEqual(['a.txt'])
  }
})

test('are clean every time, and fetched only for commits that are not here', async () => {
  library.commit({ 'lib.txt': '1', 'run.sh': { executable: 'x' } })
  origin.commit({ 'a.txt': 'a' })
  add(origin, '../library', 'lib')
  await prepared()
  const before = treeOf(shop().dir)
  await remote.run`cd ${shop().dir}/lib && echo 2 >lib.txt && touch junk && chmod 600 run.sh && rm .git && git init -q . && mkdir -m 700 x`
  rmSync(library.dir, { recursive: true })
  await prepared()
  expect(treeOf(shop().dir)).toEqual(before)
})

test('whose url changes come from the new one', async () => {
  library.commit({ 'lib.txt': '1' })
  const fork = makeRepository(join(folder, 'repos/fork'))
  const forked = fork.commit({ 'lib.txt': 'fork' })
  origin.commit({ 'a.txt': 'a' })
  add(origin, '../library', 'lib')
  await prepared()
  writeFileSync(join(origin.dir, '.gitmodules'), '[submodule "lib"]\n\tpath = lib\n\turl = ../fork\n')
  origin.git('update-index', '--cacheinfo', `160000,${forked},lib`)
  origin.git('add', '.gitmodules')
  origin.git('commit', '-q', '-m', 'fork')
  await prepared()
  expect(readFileSync(join(shop().dir, 'lib/lib.txt'), 'utf8')).toBe('fork')
})

test('that cannot be had fail the whole, with their path, and the next prepare succeeds', async () => {
  library.commit({ 'lib.txt': '1' })
  origin.commit({ 'a.txt': 'a' })
  add(origin, '../library', 'lib', 'lib', 'f'.repeat(40))
  await expect(prepared()).rejects.toMatchObject({
    message: 'shop: a submodule cannot be checked out',
    output: expect.arrayContaining([expect.stringMatching(/^submodule lib: .*library has no commit ffff/)]),
  })
  await prepared('main~1'.slice(0, 4)).catch(() => undefined)
  origin.git('reset', '-q', '--hard', 'HEAD~')
  await prepared()
  expect(paths()).toEqual(['a.txt'])
})

test('a link that .gitmodules does not know is an empty folder', async () => {
  const commit = library.commit({ 'lib.txt': '1' })
  origin.commit({ 'a.txt': 'a' })
  origin.git('update-index', '--add', '--cacheinfo', `160000,${commit},lost`)
  origin.git('commit', '-q', '-m', 'lost')
  await prepared()
  await remote.run`touch ${shop().dir}/lost/junk`
  await prepared()
  expect(paths()).toEqual(['a.txt', 'lost'])
})

describe('with hostile words in .gitmodules', () => {
  test.each([
    `ext::sh -c touch% ${tmpdir()}/gachette-pwned`,
    '-oProxyCommand=touch pwned:x',
    '--upload-pack=touch pwned',
    'ssh://-oProxyCommand=touch%20pwned/x',
    '$(touch pwned)',
    '`touch pwned`',
    '; touch pwned',
    'relative/path',
    '../../../../../../../../../../../../nowhere',
    'fd::7',
  ])('a url %j is refused, and nothing runs', async (url) => {
    library.commit({ 'lib.txt': '1' })
    origin.commit({ 'a.txt': 'a' })
    add(origin, `"${url.replaceAll('"', '\\"')}"`, 'lib')
    await expect(prepared()).rejects.toThrow(/a submodule cannot be checked out|could not be fetched/)
    expect(existsSync(join(tmpdir(), 'gachette-pwned'))).toBe(false)
    expect(await remote.ask`find ${folder} -name ${'*pwned*'}`).toBe('')
  })

  test.each(['../../../evil', '..', '/abs', 'a/../../b', '$(id)', '.git', 'hooks', ' ', 'x'.repeat(300)])(
    'a name %j stays inside .git/modules',
    async (name) => {
      library.commit({ 'lib.txt': '1' })
      origin.commit({ 'a.txt': 'a' })
      add(origin, '../library', 'lib', name)
      await prepared().catch(() => undefined)
      expect(await remote.ask`find ${folder} -name ${'*evil*'} -not -path ${'*/.git/modules/%*'}`).toBe('')
      expect(await remote.ask`ls -A ${shop().dir}`).toBe('.git\n.gitmodules\na.txt\nlib')
    },
  )
})

test('of a repository elsewhere may not lie on the build machine itself', async () => {
  library.commit({ 'lib.txt': '1' })
  origin.commit({ 'a.txt': 'a' })
  add(origin, `file://${library.dir}`, 'lib')
  // A repository on another machine, played by git's own ssh transport.
  const ssh = join(folder, 'ssh')
  writeFileSync(ssh, '#!/bin/sh\nwhile [ "$1" != example.com ]; do shift; done\nshift\nexec sh -c "$*"\n', {
    mode: 0o755,
  })
  remote = localRemote({ ...process.env, GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' })
  const elsewhere = shop().prepare({ url: `ssh://example.com${origin.dir}` })
  await expect(elsewhere).rejects.toMatchObject({
    message: `shop: ssh://example.com${origin.dir} could not be fetched`,
    output: expect.arrayContaining(["fatal: transport 'file' not allowed"]),
  })
})
