import { execFileSync } from 'node:child_process'
import {
  cpSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { parseControl } from '../../../src/deb/index.ts'
import type { Query } from '../../../src/shell/index.ts'
import type { ExportStep } from '../../../src/stack/export/export.ts'
import { exportStack, exportText } from '../../../src/stack/index.ts'
import type { Remote } from '../../../src/task/context.ts'
import { gpgHome } from '../../support/gpg-home.ts'
import { killingShims } from '../../support/kill-at.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { prepared, shop } from './shop.ts'

const NEEDS = ['dpkg-deb', 'flock', 'xz', 'gzip']

/** The suite's Release, after all that it names was found to be of its digest, also by-hash. */
function consistent(meta: string, suite: string): string {
  const at = realpathSync(join(meta, 'dists', suite))
  const release = readFileSync(join(at, 'Release'), 'utf8')
  const files = [...release.matchAll(/^ ([0-9a-f]{64}) +(\d+) (\S+)$/gm)]
  expect(files.length).toBeGreaterThan(2)
  const sums = files.flatMap(([, sum, , path = '']) => [
    `${sum}  ${path}`,
    `${sum}  ${path.replace(/[^/]*$/, '')}by-hash/SHA256/${sum}`,
  ])
  execFileSync('sha256sum', ['--check', '--status', '-'], { cwd: at, input: `${sums.join('\n')}\n` })
  return release
}

describeWith([...NEEDS, 'apt-ftparchive'], 'what apt is told of a package', () => {
  test('is what apt-ftparchive says of the same .deb, field for field', async () => {
    const { metaPath, deb, frozen, exported } = shop()
    const word = fc.stringMatching(/^[!-~äß€"\\]{1,12}$/)
    const line = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '))
    const field = fc
      .tuple(
        fc.stringMatching(/^X-[A-Za-z]{1,8}$/),
        line,
        fc.array(fc.oneof(line, fc.constant('.')), { maxLength: 3 }),
      )
      .map(([name, first, more]) => `${name}: ${[first, ...more.map((each) => ` ${each}`)].join('\n')}\n`)
    const fields = fc.uniqueArray(field, {
      maxLength: 4,
      selector: (text) => text.split(':')[0]?.toLowerCase(),
    })
    const odd = fc.sample(fields, { numRuns: 15, seed: 4 })
    const depends = 'Depends: libc6 (>= 2.31),\n dpkg | apt\nSection: misc\nPriority: optional\n'
    const debs = odd.map((lines, at) =>
      deb(`odd-${at}`, `${at % 2}:1.${at}~rc+b-1`, `${depends}${lines.join('')}`),
    )
    await frozen('1.0.0', debs)
    await exported('1.0.0')
    const only = ['MD5', 'SHA1', 'SHA512'].flatMap((sum) => ['-o', `APT::FTPArchive::${sum}=false`])
    const theirs = execFileSync('apt-ftparchive', [...only, 'packages', 'debs'], {
      cwd: metaPath,
      encoding: 'utf8',
    })
    const ours = readFileSync(join(metaPath, 'dists/main/1.0.0/main/binary-all/Packages'), 'utf8')
    const stanzas = (text: string) =>
      text
        .trim()
        .split('\n\n')
        .map((stanza) => parseControl(stanza))
        .sort((one, other) => String(one.Package).localeCompare(String(other.Package)))
    expect(stanzas(ours)).toEqual(stanzas(theirs))
    expect(stanzas(ours)).toHaveLength(15)
  })
})

describeWith(NEEDS, 'an export', () => {
  test('is made once: the same again writes nothing', async () => {
    const { metaPath, deb, frozen, exported } = shop()
    await frozen('1.0.0', [deb('shop', '1.0')])
    const first = await exported('1.0.0')
    const link = readlinkSync(join(metaPath, 'dists/main/1.0.0'))
    const again = await exported('1.0.0')
    expect([first.changed, again.changed]).toEqual([true, false])
    expect(again).toEqual({ ...first, changed: false })
    expect(readlinkSync(join(metaPath, 'dists/main/1.0.0'))).toBe(link)
    expect(consistent(metaPath, 'main/1.0.0')).toMatch(/^Suite: main\/1\.0\.0$/m)
    expect(exportText(first)).toBe(
      `1.0.0 is exported as main/1.0.0: 1 package for ${first.architectures.join(', ')}
not signed: no gpg_key is set, so apt must be told to trust it ([trusted=yes])

deb [trusted=yes] file:${metaPath} main/1.0.0 main`,
    )
  })

  test('keeps what the one before it named, for one more, and is newer by its time', async () => {
    const { metaPath, deb, open, exported } = shop()
    const index = () => {
      const release = consistent(metaPath, 'main/dev')
      return / ([0-9a-f]{64}) +\d+ main\/binary-all\/Packages\.xz/.exec(release)?.[1] ?? ''
    }
    const here = (hash: string) =>
      readdirSync(join(metaPath, 'dists/main/dev/main/binary-all/by-hash/SHA256')).includes(hash)
    await open('dev').create()
    const seen: string[] = []
    const times: number[] = []
    for (const [at, version] of ['1', '2', '3'].entries()) {
      await open('dev').add([deb('shop', version)])
      await exported('dev', true)
      seen.push(index())
      const release = join(metaPath, 'dists/main/dev/Release')
      times.push(statSync(release).mtimeMs / 1000)
      // As a clock that went back would have it.
      utimesSync(release, new Date(), new Date((at + 1) * 1e6 + 4e12))
    }
    expect(seen.map(here)).toEqual([false, true, true])
    expect(times.slice(1)).toEqual([4_000_001_001, 4_000_002_001])
    expect(readdirSync(join(metaPath, '.gachette/exports/main/dev'))).toHaveLength(2)
  })

  test('refuses a stack that is not frozen, and one that has changed meanwhile', async () => {
    const made = shop()
    await made.open('dev').create()
    await made.open('dev').add([made.deb('shop', '1')])
    await expect(made.exported('dev')).rejects.toThrow('stack dev is not frozen')
    await expect(prepared(made, 'dev', 'f'.repeat(64))).rejects.toThrow(
      /^dev changed while it was exported: it is /,
    )
  })

  test('refuses a .deb that is gone or of another size, and a manifest that is not its', async () => {
    const { metaPath, deb, frozen, exported } = shop()
    await frozen('1.0.0', [deb('conf', '1'), deb('shop', '1'), deb('site', '1')])
    const manifest = join(metaPath, 'packages/site/version/1/manifest.json')
    const bytes = readFileSync(manifest, 'utf8')
    writeFileSync(manifest, bytes.replace('"Package":"site"', '"Package":"evil\\n\\nPackage: site"'))
    await expect(exported('1.0.0')).rejects.toThrow(
      `${metaPath}/packages/site/version/1/manifest.json: its control fields are of another package`,
    )
    writeFileSync(manifest, bytes.replace('a tiny package', 'a\\nPackage: shop'))
    await expect(exported('1.0.0')).rejects.toThrow('manifest.json: a line that is none of its field')
    rmSync(join(metaPath, 'debs/conf_1_all.deb'))
    writeFileSync(join(metaPath, 'debs/shop_1_all.deb'), 'short')
    await expect(exported('1.0.0')).rejects.toThrow(
      `${metaPath}/debs/conf_1_all.deb (conf 1) is gone\n${metaPath}/debs/shop_1_all.deb (shop 1) has 5 bytes, and had `,
    )
    expect(readdirSync(metaPath)).not.toContain('dists')
  })

  test('stopped before any of its programs leaves the old one or the new one', {
    timeout: 120_000,
  }, async () => {
    const made = shop()
    const { dir, metaPath, deb, open, exported } = made
    await open('dev').create()
    await open('dev').add([deb('shop', '1')])
    await exported('dev', true)
    const old = consistent(metaPath, 'main/dev')
    await open('dev').add([deb('shop', '2')])
    const { digest = '' } = await open('dev').show()
    cpSync(metaPath, `${metaPath}.kept`, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    })
    const shims = killingShims(dir, `${PROGRAMS} xz touch xargs`)
    const outcomes = new Set<string>()
    for (let at = 1; ; at++) {
      const remote = localRemote(shims.env(at))
      const ended = await prepared({ ...made, remote: { ...made.remote, ...remote } }, 'dev', digest).catch(
        () => 'killed',
      )
      const release = consistent(metaPath, 'main/dev')
      outcomes.add(release === old ? 'old' : 'new')
      if (ended !== 'killed') break
      rmSync(metaPath, { recursive: true })
      cpSync(`${metaPath}.kept`, metaPath, {
        recursive: true,
        verbatimSymlinks: true,
        preserveTimestamps: true,
      })
    }
    expect([...outcomes]).toEqual(['old', 'new'])
    expect(shims.calls()).toBeGreaterThan(30)
  })

  test('beside others and beside edits is always one whole', async () => {
    const { metaPath, deb, open, exported } = shop()
    await open('dev').create()
    const debs = [1, 2, 3, 4].map((version) => deb('shop', String(version)))
    await open('dev').add(debs.slice(0, 1))
    await exported('dev', true)
    const edits = debs.map((each) => open('dev').add([each]))
    const exports = [1, 2, 3, 4].map(() =>
      exported('dev', true).catch((error: { code: string }) => error.code),
    )
    let reads = 0
    const reading = (async () => {
      for (; reads < 20; reads++) {
        consistent(metaPath, 'main/dev')
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await Promise.all([...edits, reading])
    // Whoever was overtaken by an edit is told so.
    for (const ended of await Promise.all(exports))
      if (typeof ended === 'string') expect(ended).toBe('export-moved')
    await exported('dev', true)
    consistent(metaPath, 'main/dev')
  })
})

describeWith([...NEEDS, 'gpg'], 'a signed export', () => {
  test('is signed here, over the very bytes of its Release, and stays signed', async () => {
    const keys = gpgHome()
    onTestFinished(keys.remove)
    const fingerprint = keys.key('ops@example.org')
    const local = localRemote(keys.env)
    const { metaPath, remote, deb, frozen, exported } = shop()
    await frozen('1.0.0', [deb('shop', '1.0')])
    const options = { metaPath, name: '1.0.0' }
    const signed = await exportStack(remote, local, { ...options, gpgKey: 'ops@example.org' })
    expect(signed).toMatchObject({ changed: true, signedBy: fingerprint })
    const release = join(metaPath, 'dists/main/1.0.0/Release')
    const verified = execFileSync(
      'gpg',
      ['--quiet', '--decrypt', join(metaPath, 'dists/main/1.0.0/InRelease')],
      {
        env: keys.env,
        stdio: 'pipe',
      },
    )
    expect(String(verified)).toBe(readFileSync(release, 'utf8'))
    expect(await exported('1.0.0')).toMatchObject({ changed: false, signedBy: fingerprint })
    await expect(exportStack(remote, local, { ...options, gpgKey: 'nobody@example.org' })).rejects.toThrow(
      'gpg on this machine has no secret key nobody@example.org',
    )
    // Other content without a key would lock out who trusts the signature.
    await frozen('2.0.0', [deb('shop', '2.0')])
    rmSync(join(metaPath, 'domain/main/stacks/1.0.0'))
    await expect(exported('1.0.0')).rejects.toThrow('stack 1.0.0')
  })

  test('is signed for no more than the stack that was resolved here, whatever the store shows', async () => {
    const keys = gpgHome()
    onTestFinished(keys.remove)
    keys.key('ops@example.org')
    const { metaPath, remote, deb, frozen } = shop()
    await frozen('1.0.0', [deb('shop', '1.0'), deb('shop-conf', '2.0')])
    const exported = (ask: Remote['ask'] = remote.ask) =>
      exportStack({ ...remote, ask }, localRemote(keys.env), {
        metaPath,
        name: '1.0.0',
        gpgKey: 'ops@example.org',
      })
    /** Lies in what is to be signed: every index anew, and their digests in Release. */
    const lying = (change: (release: string, at: string) => string) =>
      (async (query: Query<unknown>, options?: object) => {
        const step = (await remote.ask(query, options)) as ExportStep
        if (step?.state !== 'unsigned') return step
        const at = join(metaPath, '.gachette/exports/main/1.0.0', `.${step.id}`)
        return { ...step, release: change(step.release, at) }
      }) as Remote['ask']
    const refused = (change: (release: string, at: string) => string, what: string | RegExp) =>
      expect(exported(lying(change))).rejects.toThrow(what)
    const path = 'main/binary-all/Packages'
    const summed = (release: string, at: string, name: string) =>
      release.replace(new RegExp(`^ [0-9a-f]{64} +\\d+ ${name}$`, 'm'), () => {
        const [sum = ''] = execFileSync('sha256sum', [join(at, name)], { encoding: 'utf8' }).split(' ')
        return ` ${sum} ${String(statSync(join(at, name)).size).padStart(9)} ${name}`
      })
    const told =
      (change: (text: string) => string, packed = ['gz', 'xz']) =>
      (release: string, at: string) => {
        const plain = join(at, path)
        const text = readFileSync(plain, 'utf8')
        expect(change(text)).not.toBe(text)
        writeFileSync(plain, change(text))
        for (const each of packed) execFileSync(each === 'gz' ? 'gzip' : 'xz', ['-kf', plain])
        if (!packed.includes('gz')) writeFileSync(plain, text)
        return ['', '.gz', '.xz'].reduce((now, end) => summed(now, at, path + end), release)
      }
    const evil = 'e'.repeat(64)
    const otherwise = 'main/binary-all/Packages has "shop" otherwise, or twice; nothing was signed'
    await refused(
      told((text) => text.replace(/SHA256: .*/, `SHA256: ${evil}`)),
      otherwise,
    )
    await refused(
      told((text) => text.replace('Version: 1.0', 'Version: 9.0')),
      otherwise,
    )
    await refused(
      told((text) => `${text}Package: evil\nVersion: 1\nArchitecture: all\n\n`),
      'has "evil" otherwise',
    )
    await refused(
      told((text) => text.slice(0, text.indexOf('\n\n') + 2)),
      'shop-conf is in no index',
    )
    await refused(
      told((text) => text.replace(/SHA256: .*/, `$&\nSHA512: ${evil}`)),
      'has what is no package',
    )
    await refused(
      told((text) => text.replace('Version: 1.0', 'Version: 9.0'), ['xz']),
      'Packages.xz does not hold what',
    )
    await refused(
      (release) => release.replace('Origin: Gachette', 'Origin: Debian'),
      'line 1 of its Release is not',
    )
    await refused(
      (release) => release.replace('Suite: main/', 'Suite: live/'),
      'line 3 of its Release is not',
    )
    await refused(
      (release) => release.replace('SHA256:', 'Signed-By: X\nSHA256:'),
      'its Release has further lines',
    )
    await refused(
      (release) => release.replace(/\n [0-9a-f]{64}/, `\n ${evil}`),
      'is not what its Release says',
    )
    await refused(
      (release) => `${release.replace(/^Arch.*/m, '$& evil')} ${evil} 1 main/binary-evil/Packages\n`,
      'main/binary-evil/Packages is not what its Release says',
    )
    await refused((release) => `${release} ${evil} 1 ../x\n`, 'its Release names what is no index')
    expect(readdirSync(metaPath)).not.toContain('dists')
    expect(await exported()).toMatchObject({ changed: true })
  })

  test('without the key refuses to take the signature away', async () => {
    const keys = gpgHome()
    onTestFinished(keys.remove)
    keys.key('ops@example.org')
    const { metaPath, remote, deb, open, exported } = shop()
    await open('dev').create()
    await open('dev').add([deb('shop', '1')])
    const policy = { unfrozen: true }
    await exportStack(remote, localRemote(keys.env), {
      metaPath,
      name: 'dev',
      policy,
      gpgKey: 'ops@example.org',
    })
    await open('dev').add([deb('shop', '2')])
    await expect(exported('dev', true)).rejects.toThrow(
      /^main\/dev is signed by gpg key [0-9A-F]{40}, and no gpg_key is set/,
    )
  })
})

const PROGRAMS =
  'awk cat chmod cmp cp cut date find flock grep gzip ln ls mkdir mv paste readlink rm rmdir sed sha256sum sort stat sync tr wc'
