import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkText, mustPass, stackCheck } from '../../../src/stack/index.ts'
import { type DebParts, debWithFiles } from '../../support/deb-with-files.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { scene } from '../../support/store-folder.ts'

const stanza = (fields: Readonly<Record<string, string>>): string =>
  [
    ...Object.entries({
      Architecture: 'all',
      Maintainer: 'T <t@example.org>',
      ...fields,
      Description: 'tiny',
    }),
  ]
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('')

/** A host whose apt knows these packages: installed ones, and those of a mirror. */
function aptHost(dir: string, installed: readonly string[], available: readonly string[] = []) {
  const etc = join(dir, 'apt')
  const mirror = join(dir, 'mirror')
  const lists = join(etc, 'lists')
  for (const folder of [etc, mirror, join(etc, 'cache'), join(etc, 'tmp'), lists])
    mkdirSync(folder, { recursive: true })
  const status = join(etc, 'status')
  writeFileSync(
    status,
    installed.map((text) => text.replace('\n', '\nStatus: install ok installed\n')).join('\n'),
  )
  writeFileSync(join(etc, 'sources.list'), `deb [trusted=yes] file:${mirror} ./\n`)
  const indexed = available.map((text) => `${text}Filename: x.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\n`)
  writeFileSync(join(mirror, 'Packages'), indexed.join('\n'))
  const conf = join(etc, 'apt.conf')
  writeFileSync(
    conf,
    [
      `Dir::State "${etc}";`,
      `Dir::State::status "${status}";`,
      `Dir::Cache "${join(etc, 'cache')}";`,
      `Dir::Etc "${etc}";`,
      'APT::Architecture "amd64";',
      'APT::Architectures "amd64";',
      'APT::Sandbox::User "root";',
    ].join('\n'),
  )
  const env = { ...process.env, APT_CONFIG: conf, TMPDIR: join(etc, 'tmp') }
  execFileSync('apt-get', ['update', '-q'], { env, stdio: 'pipe' })
  const left = () =>
    readdirSync(etc, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.endsWith('.d'))
      .sort()
  return { remote: localRemote(env), left, status: () => readFileSync(status, 'utf8') }
}

async function stackOf(packages: Readonly<Record<string, DebParts>>) {
  const { dir, metaPath, remote, stack } = scene()
  await stack.create()
  await stack.add(
    Object.entries(packages).map(([key, parts]) => {
      const [name = '', version = ''] = key.split(' ')
      return debWithFiles(dir, name, version, parts)
    }),
  )
  const check = (options: Partial<Parameters<typeof stackCheck>[1]>) =>
    stackCheck(remote, { metaPath, name: '1.0.0', ...options })
  return { dir, check }
}

const shop = {
  'shop 2.0': { control: { Depends: 'shop-lib (= 1:1), nginx (>= 1.2) | apache', Conflicts: 'old-shop' } },
  'shop-lib 1:1': {},
}
const nginx = stanza({ Package: 'nginx', Version: '1.2-1', Depends: 'nginx-common' })
const common = stanza({ Package: 'nginx-common', Version: '1.2-1' })

describeWith(['apt-get', 'dpkg-deb', 'flock'], 'what apt of a host would do', () => {
  test('is told: what it would install, and what it would bring of its own', async () => {
    const { dir, check } = await stackOf(shop)
    const host = aptHost(dir, [stanza({ Package: 'shop-lib', Version: '3' })], [nginx, common])
    const [before, status] = [host.left(), host.status()]
    const checked = await check({ on: host.remote })
    expect(checked.install).toEqual({
      host: 'local',
      installs: [
        { name: 'shop-lib', version: '1:1', was: '3' },
        { name: 'shop', version: '2.0' },
      ],
      brings: [
        { name: 'nginx-common', version: '1.2-1' },
        { name: 'nginx', version: '1.2-1' },
      ],
      removes: [],
      refuses: [],
    })
    mustPass(checked)
    expect(checkText(checked).split('\n').slice(2)).toEqual([
      '',
      'the hosts must bring',
      '  nginx (>= 1.2) | apache  for shop',
      '',
      'local: apt would install 2 packages and bring 2 packages of its own',
      '  nginx-common 1.2-1',
      '  nginx 1.2-1',
    ])
    expect([host.left(), host.status()]).toEqual([before, status])
  })

  test('that it would go down is no refusal', async () => {
    const { dir, check } = await stackOf({ 'shop-lib 1': {} })
    const host = aptHost(dir, [stanza({ Package: 'shop-lib', Version: '2' })])
    const checked = await check({ on: host.remote })
    expect(checked.install?.installs).toEqual([{ name: 'shop-lib', version: '1', was: '2' }])
    expect(() => mustPass(checked)).not.toThrow()
  })

  test('a removal is refused', async () => {
    const { dir, check } = await stackOf(shop)
    const host = aptHost(dir, [stanza({ Package: 'old-shop', Version: '1' })], [nginx, common])
    const checked = await check({ on: host.remote })
    expect(() => mustPass(checked)).toThrow(
      'local: for stack 1.0.0 apt would remove what is installed:\n  old-shop 1',
    )
  })

  test('what it cannot bring is told in its words', async () => {
    const { dir, check } = await stackOf(shop)
    const host = aptHost(dir, [], [stanza({ Package: 'nginx', Version: '1.0' })])
    const checked = await check({ on: host.remote })
    expect(checked.install?.refuses).toEqual([
      expect.stringMatching(/^shop : Depends: nginx \(>= 1\.2\) but .* or apache but it is not installable$/),
      expect.stringContaining('E: '),
    ])
    expect(() => mustPass(checked)).toThrow(
      'local: apt would not install stack 1.0.0:\n  shop : Depends: nginx',
    )
  })

  test('a stack that is there already leaves nothing to do', async () => {
    const { dir, check } = await stackOf({ 'shop-lib 1:1': {} })
    const host = aptHost(dir, [stanza({ Package: 'shop-lib', Version: '1:1' })])
    const checked = await check({ on: host.remote })
    expect(checkText(checked)).toContain('local: nothing to do')
  })
})

describeWith(['apt-cache', 'dpkg-deb', 'flock'], 'a base system', () => {
  test('whose apt knows all that is needed leaves no findings', async () => {
    const { dir, check } = await stackOf({
      'a 1': { control: { Depends: 'nginx (>= 1.2), mta, api (= 2)' } },
    })
    const host = aptHost(
      dir,
      [],
      [
        nginx,
        common,
        stanza({ Package: 'postfix', Version: '3', Provides: 'mta' }),
        stanza({ Package: 'web', Version: '3', Provides: 'api (= 2)' }),
      ],
    )
    const checked = await check({ base: host.remote })
    expect(checked.findings).toEqual([])
    expect(checked.base).toBe('local')
    expect(checkText(checked)).toContain('the hosts must bring, and local can\n')
  })

  test('that lacks something is told for each dependency', async () => {
    const { dir, check } = await stackOf({
      'a 1': { control: { Depends: 'nginx (>= 2), mta (>= 1), lost | gone, api (= 3)' } },
    })
    const host = aptHost(
      dir,
      [],
      [
        nginx,
        stanza({ Package: 'postfix', Version: '3', Provides: 'mta' }),
        stanza({ Package: 'web', Version: '3', Provides: 'api (= 2)' }),
      ],
    )
    const { findings } = await check({ base: host.remote })
    expect(findings.map(({ message }) => message)).toEqual([
      'a 1 has Depends: nginx (>= 2), and the base system has none',
      'a 1 has Depends: mta (>= 1), and the base system has none',
      'a 1 has Depends: lost | gone, and the base system has none',
      'a 1 has Depends: api (= 3), and the base system has none',
    ])
  })
})
