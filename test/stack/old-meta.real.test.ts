import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listStacks, Stack, stacksText, stackText } from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, storeFolder, writeFiles } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

function oldMeta(stacks = 'stacks') {
  const dir = storeFolder()
  const metaPath = join(dir, 'meta')
  writeFiles(metaPath, {
    'packages/app/version/1/file': 'app_1_all.deb\n',
    'packages/gone/version/1/file': 'gone_1_all.deb\n',
    [`${stacks}/1/packages/app/version`]: '1\n',
    [`${stacks}/1/packages/gone/version`]: '1',
    [`${stacks}/2/packages/app/version`]: '1\n',
  })
  mkdirSync(join(metaPath, 'debs'))
  const app = tinyDeb(join(metaPath, 'debs'), 'app', '1')
  const remote = localRemote()
  const open = (name: string) => new Stack(remote, { metaPath, name })
  return { dir, metaPath, app, remote, open }
}

describeWith(['dpkg-deb', 'flock'], 'a META of 2013', () => {
  test.each(['stacks', 'domain/main/stacks'])(
    '%s: is shown and listed without being touched',
    async (stacks) => {
      const { metaPath, remote, open } = oldMeta(stacks)
      const before = execFileSync('find', [metaPath]).toString()
      const shown = await open('1').show()
      expect(shown).toEqual({
        name: '1',
        domain: 'main',
        packages: [
          { name: 'app', version: '1', file: 'app_1_all.deb' },
          { name: 'gone', version: '1' },
        ],
      })
      expect(stackText(shown)).toContain('a plain folder of 2013')
      const listed = await listStacks(remote, { metaPath })
      expect(listed).toEqual([
        { name: '1', count: 2 },
        { name: '2', count: 1 },
      ])
      expect(stacksText(listed)).toContain('plain folder')
      expect(execFileSync('find', [metaPath]).toString()).toBe(before)
    },
  )

  test.each(['stacks', 'domain/main/stacks'])(
    '%s: the first edit makes a generation of the stack',
    async (stacks) => {
      const { dir, metaPath, app, open } = oldMeta(stacks)
      const edited = await open('1').add([tinyDeb(dir, 'env', '1')])
      expect(edited.warnings).toEqual(['stack 1 was a plain folder; it is kept in .gachette/aside'])
      const { packages } = await open('1').show()
      expect(packages).toMatchObject([
        { name: 'app', version: '1', sha256: app.sha256, architecture: 'all' },
        { name: 'env' },
        { name: 'gone', version: '1' },
      ])
      expect(packages[2]?.sha256).toBeUndefined()
      expect(readlinkSync(join(metaPath, 'stacks'))).toBe('domain/main/stacks')
      expect(readAsIn2013(metaPath, '2')).toEqual({ app: '1' })
      const [aside = ''] = readdirSync(join(metaPath, '.gachette/aside/main'))
      expect(
        readFileSync(join(metaPath, '.gachette/aside/main', aside, 'packages/app/version'), 'utf8'),
      ).toBe('1\n')
    },
  )

  test('what is added beside a package of 2013 says nothing about where that came from', async () => {
    const { dir, metaPath, open } = oldMeta()
    const logPath = join(dir, 'env.log')
    writeFiles(dir, { 'env.log': 'made it\n' })
    await open('1').add([tinyDeb(dir, 'env', '1')], { provenance: { commit: 'abc' }, logPath })
    const recordOf = (name: string): unknown =>
      JSON.parse(readFileSync(join(metaPath, `packages/${name}/version/1/manifest.json`), 'utf8'))
    expect(recordOf('env')).toMatchObject({
      provenance: { commit: 'abc' },
      buildLog: { file: 'build.log.gz' },
    })
    expect(recordOf('app')).toMatchObject({ provenance: null, buildLog: null })
  })

  test('cloning migrates what is cloned; creating an existing one leaves it', async () => {
    const { metaPath, open } = oldMeta()
    expect(await open('1').create()).toEqual({ name: '1', existed: true, warnings: [] })
    await open('3').create({ from: '2' })
    expect(readAsIn2013(metaPath, '3')).toEqual({ app: '1' })
    expect(readlinkSync(join(metaPath, 'stacks/3'))).toBe(readlinkSync(join(metaPath, 'stacks/2')))
    expect(await open('3').show()).toMatchObject({ count: 1, verb: 'migrate' })
  })

  test('what is no valid pin is kept for its readers, and named', async () => {
    const { dir, metaPath, open } = oldMeta()
    writeFiles(metaPath, {
      'stacks/1/packages/empty/version': '',
      'stacks/1/packages/odd name/version': '1\n',
      'stacks/1/packages/evil/version': '../../../../etc\n',
    })
    const { warnings } = await open('1').add([tinyDeb(dir, 'env', '1')])
    expect(warnings.join('\n')).toContain('packages/empty names no valid version')
    expect(warnings).toHaveLength(4)
    expect(readFileSync(join(metaPath, 'stacks/1/packages/evil/version'), 'utf8')).toBe('../../../../etc\n')
    const { count } = await open('1').add([tinyDeb(dir, 'empty', '1')])
    expect(count).toBe(4)
    expect(readFileSync(join(metaPath, 'stacks/1/packages/empty/version'), 'utf8')).toBe('1\n')
  })

  test('a registered version keeps its bytes, described or not', async () => {
    const { dir, metaPath, app, open } = oldMeta()
    const other = tinyDeb(dir, 'app', '1', { content: 'other\n', fileName: 'other.deb' })
    await expect(open('1').add([other])).rejects.toThrow(`registered: sha256 ${app.sha256}`)
    await open('2').add([app])
    expect(readFileSync(join(metaPath, 'packages/app/version/1/file'), 'utf8')).toBe('app_1_all.deb\n')
  })

  test('two stacks of one name, one per generation of the tool, are a question for people', async () => {
    const { metaPath, open } = oldMeta()
    writeFiles(metaPath, { 'domain/main/stacks/2/packages/app/version': '1\n' })
    await expect(open('9').create()).rejects.toThrow(
      `${metaPath}/stacks/2 and ${metaPath}/domain/main/stacks/2 are two stacks of one name`,
    )
  })

  test('stacks of both generations come together when their names differ', async () => {
    const { metaPath, remote, open } = oldMeta()
    writeFiles(metaPath, { 'domain/main/stacks/3/packages/app/version': '1\n' })
    expect((await listStacks(remote, { metaPath })).map(({ name }) => name)).toEqual(['1', '2', '3'])
    await open('4').create({ from: '1' })
    expect(readdirSync(join(metaPath, 'stacks')).sort()).toEqual(['1', '2', '3', '4'])
  })

  test('a folder where old readers need a link is named, and left alone', async () => {
    const { metaPath, open } = oldMeta()
    mkdirSync(join(metaPath, 'domains'))
    await expect(open('9').create()).rejects.toThrow(`${metaPath}/domains is in the way`)
  })

  test('a link that somebody made by hand is not edited', async () => {
    const { dir, metaPath, open } = oldMeta()
    await open('3').create({ from: '1' })
    symlinkSync('3', join(metaPath, 'stacks/live'))
    await expect(open('live').add([tinyDeb(dir, 'env', '1')])).rejects.toThrow(
      'is a link to 3, which is no generation',
    )
    expect(await open('live').create()).toMatchObject({ existed: true })
  })
})

describeWith(['root', 'dpkg-deb', 'flock', 'mount'], 'a full disk', () => {
  test('leaves the old stack, says so, and the edit works once there is room', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    mkdirSync(metaPath)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', metaPath])
    onTestFinished(() => void execFileSync('umount', ['-l', metaPath]))
    const stack = new Stack(localRemote(), { metaPath, name: '1' })
    await stack.create()
    await stack.add([tinyDeb(dir, 'app', '1')])
    for (let room = 0; room < 12; room++) {
      const filler = join(metaPath, 'filler')
      execFileSync('sh', [
        '-c',
        `cat /dev/zero >${filler} 2>/dev/null || truncate -s -${room * 4096} ${filler}`,
      ])
      const error = await stack.add([tinyDeb(dir, 'env', '1')]).catch((caught: unknown) => caught)
      execFileSync('rm', [filler])
      if (!(error instanceof Error)) break
      expect(error.message).toMatch(/is full \(\d+ KiB free\); the stack is unchanged$/)
      expect(readAsIn2013(metaPath, '1')).toEqual({ app: '1' })
    }
    await stack.add([tinyDeb(dir, 'env', '1')])
    expect(readAsIn2013(metaPath, '1')).toEqual({ app: '1', env: '1' })
  })
})
