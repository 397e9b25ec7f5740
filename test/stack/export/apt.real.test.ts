import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleStack, exportStack } from '../../../src/stack/index.ts'
import { type AptRoot, aptRoot, RELEASES, type Release } from '../../support/apt-roots.ts'
import { freezeAsIs, promoteAsIs } from '../../support/frozen-stack.ts'
import { type GpgHome, gpgHome } from '../../support/gpg-home.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { staticWeb } from '../../support/static-web.ts'
import { keptScene } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'
import { withTransfers } from '../../support/transfers.ts'

const NEEDS = ['root', 'mmdebstrap', 'unshare', 'gpg', 'python3', 'dpkg-deb', 'flock', 'xz']

describeWith(NEEDS, 'plain apt-get', () => {
  let shop: ReturnType<typeof keptScene>
  let keys: GpgHome
  let promotions = 0
  const state = process.env.XDG_STATE_HOME

  beforeAll(async () => {
    shop = keptScene()
    // Where this machine remembers channels.
    process.env.XDG_STATE_HOME = join(shop.dir, 'state')
    keys = gpgHome()
    keys.key('ops@example.org')
    keys.key('eve@example.org')
    for (const version of ['1.0.0', '2.0.0']) {
      const stack = shop.open(version)
      await stack.create()
      // A file name with what a web server reads otherwise: %3a, ~ and +.
      const program = { content: version, control: 'Depends: shop-conf\n' }
      await stack.add([
        tinyDeb(shop.dir, 'shop', `1:${version}~x+b`, program),
        tinyDeb(shop.dir, 'shop-conf', version),
      ])
      freezeAsIs(shop.metaPath, version)
      await exported(version)
    }
    const [metaPath, bundle] = [shop.metaPath, join(shop.dir, 'bundle.tar')]
    const local = localRemote(keys.env)
    await bundleStack(withTransfers(shop.remote), local, {
      metaPath,
      name: '2.0.0',
      bundle,
      gpgKey: 'ops@example.org',
    })
  })
  afterAll(() => {
    if (state === undefined) delete process.env.XDG_STATE_HOME
    else process.env.XDG_STATE_HOME = state
    keys.remove()
    shop.remove()
  })

  const exported = (name: string, key: string | null = 'ops@example.org', metaPath = shop.metaPath) =>
    exportStack(shop.remote, localRemote(keys.env), { metaPath, name, ...(key && { gpgKey: key }) })

  async function promoted(stack: string): Promise<void> {
    const number = ++promotions
    const when = new Date(Date.UTC(2026, 3, number)).toISOString().replace('.000', '')
    promoteAsIs(shop.metaPath, stack, 'production', { number, when })
    await exported('production')
  }

  /** A copy of the store that somebody got at; hard links stay such. */
  async function forged(change: (meta: string) => unknown): Promise<string> {
    const meta = join(shop.dir, 'forged')
    rmSync(meta, { recursive: true, force: true })
    execFileSync('cp', ['-a', shop.metaPath, meta])
    await change(meta)
    return meta
  }

  describe.each(RELEASES)('of %s', (release) => {
    let root: AptRoot
    const signed = '[signed-by=/etc/apt/keyrings/ops.asc]'

    beforeAll(() => {
      root = aptRoot(release, shop.metaPath)
      mkdirSync(join(root.dir, 'etc/apt/keyrings'), { recursive: true })
      writeFileSync(join(root.dir, 'etc/apt/keyrings/ops.asc'), keys.publicKey('ops@example.org'))
    })
    afterAll(() => root.remove())

    const installed = async () =>
      (await root.sh("dpkg-query -W 'shop*' | tr '\\t' ' '")).text.trim().split('\n')

    /** apt-get, all of whose commands must succeed, with nothing to warn of or to notice. */
    async function apt(...commands: readonly string[]): Promise<string> {
      const { exitCode, text } = await root.sh(commands.map((each) => `apt-get ${each}`).join(' && '))
      expect(text).not.toMatch(/^[WN]: /m)
      expect(exitCode, text).toBe(0)
      return text
    }

    /** What apt-get says of a store that it has not seen before. */
    async function refusal(meta: string, ...commands: readonly string[]): Promise<string> {
      const fresh = 'rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb'
      const line = [fresh, ...commands.map((each) => `apt-get ${each}`)].join(' && ')
      const { exitCode, text } = await root.sh(line, meta)
      expect(exitCode, text).toBe(100)
      const lines = text.split('\n').filter((each) => /^[EW]: /.test(each))
      return lines.map((each) => each.replace(/[0-9A-F]{16,40}|[0-9a-f]{64}/g, 'HEX')).join('\n')
    }

    test('installs a stack from file:, goes on to the next, and back', async () => {
      root.source(`deb ${signed} file:/var/gachette main/1.0.0 main`)
      await apt('update', 'install -y shop')
      expect(await installed()).toEqual(['shop 1:1.0.0~x+b', 'shop-conf 1.0.0'])
      root.source(`deb ${signed} file:/var/gachette main/2.0.0 main`)
      await apt('update', 'dist-upgrade -y')
      expect(await installed()).toEqual(['shop 1:2.0.0~x+b', 'shop-conf 2.0.0'])
      root.source(`deb ${signed} file:/var/gachette main/1.0.0 main`)
      await apt('update', 'install -y --allow-downgrades shop=1:1.0.0~x+b shop-conf=1.0.0')
      expect(await installed()).toEqual(['shop 1:1.0.0~x+b', 'shop-conf 1.0.0'])
    })

    test('follows a channel by http: in both directions, without a question', async () => {
      const web = await staticWeb(shop.metaPath)
      try {
        root.source(`deb ${signed} ${web.url} main/production main`)
        await promoted('1.0.0')
        await apt('update', 'install -y shop')
        await promoted('2.0.0')
        await apt('update', 'dist-upgrade -y')
        expect(await installed()).toEqual(['shop 1:2.0.0~x+b', 'shop-conf 2.0.0'])
        await promoted('1.0.0')
        const pin = 'Package: *\nPin: release o=Gachette, l=main\nPin-Priority: 1001\n'
        writeFileSync(join(root.dir, 'etc/apt/preferences.d/gachette'), pin)
        await apt('update', 'dist-upgrade -y --allow-downgrades')
        expect(await installed()).toEqual(['shop 1:1.0.0~x+b', 'shop-conf 1.0.0'])
        // Nothing is fetched again while nothing has changed.
        expect(await apt('update')).toMatch(/^Hit:1 http:\S+ main\/production InRelease$/m)
      } finally {
        await web.stop()
      }
    })

    test('refuses a Packages file that was changed', async () => {
      root.source(`deb ${signed} file:/var/gachette main/2.0.0 main`)
      // apt of Debian 13 tries the plain name when what by-hash gave it is wrong.
      const name = release === 'trixie' ? 'Packages.xz' : 'by-hash/SHA256/HEX'
      const meta = await forged((at) => flip(join(at, 'dists/main/2.0.0/main/binary-all/Packages.xz')))
      expect(await refusal(meta, 'update')).toBe(
        `E: Failed to fetch file:/var/gachette/dists/main/2.0.0/main/binary-all/${name}  Hash Sum mismatch\nE: Some index files failed to download. They have been ignored, or old ones used instead.`,
      )
    })

    test('refuses a .deb that was changed', async () => {
      const meta = await forged((at) => flip(join(at, 'debs/shop-conf_2.0.0_all.deb')))
      expect(await refusal(meta, 'update', 'install -y shop shop-conf')).toBe(
        'E: Failed to fetch file:/var/gachette/debs/shop-conf_2.0.0_all.deb  Hash Sum mismatch\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?',
      )
    })

    test('refuses a Release that was changed, and one that another key signed', async () => {
      const changed = await forged((at) => {
        const file = join(at, 'dists/main/2.0.0/InRelease')
        writeFileSync(file, readFileSync(file, 'utf8').replace(/^ [0-9a-f]{8}/m, ' 00000000'))
      })
      expect(await refusal(changed, 'update')).toBe(notSigned(BAD_SIGNATURE[release]))
      const byEve = await forged((at) => exported('2.0.0', 'eve@example.org', at))
      expect(await refusal(byEve, 'update')).toBe(notSigned(NO_KEY[release]))
    })

    test('refuses a Release that nobody signed, unless it is told to trust it', async () => {
      const bare = await forged((at) => {
        rmSync(join(at, 'dists/main/2.0.0'))
        return exported('2.0.0', null, at)
      })
      expect(await refusal(bare, 'update')).toBe(
        "E: The repository 'file:/var/gachette main/2.0.0 Release' is not signed.",
      )
      root.source('deb [trusted=yes] file:/var/gachette main/2.0.0 main')
      expect((await root.sh('apt-get update', bare)).exitCode).toBe(0)
    })

    test('installs from a bundle that a plain tar unpacked', async () => {
      const meta = join(shop.dir, `unpacked-${release}`)
      mkdirSync(meta)
      execFileSync('tar', ['-xf', join(shop.dir, 'bundle.tar'), '-C', meta])
      root.source(`deb ${signed} file:/var/gachette main/2.0.0 main`)
      const { exitCode, text } = await root.sh('apt-get update && apt-get install -y shop shop-conf', meta)
      expect(exitCode, text).toBe(0)
      expect(await installed()).toEqual(['shop 1:2.0.0~x+b', 'shop-conf 2.0.0'])
    })
  })
})

const IN_RELEASE = 'file:/var/gachette main/2.0.0 InRelease'
const SQV = 'Sub-process /usr/bin/sqv returned an error code (1), error message is:'
const gpg = (why: string) => `GPG error: ${IN_RELEASE}: ${why}`
const sqv = (why: string) => `OpenPGP signature verification failed: ${IN_RELEASE}: ${SQV} ${why}`
const notSigned = (why: string) => `W: ${why}\nE: The repository '${IN_RELEASE}' is not signed.`

const BAD_SIGNATURE: Readonly<Record<Release, string>> = {
  bullseye: gpg('The following signatures were invalid: BADSIG HEX ops@example.org'),
  bookworm: gpg('The following signatures were invalid: BADSIG HEX ops@example.org'),
  trixie: sqv('Verifying signature:            Message has been manipulated'),
}
const UNKNOWN = "The following signatures couldn't be verified because the public key is not available"
const NO_KEY: Readonly<Record<Release, string>> = {
  bullseye: gpg(`${UNKNOWN}: NO_PUBKEY HEX`),
  bookworm: gpg(`${UNKNOWN}: NO_PUBKEY HEX`),
  trixie: sqv('Missing key HEX, which is needed to verify signature.'),
}

/** Changes the last byte of a file in place, and so under all its names; its size stays as it is. */
function flip(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  writeFileSync(path, bytes)
}
