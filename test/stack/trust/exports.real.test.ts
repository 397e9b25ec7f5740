import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exportStack } from '../../../src/stack/index.ts'
import { verifyStacks } from '../../../src/stack/trust/index.ts'
import { edit, freezeByHand, stateIn } from '../../support/frozen-store.ts'
import { gpgHome } from '../../support/gpg-home.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { scene } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

describeWith(['gpg', 'dpkg-deb', 'flock', 'xz', 'gzip'], 'verify and exports', () => {
  async function exportedScene() {
    const { dir, metaPath, remote, stack } = scene()
    stateIn(join(dir, 'state'))
    const keys = gpgHome()
    onTestFinished(() => keys.remove())
    for (const name of ['ops@example.org', 'eve@example.org']) keys.key(name)
    await stack.create()
    const debs = [tinyDeb(dir, 'app', '1:2~x+b'), tinyDeb(dir, 'app-conf', '1')]
    freezeByHand(metaPath, { name: '1.0.0', ...(await stack.add(debs)) })
    const local = localRemote(keys.env)
    const gpgKey = 'ops@example.org'
    await exportStack(remote, local, { metaPath, name: '1.0.0', gpgKey })
    const link = join(metaPath, 'dists/main/1.0.0')
    const shown = resolve(dirname(link), readlinkSync(link))
    const problems = async (options = {}, by = local) =>
      (await verifyStacks(remote, by, { metaPath, gpgKey, ...options })).problems.map(
        ({ file, what }) => `${file} ${what}`,
      )
    return { dir, metaPath, remote, keys, local, link, shown, problems }
  }
  const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')

  test('an export that is whole and signed holds; also where nobody here can judge the signature', async () => {
    const { problems } = await exportedScene()
    expect(await problems()).toEqual([])
    expect(await problems({ name: '1.0.0', quick: true })).toEqual([])
    const stranger = gpgHome()
    onTestFinished(() => stranger.remove())
    expect(await problems({ gpgKey: undefined }, localRemote(stranger.env))).toEqual([])
    expect(await problems({}, localRemote(stranger.env))).toEqual([
      'dists/main/1.0.0/InRelease cannot be judged: gpg on this machine has no key ops@example.org',
    ])
  })

  test('every change of an index, of Release and of its signature is named', async () => {
    const { metaPath, keys, link, shown, problems } = await exportedScene()
    const folder = 'dists/main/1.0.0'
    const plain = join(shown, 'main/binary-all/Packages')
    const found = async (
      file: string,
      change: (text: string) => string,
      expected: readonly unknown[],
      options = {},
    ) => {
      const before = readFileSync(file)
      edit(file, change)
      expect((await problems(options)).sort()).toEqual(expected)
      writeFileSync(file, before)
    }
    const [before, said] = [readFileSync(plain, 'utf8'), (text: string) => expect.stringContaining(text)]
    const evil = before.replace('Version: 1\n', 'Version: 6\n')
    // The index and its name by its digest are one file.
    await found(plain, () => evil, [
      `${folder}/main has app-conf 6 otherwise than the stack has it`,
      `${folder}/main lacks app-conf 1 as the stack has it`,
      `${folder}/main/binary-all/Packages was changed: its sha256 is ${sha256(evil)}, and Release says ${sha256(before)}`,
      `${folder}/main/binary-all/Packages.gz holds something else than the index it is packed from`,
      `${folder}/main/binary-all/Packages.xz holds something else than the index it is packed from`,
      `${folder}/main/binary-all/by-hash/SHA256/${sha256(before)} was changed: its sha256 is ${sha256(evil)}`,
    ])
    await found(join(shown, 'Release'), (text) => text.replace(sha256(before), '0'.repeat(64)), [
      `${folder}/InRelease holds another text than Release`,
      said(`${folder}/main/binary-all/Packages was changed`),
    ])
    await found(join(shown, 'Release'), (text) => `${text} ${'0'.repeat(64)} 1 ../../../etc/passwd\n`, [
      `${folder}/InRelease holds another text than Release`,
      said(`${folder}/Release was changed: its line `),
    ])
    await found(join(shown, 'InRelease'), (text) => text.replace('Label: main', 'Label: mine'), [
      `${folder}/InRelease was changed: its signature does not hold`,
    ])
    const eve = execFileSync('gpg', ['--batch', '--local-user', 'eve@example.org', '--clearsign'], {
      env: keys.env,
      input: readFileSync(join(shown, 'Release')),
      encoding: 'utf8',
      stdio: 'pipe',
    })
    await found(join(shown, 'InRelease'), () => eve, [said(`${folder}/InRelease is signed by `)])
    await found(join(shown, 'InRelease'), () => eve, [said(`${folder}/InRelease is signed by `)], {
      gpgKey: undefined,
    })
    // What is signed in another form holds for gpg, and is none to apt.
    const gpg = (...argv: readonly string[]) =>
      execFileSync('gpg', ['--batch', '--passphrase', '', ...argv], {
        env: keys.env,
        input: readFileSync(join(shown, 'Release')),
        encoding: 'utf8',
        stdio: 'pipe',
      })
    const notHeld = [`${folder}/InRelease was changed: its signature does not hold`]
    await found(
      join(shown, 'InRelease'),
      () => gpg('--armor', '--local-user', 'ops@example.org', '--sign'),
      notHeld,
    )
    // The one key has expired; another's signature beside it makes it no better, in either order.
    const then = ['--faked-system-time', '20200101T000000']
    gpg(...then, '--quick-generate-key', 'old@example.org', 'ed25519', 'sign', 'seconds=86400')
    gpg(...then, '--quick-generate-key', 'mallory@example.org', 'ed25519', 'sign', 'never')
    const by = (...names: readonly string[]) =>
      gpg(...then, ...names.flatMap((name) => ['--local-user', `${name}@example.org`]), '--clearsign')
    for (const names of [
      ['old', 'mallory'],
      ['mallory', 'old'],
    ] as const)
      await found(join(shown, 'InRelease'), () => by(...names), [said(`${folder}/InRelease is signed by `)], {
        gpgKey: 'old@example.org',
      })
    await found(join(shown, 'InRelease'), () => by('old'), notHeld, { gpgKey: 'old@example.org' })
    const signed = readFileSync(join(shown, 'InRelease'))
    rmSync(join(shown, 'InRelease'))
    expect(await problems()).toEqual([said(`${folder}/InRelease is gone: it was signed by `)])
    writeFileSync(join(shown, 'InRelease'), signed)
    rmSync(link)
    symlinkSync('/tmp', link)
    expect(await problems()).toEqual([`${folder} leads to /tmp, which is no export of this store`])
    expect(metaPath).toBeTruthy()
  })
})
