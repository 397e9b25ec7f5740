import { execFileSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { RegisteredOtherwise, Stack, StaleGeneration, stackText } from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, scene } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const shells = ['/bin/dash', '/bin/bash']

describeWith(['/bin/bash', '/bin/dash', 'dpkg-deb', 'flock'], 'the store', () => {
  test.each(shells)('%s: a new stack has an empty packages folder under every old path', async (shell) => {
    const { metaPath, stack } = scene(shell)
    const made = await stack.create()
    expect(made).toEqual({
      name: '1.0.0',
      existed: false,
      generation: expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{10}$/),
      warnings: [],
    })
    for (const stacks of ['stacks', 'domain/main/stacks', 'domains/main/stacks'])
      expect(readdirSync(join(metaPath, stacks, '1.0.0/packages'))).toEqual([])
    expect(readlinkSync(join(metaPath, 'stacks'))).toBe('domain/main/stacks')
    expect(readlinkSync(join(metaPath, 'domains'))).toBe('domain')
    expect(readlinkSync(join(metaPath, 'stacks/1.0.0'))).toBe(
      `../../../.gachette/gen/main/${made.generation}`,
    )
  })

  test.each(shells)('%s: packages are registered and pinned, one exec for all', async (shell) => {
    const { dir, metaPath, remote, stack } = scene(shell)
    await stack.create()
    const app = tinyDeb(dir, 'app', '1:1.0~rc1')
    const env = tinyDeb(dir, 'app-env', '1.0')
    const edited = await stack.add([env, app], { why: 'it\'s \\ "new"' })
    expect(remote.execs()).toBe(2)
    expect(edited).toMatchObject({ count: 2, changed: true, known: false, warnings: [] })
    expect(edited.packages.map(({ name, change }) => [name, change.type])).toEqual([
      ['app', 'added'],
      ['app-env', 'added'],
    ])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1:1.0~rc1', 'app-env': '1.0' })
    expect(readFileSync(join(metaPath, 'packages/app/version/1:1.0~rc1/file'), 'utf8')).toBe(
      `${app.fileName}\n`,
    )
    const shown = await stack.show()
    expect(shown).toMatchObject({
      generation: edited.generation,
      digest: edited.digest,
      count: 2,
      verb: 'add',
      who: 'ann@desk',
      why: 'it\'s \\ "new"',
    })
    expect(shown.packages).toMatchObject([
      { name: 'app', version: '1:1.0~rc1', architecture: 'all', sha256: app.sha256, file: app.fileName },
      { name: 'app-env', version: '1.0', sha256: env.sha256, pinnedBy: 'ann@desk' },
    ])
    expect(stackText(shown)).toContain('app      1:1.0~rc1  app_1%3a1.0~rc1_all.deb')
  })

  test('the digest of a stack is the sha256 of its sorted lines', async () => {
    const { dir, stack } = scene()
    await stack.create()
    const debs = ['b', 'a-b', 'a', 'a.b', 'a+b'].map((name) => tinyDeb(dir, name, '1'))
    const { digest } = await stack.add(debs)
    const lines = debs.map(({ name, sha256 }) => `${name} 1 all ${sha256}\n`).join('')
    const expected = execFileSync('/bin/sh', ['-c', 'LC_ALL=C sort | sha256sum'], { input: lines })
    expect(digest).toBe(expected.toString().slice(0, 64))
  })

  test('the manifest of a package holds what dpkg-deb says, byte for byte', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const log = join(dir, 'build.log')
    writeFileSync(log, 'built\n')
    const control = 'X-Odd: "q\\u0041 \\n é\tend\n continued "here"\n .\n\tand here\n'
    await stack.add([tinyDeb(dir, 'app', '1', { control })], {
      logPath: log,
      provenance: { commit: 'abc', url: "it's" },
    })
    const folder = join(metaPath, 'packages/app/version/1')
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
    expect(manifest).toMatchObject({
      name: 'app',
      architecture: 'all',
      recordedBy: 'ann@desk',
      provenance: { commit: 'abc', url: "it's" },
      control: {
        'X-Odd': '"q\\u0041 \\n é\tend\n continued "here"\n .\n and here',
        Maintainer: expect.any(String),
      },
    })
    expect(manifest.size).toBe(statSync(join(metaPath, 'debs/app_1_all.deb')).size)
    const unpacked = execFileSync('gzip', ['-dc', join(folder, 'build.log.gz')])
    expect(unpacked.toString()).toBe('built\n')
    expect(execFileSync('sha256sum', { input: unpacked }).toString()).toContain(manifest.buildLog.sha256)
  })

  test('a pinned package is replaced by its new version; old generations keep the old one', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const one = await stack.add([tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'env', '1')])
    const two = await stack.add([tinyDeb(dir, 'app', '2')])
    expect(two.packages[0]?.change).toEqual({ type: 'replaced', was: '1' })
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '2', env: '1' })
    expect(readAsIn2013(metaPath, one.generation, '.gachette/gen/main')).toEqual({ app: '1', env: '1' })
    const log = readFileSync(join(metaPath, '.gachette/log/main/1.0.0.jsonl'), 'utf8').trim().split('\n')
    expect(log.map((each) => JSON.parse(each)).at(-1)).toMatchObject({
      verb: 'add',
      parent: one.generation,
      generation: two.generation,
      changes: [{ name: 'app', version: '2', was: '1' }],
    })
  })

  test('adding what is pinned already makes no generation', async () => {
    const { dir, stack } = scene()
    await stack.create()
    const app = tinyDeb(dir, 'app', '1')
    const one = await stack.add([app])
    for (const again of [
      app,
      { name: 'app', version: '1' },
      { name: 'app', version: '1', fileName: app.fileName },
    ])
      expect(await stack.add([again])).toMatchObject({ generation: one.generation, changed: false })
  })

  test('what was pinned already is answered as it was pinned, by whom and when', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const debs = [tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'env', '1')]
    await stack.add(debs.slice(0, 1))
    const other = new Stack(remote, { metaPath, name: stack.name, who: 'bob@desk' })
    const { packages } = await other.add(debs)
    expect(packages).toMatchObject([
      { name: 'app', pinnedBy: 'ann@desk', change: { type: 'same' } },
      { name: 'env', pinnedBy: 'bob@desk', change: { type: 'added' } },
    ])
    const shown = await stack.show()
    expect(packages.map(({ change: _, ...pin }) => pin)).toEqual(shown.packages)
  })

  test('adding to a stack that is not there makes nothing, not even META', async () => {
    const { dir, stack } = scene()
    const app = tinyDeb(dir, 'app', '1')
    await expect(stack.add([app])).rejects.toThrow('stack 1.0.0 does not exist in')
    expect(readdirSync(dir)).toEqual([app.fileName])
  })

  test('an edit that expects another generation is refused and loses nothing', async () => {
    const { dir, metaPath, stack } = scene()
    const made = await stack.create()
    await stack.add([tinyDeb(dir, 'app', '1')], { expectGeneration: made.generation ?? '' })
    const late = stack.add([tinyDeb(dir, 'env', '1')], { expectGeneration: made.generation ?? '' })
    await expect(late).rejects.toBeInstanceOf(StaleGeneration)
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1' })
    expect(readdirSync(join(metaPath, 'packages'))).toEqual(['app'])
    expect(readdirSync(join(metaPath, 'debs'))).toEqual(['app_1_all.deb'])
  })

  test('other bytes under a registered version are refused, with both digests, and nothing is pinned', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const app = tinyDeb(dir, 'app', '1')
    await stack.add([app])
    const other = tinyDeb(dir, 'app', '1', { content: 'other\n', fileName: 'app_again.deb' })
    const error = await stack.add([tinyDeb(dir, 'env', '1'), other]).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RegisteredOtherwise)
    expect(String(error)).toContain(app.sha256)
    expect(String(error)).toContain(other.sha256)
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1' })
    expect(readdirSync(join(metaPath, 'debs'))).toEqual(['app_1_all.deb'])
    expect(readdirSync(join(metaPath, '.gachette/incoming'))).toEqual([])
  })

  test('a file of the pool is replaced only while no version registers it', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const old = tinyDeb(join(metaPath, 'debs'), 'old', '1', { fileName: 'same.deb' })
    await stack.add([old])
    const other = tinyDeb(dir, 'app', '1', { fileName: 'same.deb' })
    await expect(stack.add([other])).rejects.toThrow('same.deb (app 1) is in the pool with other bytes')
    const stray = tinyDeb(join(metaPath, 'debs'), 'app', '2', { content: 'a build that nobody registered\n' })
    const built = tinyDeb(dir, 'app', '2')
    expect(stray.sha256).not.toBe(built.sha256)
    expect((await stack.add([built])).packages).toMatchObject([{ sha256: built.sha256 }])
  })

  test('a .deb of another name, version or digest is refused by what it is', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const app = tinyDeb(dir, 'app', '1.0')
    const wrongly = (wrong: object) => stack.add([{ ...app, ...wrong }])
    await expect(wrongly({ name: 'ap' })).rejects.toThrow('app_1.0_all.deb is app 1.0, not ap 1.0')
    await expect(wrongly({ version: '1.00' })).rejects.toThrow('app_1.0_all.deb is app 1.0, not app 1.00')
    await expect(wrongly({ sha256: '0'.repeat(64) })).rejects.toThrow('changed since it was built')
    writeFileSync(join(dir, 'text.deb'), 'no package\n')
    await expect(wrongly({ path: join(dir, 'text.deb') })).rejects.toThrow('is no Debian package')
    expect(readdirSync(join(metaPath, 'debs'))).toEqual([])
  })

  test('a bare file name is sought in debs_path, then in the pool', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const { name, version, fileName } = tinyDeb(dir, 'app', '1')
    const error = await stack.add([{ name, version, fileName }]).catch((caught: unknown) => caught)
    expect(error).toMatchObject({
      message: `${fileName} (app) is not in ${metaPath}/debs`,
      hint: expect.stringContaining('debs_path'),
    })
    const seeking = new Stack(remote, { metaPath, name: '1.0.0', debsPath: dir })
    expect(await seeking.add([{ name, version, fileName }])).toMatchObject({ changed: true })
    const pooled = tinyDeb(join(metaPath, 'debs'), 'env', '1')
    await seeking.add([{ name: 'env', version: '1', fileName: pooled.fileName }])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1', env: '1' })
  })

  test('everything is readable for a web server, whatever the umask and the modes of what was built', async () => {
    const { dir, metaPath } = scene()
    const shell = join(dir, 'strict-sh')
    writeFileSync(shell, '#!/bin/sh\numask 077\nexec /bin/sh "$@"\n', { mode: 0o755 })
    const stack = new Stack(localRemote(process.env, shell), { metaPath, name: '1' })
    await stack.create()
    const app = tinyDeb(dir, 'app', '1')
    execFileSync('chmod', ['600', app.path])
    await stack.add([app])
    const modes = readdirSync(metaPath, { recursive: true, encoding: 'utf8' })
      .map((name) => lstatSync(join(metaPath, name)))
      .filter((stats) => !stats.isSymbolicLink())
      .map((stats) => `${stats.isDirectory() ? 'd' : '-'}${(stats.mode & 0o777).toString(8)}`)
    expect([...new Set(modes)].sort()).toEqual(['-644', 'd755'])
  })
})
