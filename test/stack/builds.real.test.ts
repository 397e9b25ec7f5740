import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allOf, sh } from '../../src/shell/index.ts'
import {
  type Build,
  builtWith,
  deliver,
  findBuilds,
  parseStore,
  RegisteredOtherwise,
  Stack,
} from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const build: Build = {
  project: 'shop',
  commit: '0123456789abcdef'.repeat(3).slice(0, 40),
  inputs: { ref: 'main', missile: '.missile.yml' },
}

function scene() {
  const dir = storeFolder()
  const metaPath = join(dir, 'meta')
  const remote = localRemote()
  const store = parseStore({ metaPath, who: 'ann@desk' })
  const stack = new Stack(remote, { metaPath, name: '1', who: 'ann@desk' })
  const known = async (wanted: Build) => builtWith(await remote.ask(findBuilds(store, wanted)), wanted.inputs)
  return { dir, metaPath, remote, store, stack, known }
}

describeWith(['dpkg-deb', 'flock'], 'the memory of builds', () => {
  test('whoever joined a build and comes after it was registered and tidied up takes what is registered', async () => {
    const { dir, remote, store, stack, known } = scene()
    await stack.create()
    const debs = [tinyDeb(dir, 'shop', '1'), tinyDeb(dir, 'shop-env', '1')]
    const logPath = join(dir, 'log')
    writeFileSync(logPath, 'built\n')
    const debsPath = join(dir, 'out')
    const delivered = deliver(store, debsPath, debs)
    await remote.ask(delivered.query, { stdin: delivered.stdin })
    await stack.add(debs, { build, logPath })
    for (const { path } of debs) rmSync(path)
    rmSync(logPath)
    const late = new Stack(remote, { metaPath: store.meta, name: '2' })
    await late.create()
    const again = deliver(store, debsPath, debs)
    expect(await remote.ask(again.query, { stdin: again.stdin })).toMatchObject([
      { change: 'same' },
      { change: 'same' },
    ])
    expect(await late.add(debs, { build, logPath })).toMatchObject({ known: true, count: 2 })
    expect(readAsIn2013(store.meta, '2')).toEqual({ shop: '1', 'shop-env': '1' })
    // Not for a rebuild, which is to be compared, nor for another build.
    await expect(late.add(debs, { build: { ...build, rebuild: true }, logPath })).rejects.toThrow(
      'is not there',
    )
    const other = { ...build, inputs: { ref: 'other' } }
    expect(await known(other)).toBeUndefined()
    await expect(late.add(debs, { build: other, logPath })).rejects.toThrow('is not there')
  })

  test('what came of a commit is found again, in the round trip that asks other things', async () => {
    const { dir, remote, store, stack, known } = scene()
    await stack.create()
    const debs = [tinyDeb(dir, 'shop', '1'), tinyDeb(dir, 'shop-env', '1')]
    expect(await known(build)).toBeUndefined()
    expect(await stack.add(debs, { build })).toMatchObject({ known: false })
    const execs = remote.execs()
    const commit = sh`printf '%s\n' ${build.commit}`
    const [state, found] = await remote.ask(
      allOf([stack.mustExist(), findBuilds(store, { ...build, commit })], '--marker'),
    )
    expect(remote.execs()).toBe(execs + 1)
    expect(state).toEqual({ generation: expect.any(String) })
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({
      inputs: build.inputs,
      who: 'ann@desk',
      when: expect.stringMatching(/Z$/),
    })
    expect(found[0]?.packages).toMatchObject(
      debs.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    )
  })

  test('other inputs, another commit and a lost package are another build', async () => {
    const { dir, metaPath, stack, known } = scene()
    await stack.create()
    await stack.add([tinyDeb(dir, 'shop', '1')], { build })
    await stack.add([tinyDeb(dir, 'shop', '2')], { build: { ...build, inputs: { ref: 'two' } } })
    const reordered = { missile: '.missile.yml', ref: 'main' }
    expect(await known({ ...build, inputs: reordered })).toBeDefined()
    expect(await known({ ...build, inputs: { ref: 'x' } })).toBeUndefined()
    expect(await known({ ...build, commit: 'f'.repeat(40) })).toBeUndefined()
    rmSync(join(metaPath, 'debs/shop_1_all.deb'))
    expect(await known(build)).toBeUndefined()
    expect(await known({ ...build, inputs: { ref: 'two' } })).toMatchObject({ packages: [{ version: '2' }] })
  })

  test('packages of a known build are pinned as registered, not as built again', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const first = tinyDeb(dir, 'shop', '1')
    await stack.add([first], { build })
    const again = tinyDeb(dir, 'shop', '1', { content: 'other bytes\n' })
    const other = new Stack(remote, { metaPath, name: '2' })
    await other.create()
    const edited = await other.add([again], { build })
    expect(edited).toMatchObject({ known: true, changed: true })
    expect(edited.packages).toMatchObject([{ name: 'shop', sha256: first.sha256 }])
    expect(readdirSync(join(metaPath, 'debs'))).toEqual(['shop_1_all.deb'])
  })

  test('a rebuild with other bytes fails with both digests, one with the same passes', async () => {
    const { dir, stack } = scene()
    await stack.create()
    const first = tinyDeb(dir, 'shop', '1')
    await stack.add([first], { build })
    expect(await stack.add([first], { build: { ...build, rebuild: true } })).toMatchObject({ changed: false })
    const again = tinyDeb(dir, 'shop', '1', { content: 'other bytes\n' })
    const error = await stack
      .add([again], { build: { ...build, rebuild: true } })
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RegisteredOtherwise)
    expect(String(error)).toContain(`registered: sha256 ${first.sha256}`)
    expect(String(error)).toContain(`this one:   sha256 ${again.sha256}`)
  })

  test('a rebuild that gives the same leaves the record of the first build as it is', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const deb = tinyDeb(dir, 'shop', '1')
    await stack.add([deb], { build })
    const folder = join(metaPath, '.gachette/builds', build.project)
    const [record = ''] = readdirSync(folder)
    const path = join(folder, record)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"when":"[^"]*"/, '"when":"2013-05-01T00:00:00Z"'))
    await stack.add([deb], { build: { ...build, rebuild: true } })
    expect(readFileSync(path, 'utf8')).toContain('"when":"2013-05-01T00:00:00Z"')
  })

  test('two quick of one commit at once: both pin the same bytes', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const edits = await Promise.all(
      ['a', 'b', 'c', 'd'].map((content) => {
        const own = join(dir, content)
        mkdirSync(own)
        return new Stack(localRemote(), { metaPath, name: '1' }).add(
          [tinyDeb(own, 'shop', '1', { content })],
          { build },
        )
      }),
    )
    expect(new Set(edits.map(({ digest }) => digest)).size).toBe(1)
    expect(edits.filter(({ known }) => !known)).toHaveLength(1)
  })
})

describeWith(['dpkg-deb', 'flock'], 'delivering what was built to debs_path', () => {
  test('files appear whole, and are replaced when they differ', async () => {
    const { dir, remote, store } = scene()
    const out = join(dir, 'out')
    mkdirSync(out)
    const one = tinyDeb(out, 'app', '1')
    const debs = join(dir, "it's debs")
    const put = async (files: readonly { fileName: string; path: string }[]) => {
      const { query, stdin } = deliver(store, debs, files)
      return remote.ask(query, { stdin })
    }
    expect(await put([one])).toEqual([
      { fileName: one.fileName, path: join(debs, one.fileName), change: 'new' },
    ])
    expect(await put([one])).toMatchObject([{ change: 'same' }])
    const two = tinyDeb(out, 'app', '1', { content: 'other\n' })
    expect(await put([two])).toMatchObject([{ change: 'replaced' }])
    expect(execFileSync('sha256sum', [join(debs, one.fileName)]).toString()).toContain(two.sha256)
    expect(readdirSync(debs)).toEqual([one.fileName])
  })

  test('a file of the pool that a version registers is not replaced', async () => {
    const { dir, metaPath, remote, store, stack } = scene()
    await stack.create()
    const { query, stdin } = deliver(store, join(metaPath, 'debs'), [tinyDeb(dir, 'app', '1')])
    await remote.ask(query, { stdin })
    const again = tinyDeb(dir, 'app', '1', { content: 'other\n' })
    const redo = deliver(store, join(metaPath, 'debs'), [again, tinyDeb(dir, 'env', '1')])
    expect(await remote.ask(redo.query, { stdin: redo.stdin })).toMatchObject([
      { change: 'new' },
      { change: 'replaced' },
    ])
    await stack.add([{ name: 'app', version: '1', fileName: again.fileName }])
    const third = tinyDeb(dir, 'app', '1', { content: 'third\n' })
    const refused = deliver(store, join(metaPath, 'debs'), [tinyDeb(dir, 'z', '1'), third])
    const error = await remote.ask(refused.query, { stdin: refused.stdin }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RegisteredOtherwise)
    expect(String(error)).toContain('app_1_all.deb is in the pool with other bytes')
    expect(String(error)).toContain(again.sha256)
    expect(readdirSync(join(metaPath, 'debs')).sort()).toEqual(['app_1_all.deb', 'env_1_all.deb'])
    expect(readAsIn2013(metaPath, '1')).toEqual({ app: '1' })
  })
})
