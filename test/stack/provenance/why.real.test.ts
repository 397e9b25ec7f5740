import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { packageWhy, Stack, whyText } from '../../../src/stack/index.ts'
import { statementOf } from '../../../src/stack/provenance/index.ts'
import { describeWith } from '../../support/needs.ts'
import { scene, writeFiles } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'
import { COMMIT, witnessed } from './sample.ts'

const LOG = 'built it\n'
const LOG_SHA256 = execFileSync('sha256sum', { input: LOG }).toString().slice(0, 64)

describeWith(['dpkg-deb', 'flock'], 'why a package is what it is', () => {
  /** A store with app 1.0 and 1.0~rc.1, pinned in several stacks. */
  async function store() {
    const at = scene()
    const { dir, metaPath, remote, open } = at
    const deb = tinyDeb(dir, 'app', '1.0')
    writeFiles(dir, { 'app.log': LOG })
    const build = witnessed({ record: { logSha256: LOG_SHA256, sboms: [] } })
    const made = { ...build.made, artifacts: [{ ...deb, architecture: 'all', size: 1, control: {} }] }
    await open('1').create()
    await open('1').add([tinyDeb(dir, 'app', '1.0~rc.1')])
    await open('2').create()
    await open('2').add([deb], { provenance: statementOf({ ...build, made }), logPath: join(dir, 'app.log') })
    await open('3').create({ from: '2' })
    const other = new Stack(remote, { metaPath, domain: 'live', name: '2', who: 'bo@desk' })
    await other.create()
    await other.add([{ name: 'app', version: '1.0' }])
    const why = (which: { stack?: string; version?: string; domain?: string; name?: string } = {}) =>
      packageWhy(remote, { metaPath, name: 'app', ...which })
    const folder = join(metaPath, 'packages/app/version/1.0')
    return { ...at, deb, why, folder }
  }

  test('what is recorded of the highest version, that the files agree, and who pinned it in which stacks of all domains', async () => {
    const { why, deb, remote } = await store()
    const before = remote.execs()
    const told = await why()
    expect(remote.execs()).toBe(before + 1)
    expect(told).toMatchObject({
      name: 'app',
      version: '1.0',
      architecture: 'all',
      sha256: deb.sha256,
      file: 'app_1.0_all.deb',
      recordedBy: 'ann@desk',
      origin: { type: 'statement', commit: COMMIT, machine: { hostKey: 'SHA256:abc' } },
      provenance: { _type: 'https://in-toto.io/Statement/v1' },
      buildLog: { path: 'packages/app/version/1.0/build.log.gz', sha256: LOG_SHA256 },
      versions: ['1.0', '1.0~rc.1'],
      problems: [],
    })
    expect(told.pins.map(({ domain, stack, who }) => [domain, stack, who])).toEqual([
      ['live', '2', 'bo@desk'],
      ['main', '2', 'ann@desk'],
      ['main', '3', 'ann@desk'],
    ])
    expect(told).not.toHaveProperty('untrusted')
    const text = whyText(told).replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z(?= by)/g, 'NOW')
    expect(text.split('\n')).toEqual([
      'app  1.0  all',
      `sha256      ${deb.sha256}`,
      'repository  https://example.org/shop.git',
      `commit      ${COMMIT}`,
      'ref         main',
      'missile     .missile.yml',
      'built       2026-11-20T11:13:32Z to NOW by missile of gachette 0.1.0',
      'on          build1, debian 12.7, x86_64, kernel 6.1.0, host key SHA256:abc',
      'run         20261120-111332-abcd',
      `log         packages/app/version/1.0/build.log.gz  sha256 ${LOG_SHA256}`,
      'registered  NOW by ann@desk',
      '',
      'pinned in 3 stacks',
      '  2 (domain live)  NOW by bo@desk',
      '  2                NOW by ann@desk',
      '  3                NOW by ann@desk',
      '',
      '1 other version; the highest of all is 1.0',
    ])
  })

  test('of the version a stack pins, or of one that is named', async () => {
    const { why } = await store()
    expect(await why({ stack: '1' })).toMatchObject({
      version: '1.0~rc.1',
      origin: { type: 'none' },
      pins: [{ stack: '1' }],
    })
    expect(whyText(await why({ version: '1.0~rc.1' }))).toContain('origin      nobody recorded it')
    expect((await why({ stack: '2', domain: 'live' })).version).toBe('1.0')
    await expect(why({ stack: '2', version: '1.0' })).rejects.toThrow('name a stack or a version, not both')
    await expect(why({ stack: '9' })).rejects.toMatchObject({ code: 'no-such-stack' })
    await expect(why({ version: '9' })).rejects.toThrow('app 9 is not registered')
    await expect(why({ name: 'none' })).rejects.toThrow('package none is not registered')
  })

  test('the highest version is Debian’s, also where sort orders otherwise', async () => {
    const { why, dir, open } = await store()
    await open('1').add([tinyDeb(dir, 'app', '1:0.5')])
    expect((await why()).version).toBe('1:0.5')
  })

  test('a stack that does not pin it says so', async () => {
    const { why, open } = await store()
    await open('4').create()
    await expect(why({ stack: '4' })).rejects.toThrow('stack 4 pins no package app')
  })

  test('a .deb, a log, a statement that is another than what is recorded is named', async () => {
    const { why, folder, metaPath, deb } = await store()
    const pool = join(metaPath, 'debs/app_1.0_all.deb')
    chmodSync(pool, 0o644)
    appendFileSync(pool, 'x')
    writeFileSync(join(folder, 'build.log.gz'), gzipSync('other'))
    const [file, log, ...others] = (await why()).problems
    expect(others).toEqual([])
    expect(file).toMatch(
      /^app_1\.0_all\.deb in the pool has sha256 [0-9a-f]{64}, and [0-9a-f]{64} is recorded$/,
    )
    expect(file).toContain(deb.sha256)
    expect(log).toMatch(new RegExp(`^the build log has sha256 .*, and ${LOG_SHA256} is recorded$`))
    rmSync(pool)
    writeFileSync(join(folder, 'build.log.gz'), 'no gzip')
    const text = whyText(await why())
    expect(text).toContain('problem: app_1.0_all.deb is not in the pool')
    expect(text).toContain('problem: the build log has sha256')
  })

  test('a statement of other bytes, and a mark that somebody took away, are named', async () => {
    const { why, folder } = await store()
    const manifest = join(folder, 'manifest.json')
    const text = readFileSync(manifest, 'utf8')
    const other = text.replace(/("digest":\{"sha256":")[0-9a-f]{4}/, '$10000')
    writeFileSync(manifest, other.replace('"runDetails"', '"gachette_untrusted":"a fork","runDetails"'))
    expect(await why()).toMatchObject({
      untrusted: 'a fork',
      problems: [
        'the statement marks it as untrusted, and the mark beside it is gone',
        'the statement beside it does not speak of these bytes',
      ],
    })
  })

  test('nothing that another tool wrote breaks it, or the terminal', async () => {
    const { why, folder, metaPath } = await store()
    for (const hostile of [
      '',
      '{',
      '[]',
      '"\u001b[2J"',
      `{"provenance":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ]) {
      writeFileSync(join(folder, 'manifest.json'), hostile)
      const told = await why()
      expect(told.problems.length).toBeGreaterThan(0)
      expect(whyText(told)).not.toContain('\u001b')
    }
    writeFileSync(join(folder, 'untrusted'), '\u001b[31mred\ttape\n')
    writeFiles(metaPath, {
      'domain/main/stacks/a b/packages/app/version': '1.0\n',
      'domain/main/stacks/-n/packages/app/version': '1.0',
      'domain/main/stacks/void/packages/app/other': '',
      'packages/app/version/.hidden/file': 'x\n',
    })
    const told = await why()
    expect(whyText(told)).not.toContain('\u001b')
    expect(told.pins.map(({ stack }) => stack).sort()).toEqual(['-n', '2', '2', '3', 'a b'].sort())
    expect(told.versions).toEqual(['1.0', '1.0~rc.1'])
    expect(readdirSync(metaPath)).not.toContain('PWNED')
  })
})
