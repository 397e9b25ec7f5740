import { execFileSync } from 'node:child_process'
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  createNextStack,
  listStacks,
  NoSuchStack,
  RegisteredOtherwise,
  Stack,
  StaleGeneration,
  stackText,
} from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const shells = ['/bin/dash', '/bin/bash']

function scene(shell = '/bin/sh', name = '1.0.0') {
  const dir = storeFolder()
  const metaPath = join(dir, 'meta')
  const remote = localRemote(process.env, shell)
  const open = (other: string) => new Stack(remote, { metaPath, name: other, who: 'ann@desk' })
  return { dir, metaPath, remote, open, stack: open(name) }
}

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

  test('a stack that exists is left as it is', async () => {
    const { dir, stack, open } = scene()
    await stack.create()
    const { generation } = await stack.add([tinyDeb(dir, 'app', '1')])
    expect(await stack.create()).toMatchObject({ existed: true, generation })
    await open('2.0.0').create()
    expect(await stack.create({ from: '2.0.0' })).toMatchObject({ existed: true, generation })
  })

  test('a clone is one more link to the same generation, and goes its own way', async () => {
    const { dir, metaPath, stack, open } = scene()
    await stack.create()
    const { generation } = await stack.add([tinyDeb(dir, 'app', '1')])
    const clone = open('1.0.1')
    expect(await clone.create({ from: '1.0.0' })).toMatchObject({ existed: false, generation })
    await clone.add([tinyDeb(dir, 'app', '2')])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1' })
    expect(readAsIn2013(metaPath, '1.0.1')).toEqual({ app: '2' })
  })

  test('a clone of nothing is refused with the line to type', async () => {
    const { metaPath, open } = scene()
    const error = await open('2')
      .create({ from: '1.9' })
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(NoSuchStack)
    expect(error).toMatchObject({ hint: `create it:  gachette stack_create:1.9,${metaPath}` })
    expect(readdirSync(join(metaPath, 'stacks'))).toEqual([])
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
    expect(error).toMatchObject({ hint: `last looked for: ${metaPath}/debs/${fileName}` })
    const seeking = new Stack(remote, { metaPath, name: '1.0.0', debsPath: dir })
    expect(await seeking.add([{ name, version, fileName }])).toMatchObject({ changed: true })
    const pooled = tinyDeb(join(metaPath, 'debs'), 'env', '1')
    await seeking.add([{ name: 'env', version: '1', fileName: pooled.fileName }])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1', env: '1' })
  })

  test('domains are apart, and share packages', async () => {
    const { dir, metaPath, remote, stack } = scene()
    const live = new Stack(remote, { metaPath, domain: 'live', name: '1.0.0' })
    await live.create()
    await live.add([tinyDeb(dir, 'app', '1')])
    await expect(stack.show()).rejects.toBeInstanceOf(NoSuchStack)
    await stack.create()
    await stack.add([{ name: 'app', version: '1' }])
    expect(readAsIn2013(metaPath, '1.0.0', 'domains/live/stacks')).toEqual({ app: '1' })
    expect((await listStacks(remote, { metaPath, domain: 'live' })).map(({ name }) => name)).toEqual([
      '1.0.0',
    ])
  })

  test('a list tells generation, number of packages, digest and creation', async () => {
    const { dir, metaPath, remote, open } = scene()
    expect(await listStacks(remote, { metaPath })).toEqual([])
    for (const name of ['1.10.0', '1.9.0']) await open(name).create()
    const { generation, digest } = await open('1.9.0').add([tinyDeb(dir, 'app', '1')])
    await open('2.0.0').create({ from: '1.9.0' })
    const stacks = await listStacks(remote, { metaPath })
    expect(stacks.map(({ name, count }) => [name, count])).toEqual([
      ['1.9.0', 1],
      ['1.10.0', 0],
      ['2.0.0', 1],
    ])
    expect(stacks[0]).toMatchObject({ generation, digest, created: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(stacks[2]).toMatchObject({ generation, digest })
  })

  test('a bump raises the highest version, whoever is first', async () => {
    const { metaPath, open, remote } = scene()
    await open('1.9.0').create()
    await open('1.10.0').create()
    await open('note').create()
    const made = await Promise.all(
      [1, 2, 3, 4].map(() => createNextStack(localRemote(), { metaPath, bump: 'patch', from: '1.9.0' })),
    )
    expect(made.map(({ name }) => name).sort()).toEqual(['1.10.1', '1.10.2', '1.10.3', '1.10.4'])
    expect(await createNextStack(remote, { metaPath, bump: 'major' })).toMatchObject({ name: '2.0.0' })
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

  test('40 writers at once: 40 packages', async () => {
    const { dir, metaPath, stack } = scene()
    await stack.create()
    const debs = Array.from({ length: 40 }, (_, at) => tinyDeb(dir, `app${at}`, '1'))
    await Promise.all(debs.map((deb) => new Stack(localRemote(), { metaPath, name: '1.0.0' }).add([deb])))
    expect(Object.keys(readAsIn2013(metaPath, '1.0.0'))).toHaveLength(40)
    expect(await stack.show()).toMatchObject({ count: 40 })
  })

  test('a busy store is waited for so long, and then named', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const impatient = new Stack(remote, { metaPath, name: '1.0.0', patienceS: 0 })
    const lock = join(metaPath, '.gachette/lock/store')
    const adding = `${dir}/add`
    writeFileSync(adding, '')
    const { spawn } = await import('node:child_process')
    const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; read line'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    await new Promise((held) => holder.stdout.once('data', held))
    await expect(impatient.add([tinyDeb(dir, 'app', '1')])).rejects.toThrow(/is busy: .* within 0 s/)
    const ended = new Promise((exit) => holder.once('exit', exit))
    holder.stdin.end('\n')
    await ended
    expect(await impatient.add([tinyDeb(dir, 'app', '1')])).toMatchObject({ changed: true })
  })

  test('the lock is not kept by what a killed edit started', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const fakes = join(dir, 'bin')
    execFileSync('mkdir', [fakes])
    // A program that outlives the shell that started it, holding whatever it inherited.
    writeFileSync(
      join(fakes, 'cp'),
      '#!/bin/sh\ncase $1 in -al) echo $$ >"$FAKE_PID"; exec sleep 60 ;; esac\nexec /bin/cp "$@"\n',
      { mode: 0o755 },
    )
    const pidFile = join(dir, 'pid')
    const slow = localRemote({ ...process.env, PATH: `${fakes}:${process.env['PATH']}`, FAKE_PID: pidFile })
    const killed = new Stack(slow, { metaPath, name: '1.0.0' }).add([tinyDeb(dir, 'app', '1')])
    const outcome = killed.catch((error: unknown) => error)
    await expect
      .poll(() => execFileSync('sh', ['-c', `cat ${pidFile} 2>/dev/null; true`]).toString())
      .not.toBe('')
    slow.current()?.kill('SIGKILL')
    try {
      const next = new Stack(remote, { metaPath, name: '1.0.0', patienceS: 5 })
      expect(await next.add([tinyDeb(dir, 'env', '1')])).toMatchObject({ count: 1 })
    } finally {
      process.kill(Number(readFileSync(pidFile, 'utf8')))
    }
    await outcome
  })
})
