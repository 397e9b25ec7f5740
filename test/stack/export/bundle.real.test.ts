import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readBundle } from '../../../src/stack/export/bundle/contents.ts'
import { takeIn } from '../../../src/stack/export/bundle/take-in.ts'
import {
  bundleStack,
  importedText,
  importStack,
  parseStore,
  Stack,
  type TrustPolicy,
} from '../../../src/stack/index.ts'
import { promoteAsIs } from '../../support/frozen-stack.ts'
import { killingShims } from '../../support/kill-at.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { readAsIn2013 } from '../../support/store-folder.ts'
import { shop } from './shop.ts'

const NEEDS = ['dpkg-deb', 'flock', 'xz', 'tar', 'ssh-keygen']

/** A store with a frozen stack of two packages, its bundle, and an empty place for another store. */
async function carried(channel = false) {
  const made = shop()
  const { dir, metaPath, remote, deb, frozen } = made
  await frozen('1.0.0', [deb('shop', '1:1~x+b', 'Depends: conf,\n dpkg\n'), deb('conf', '2')])
  if (channel) promoteAsIs(metaPath, '1.0.0', 'production')
  const bundle = join(dir, 'b.tar')
  const bundled = (name = channel ? 'production' : '1.0.0', meta = metaPath, file = bundle) =>
    bundleStack(remote, remote, { metaPath: meta, name, bundle: file })
  const exported = await bundled()
  const there = join(dir, 'there')
  const imported = (
    options: { channels?: boolean; policy?: TrustPolicy; file?: string; metaPath?: string } = {},
  ) => importStack(remote, remote, { metaPath: there, file: bundle, who: 'bob@island', ...options })
  /** The bundle with another content: unpacked, changed, packed again in the same order. */
  const forged = (change: (tree: string) => void): string => {
    const tree = join(dir, 'forged')
    rmSync(tree, { recursive: true, force: true })
    execFileSync('mkdir', [tree])
    execFileSync('tar', ['-xf', bundle, '-C', tree])
    const names = execFileSync('tar', ['-tf', bundle], { encoding: 'utf8' })
    change(tree)
    const file = join(dir, 'forged.tar')
    execFileSync('tar', ['--format=gnu', '-cf', file, '-C', tree, '-T', '-'], { input: names })
    return file
  }
  return { ...made, bundle, bundled, exported, there, imported, forged }
}

const isEmpty = (meta: string) =>
  !existsSync(join(meta, 'domain/main/stacks/1.0.0')) && !existsSync(join(meta, 'packages/shop'))

describeWith(NEEDS, 'a bundle', () => {
  test('makes the same stack in an empty store, frozen, and as the same bytes again', async () => {
    const { dir, metaPath, there, imported, bundled, exported, bundle, remote } = await carried()
    const first = await imported()
    expect(importedText(first)).toBe(`stack 1.0.0 is imported, and frozen: 2 packages, 2 of them new
digest ${exported.digest}
latest is 1.0.0
apt suite main/1.0.0`)
    const record = '.gachette/frozen/main/1.0.0.json'
    expect(readFileSync(join(there, record))).toEqual(readFileSync(join(metaPath, record)))
    expect(readAsIn2013(there, '1.0.0')).toEqual(readAsIn2013(metaPath, '1.0.0'))
    const [here, old] = await Promise.all(
      [there, metaPath].map((meta) => new Stack(remote, { metaPath: meta, name: '1.0.0' }).show()),
    )
    const frozen = ({ packages, digest, generation, frozen }: Partial<NonNullable<typeof old>> = {}) => ({
      packages,
      digest,
      generation,
      frozen,
    })
    expect(frozen(here)).toEqual(frozen(old))
    const again = await bundled('1.0.0', there, join(dir, 'again.tar'))
    expect(again.bundle?.sha256).toBe(exported.bundle?.sha256)
    expect(readFileSync(join(dir, 'again.tar')).equals(readFileSync(bundle))).toBe(true)
    expect(readdirSync(join(there, '.gachette/incoming'))).toEqual([])
    expect(readdirSync(join(metaPath, '.gachette/incoming'))).toEqual([])
  })

  test('a second time changes nothing, and says so', async () => {
    const { imported, there } = await carried()
    await imported()
    const log = readFileSync(join(there, '.gachette/log/main/1.0.0.jsonl'), 'utf8')
    expect(importedText(await imported())).toContain('stack 1.0.0 was there already; nothing was changed')
    expect(readFileSync(join(there, '.gachette/log/main/1.0.0.jsonl'), 'utf8')).toBe(log)
    expect(JSON.parse(log)).toMatchObject({ verb: 'import', who: 'bob@island', why: 'import b.tar' })
  })

  test('of a channel brings the channel only where that is asked for, and never an older pointer', async () => {
    const { dir, imported, there, metaPath, bundled, bundle } = await carried(true)
    const channels = join(there, '.gachette/channels')
    expect((await imported()).suites).toEqual(['1.0.0'])
    expect(existsSync(channels)).toBe(false)
    expect(await imported({ channels: true })).toMatchObject({
      change: 'imported',
      channel: 'production',
      suites: ['production'],
    })
    expect(readAsIn2013(there, 'production')).toEqual(readAsIn2013(there, '1.0.0'))
    cpSync(bundle, `${bundle}.old`)
    promoteAsIs(metaPath, '1.0.0', 'production', { number: 2, when: '2026-03-02T00:00:00Z' })
    await bundled('production')
    expect(await imported({ channels: true })).toMatchObject({ change: 'imported', newPackages: 0 })
    // Another machine, which has seen nothing yet.
    rmSync(join(dir, 'state'), { recursive: true })
    await expect(imported({ channels: true, file: `${bundle}.old` })).rejects.toThrow(
      'channel production is at number 2 here, and the bundle is of number 1; nothing was changed',
    )
    expect((await imported({ file: `${bundle}.old` })).change).toBe('same')
    // Nor where the store itself was put back to before: this machine has seen the newer number there.
    expect((await imported({ channels: true })).change).toBe('same')
    rmSync(there, { recursive: true })
    await expect(imported({ channels: true, file: `${bundle}.old` })).rejects.toThrow(
      'channel production is at number 1 (stack 1.0.0), and this machine has seen number 2 (stack 1.0.0)',
    )
    expect(existsSync(there)).toBe(false)
  })

  test('that was tampered with is refused with the name of what is wrong', async () => {
    const { forged, imported, there } = await carried()
    const said = async (change: (tree: string) => void) => {
      const file = forged(change)
      const error = await imported({ file }).then(
        () => new Error('it was imported'),
        (failure: Error) => failure,
      )
      expect(isEmpty(there), error.message).toBe(true)
      return error.message
        .replaceAll(file, 'FILE')
        .replace(/[0-9a-f]{64}/g, 'HEX')
        .replace(/\d{8}T\d{6}Z-[0-9a-f]{10}/, 'GEN')
    }
    const edit = (path: string, from: string | RegExp, to: string) => (tree: string) => {
      const text = readFileSync(join(tree, path), 'latin1')
      expect(text).toMatch(from)
      writeFileSync(join(tree, path), text.replace(from, to), 'latin1')
    }
    expect(await said(edit('debs/conf_2_all.deb', 'content', 'CONTENT'))).toBe(
      'FILE: debs/conf_2_all.deb (conf 2) was changed\n  frozen:  sha256 HEX\n  this one: sha256 HEX',
    )
    expect(await said(edit('.gachette/frozen/main/1.0.0.json', /"digest":"....../, '"digest":"000000'))).toBe(
      'FILE: the packages of stack 1.0.0 make digest HEX, and it was frozen with HEX',
    )
    expect(await said(edit('packages/conf/version/2/file', 'conf', 'shop'))).toBe(
      'FILE: packages/conf/version/2/file does not name conf_2_all.deb',
    )
    // Neither of these two has a digest in what was signed: the .deb itself is asked.
    expect(
      await said(edit('packages/conf/version/2/manifest.json', 'a tiny package', 'a fine package')),
    ).toBe(
      'packages/conf/version/2/manifest.json of the bundle does not tell what the .deb says (description)',
    )
    expect(
      await said(edit('dists/main/1.0.0/main/binary-all/Packages', 'Depends: conf', 'Depends: evil')),
    ).toBe('the apt suite 1.0.0 of the bundle is not what its Release says')
  })

  test('brings no apt suite that tells of other packages than its own', async () => {
    const { forged, imported, there, remote } = await carried()
    const file = forged((tree) => {
      const suite = join(tree, 'dists/main/1.0.0')
      const packages = join(suite, 'main/binary-all/Packages')
      const old = execFileSync('sha256sum', [packages], { encoding: 'utf8' }).slice(0, 64)
      writeFileSync(packages, readFileSync(packages, 'utf8').replace('Depends: conf', 'Depends: evil'))
      const now = execFileSync('sha256sum', [packages], { encoding: 'utf8' }).slice(0, 64)
      writeFileSync(join(suite, 'Release'), readFileSync(join(suite, 'Release'), 'utf8').replace(old, now))
    })
    expect((await imported({ file })).suites).toEqual([])
    expect(existsSync(join(there, 'dists/main/1.0.0'))).toBe(false)
    expect(remote.said.join('\n')).toContain(
      "the bundle's apt suite main/1.0.0 does not tell what its packages say",
    )
  })

  test('meets other bytes under a known name and version, and another stack under its name', async () => {
    const { dir, imported, deb, remote, there, bundle } = await carried()
    const open = (name: string, metaPath: string) => new Stack(remote, { metaPath, name, who: 'ann@desk' })
    await open('0.9.0', there).create()
    await open('0.9.0', there).add([deb('conf', '2', 'Section: misc\n')])
    await expect(imported()).rejects.toThrow(
      /^conf 2 is registered with other bytes\n {2}registered: sha256 /,
    )
    expect(isEmpty(there)).toBe(true)
    const other = join(dir, 'other')
    await open('1.0.0', other).create()
    await expect(imported({ metaPath: other, file: bundle })).rejects.toThrow(
      `${other} has another stack 1.0.0 than the bundle; nothing was changed`,
    )
  })

  test('is believed for its signatures, where signers are named', async () => {
    const { dir, metaPath, bundled, imported, there } = await carried()
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ann', '-f', join(dir, 'ann')])
    const allowedSigners = join(dir, 'allowed')
    writeFileSync(allowedSigners, `ann@desk ${readFileSync(join(dir, 'ann.pub'), 'utf8')}`)
    const policy = { allowedSigners }
    await expect(imported({ policy })).rejects.toThrow('stack 1.0.0 has 0 of 1 signatures')
    expect(isEmpty(there)).toBe(true)
    await imported()
    const record = readFileSync(join(metaPath, '.gachette/frozen/main/1.0.0.json'))
    const signature = execFileSync(
      'ssh-keygen',
      ['-q', '-Y', 'sign', '-n', 'gachette-stack', '-f', join(dir, 'ann')],
      {
        input: record,
        stdio: 'pipe',
      },
    )
    const name = `${execFileSync('sha256sum', { input: signature, encoding: 'utf8' }).slice(0, 16)}.sig`
    const folder = '.gachette/frozen/main/1.0.0.sigs'
    execFileSync('mkdir', ['-p', join(metaPath, folder)])
    writeFileSync(join(metaPath, folder, name), signature)
    await bundled()
    expect(await imported({ policy })).toMatchObject({ change: 'signed', signers: ['ann@desk'] })
    expect(readFileSync(join(there, folder, name)).equals(signature)).toBe(true)
  })

  test('that stopped before any third program is not there, or whole; again, it is whole', {
    timeout: 180_000,
  }, async () => {
    const { dir, bundle, metaPath, there, remote, store, bundled, deb, frozen } = await carried()
    // The store has one of two packages, and another stack.
    const before = join(dir, 'before')
    await frozen('0.9.0', [deb('conf', '2')])
    await bundled('0.9.0', metaPath, join(dir, 'first.tar'))
    await importStack(remote, remote, { metaPath: before, file: join(dir, 'first.tar') })
    const read = await readBundle(bundle)
    const wanted = parseStore({ metaPath: there, who: store.who })
    const shims = killingShims(dir, PROGRAMS)
    const outcomes = new Set<string>()
    const seen = () => {
      if (!existsSync(join(there, 'domain/main/stacks/1.0.0'))) return 'absent'
      expect(readAsIn2013(there, '1.0.0')).toEqual(readAsIn2013(metaPath, '1.0.0'))
      return existsSync(join(there, '.gachette/frozen/main/1.0.0.json')) ? 'frozen' : 'not frozen'
    }
    for (let at = 1; ; at += 3) {
      rmSync(there, { recursive: true, force: true })
      cpSync(before, there, { recursive: true, verbatimSymlinks: true })
      const again = () => takeIn(wanted, read, { path: bundle, channels: false })
      const ended = await localRemote(shims.env(at))
        .ask(again())
        .catch(() => 'killed')
      outcomes.add(seen())
      if (ended !== 'killed') break
      expect(await remote.ask(again())).toMatchObject({ warnings: [] })
      expect(seen()).toBe('frozen')
      expect(readAsIn2013(there, '0.9.0')).toEqual({ conf: '2' })
    }
    expect([...outcomes].sort()).toEqual(['absent', 'frozen'])
    expect(shims.calls()).toBeGreaterThan(60)
  })
})

const PROGRAMS =
  'awk cat chmod cmp cp cut date dpkg-deb expr find flock grep head ln ls mkdir mv paste readlink rm sed sha256sum sort stat sync tar touch tr wc xargs'
