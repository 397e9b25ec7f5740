import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import type { Repository } from '../support/repository.ts'
import { startSshd } from '../support/sshd.ts'
import { readAsIn2013 } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'
import { treeOf } from '../support/tree-of.ts'

const MISSILE = `default: { name: shop, type: application }
back: { build_assets: ["echo https://bob:hunter2@example.org/ > where"] }
front: { name_suffix: _front }
`

describeWith(['root', 'git', 'dpkg-deb', 'flock', '/usr/sbin/sshd'], 'where a package comes from', () => {
  let machine: BuildMachine
  let shop: Repository
  let commit = ''
  beforeAll(async () => {
    machine = await buildMachine()
    shop = machine.repository('shop')
    machine.configure('pip_options: [--index-url, "https://reader:hunter2@pypi.example.org/simple"]')
    commit = shop.commit({ '.missile.yml': MISSILE, 'log.txt': 'none' })
    await machine.gachette('stack_create:1')
    const said = await machine.gachette('quick:1,shop,main')
    expect(said, said.stderr).toMatchObject({ exitCode: 0 })
  })
  afterAll(() => machine.stop())

  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const folderOf = (name: string) =>
    join(machine.meta, 'packages', name, 'version', readAsIn2013(machine.meta, '1')[name] ?? '')
  const manifestOf = (name: string) =>
    JSON.parse(readFileSync(join(folderOf(name), 'manifest.json'), 'utf8')) as Record<string, unknown>

  test('quick leaves a statement with each package: what was made of which commit, where, by what, when', () => {
    const { provenance, sha256: own } = manifestOf('dh-shop')
    const log = gunzipSync(readFileSync(join(folderOf('dh-shop'), 'build.log.gz')))
    const line = execFileSync('ssh-keygen', ['-lf', machine.server.knownHosts], { encoding: 'utf8' })
    const front = manifestOf('dh-shop-front').sha256
    const subject = (name: string, sum: unknown) => ({
      name: expect.stringContaining(`${name}-`),
      digest: { sha256: sum },
      annotations: { package: name, version: expect.any(String), architecture: 'all' },
    })
    expect(provenance).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [subject('dh-shop', own), subject('dh-shop-front', front)],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          externalParameters: { project: 'shop', repository: shop.dir, ref: 'main', missile: '.missile.yml' },
          internalParameters: { dirty: false, machine: { hostKey: line.split(' ')[1] } },
          resolvedDependencies: [{ digest: { gitCommit: commit } }],
        },
        runDetails: {
          builder: { id: 'urn:gachette:builder:missile' },
          metadata: {
            invocationId: expect.stringMatching(/^\d{8}T\d+Z-[0-9a-f]{8}$/),
            startedOn: expect.any(String),
          },
          byproducts: [{ name: 'build.log', digest: { sha256: sha256(log) } }],
        },
      },
    })
    expect(manifestOf('dh-shop-front').provenance).toEqual(provenance)
  })

  test('no manifest and no record of the store holds a password', () => {
    const found = execFileSync('sh', [
      '-c',
      'grep -rl hunter2 "$0"/packages "$0"/.gachette || :',
      machine.meta,
    ])
    expect(found.toString()).toBe('')
  })

  test('a build of a fork is registered and said, and pinned by no stack; built again without the mark it is pinned', async () => {
    shop.commit({ 'log.txt': 'of a stranger' })
    await machine.gachette('stack_create:fork')
    const marked = 'quick:fork,shop,main,untrusted=pull request 12'
    const said = await machine.gachette(marked)
    expect(said, said.stderr).toMatchObject({ exitCode: 0 })
    expect(said.stdout).toMatch(/dh-shop-front 0\S+ is registered as untrusted/)
    expect(said.stdout + said.stderr).toContain('stack fork stays as it is: pull request 12')
    expect(readAsIn2013(machine.meta, 'fork')).toEqual({})
    const [version = ''] = /(?<=dh-shop )0\S+(?= is registered)/.exec(said.stdout) ?? []
    const refused = await machine.gachette(
      `add_to_stack:dh-shop,${version},dh-shop-${version}-all.deb,stack=fork`,
    )
    expect(refused.exitCode).toBe(1)
    expect(refused.stderr + refused.stdout).toContain(
      `dh-shop ${version} is marked as untrusted: "pull request 12"`,
    )
    const again = await machine.gachette(marked)
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing is built again') })
    expect(readAsIn2013(machine.meta, 'fork')).toEqual({})

    const trusted = await machine.gachette('quick:fork,shop,main')
    expect(trusted, trusted.stderr).toMatchObject({ exitCode: 0 })
    expect(readAsIn2013(machine.meta, 'fork')['dh-shop']).toBe(version)
  })

  test('why says it to people, and as JSON', async () => {
    const told = await machine.gachette('stack', 'why', 'dh-shop', '1')
    expect(told, told.stderr).toMatchObject({ exitCode: 0 })
    const lines = told.stdout.split('\n')
    expect(lines).toContain(`commit      ${commit}`)
    expect(lines).toContain('pinned in 1 stack')
    expect(lines).toContainEqual(
      expect.stringMatching(/^built {7}20\S+Z to 20\S+Z by missile of gachette \d/),
    )
    expect(told.stdout).not.toContain('problem:')
    const json = JSON.parse((await machine.gachette('--json', 'stack_why:dh-shop,1')).stdout) as object
    expect(json).toMatchObject({ name: 'dh-shop', origin: { commit }, pins: [{ stack: '1' }], problems: [] })
  })

  test('what was built is built again, on another machine too, and is the same byte for byte', async () => {
    const other = await startSshd({})
    try {
      const before = treeOf(machine.meta)
      const again = await machine.gachette('stack_rebuild:dh-shop,1')
      expect(again, again.stderr).toMatchObject({ exitCode: 0 })
      expect(again.stdout).toMatch(new RegExp(`shop at ${commit.slice(0, 12)}, built again by missile on `))
      expect(again.stdout).toMatch(/dh-shop 0\S+ {2}the same bytes, sha256 [0-9a-f]{64}/)
      appendFileSync(join(other.dir, 'authorized_keys'), readFileSync(`${machine.server.keyFile}.pub`))
      appendFileSync(machine.server.knownHosts, readFileSync(other.knownHosts))
      const place = `root@${other.address}:${other.port}`
      const there = await machine.gachette(`stack_rebuild:dh-shop-front,1,host=${place}`)
      expect(there, there.stderr).toMatchObject({ exitCode: 0 })
      expect(there.stdout).toMatch(new RegExp(`built again by missile on ${other.address}`))
      expect(treeOf(machine.meta)).toEqual(before)
      expect(readdirSync(join(machine.work, 'builds'))).toEqual([])
    } finally {
      await other.stop()
    }
  })

  test('what is not the same again fails, with both digests and the paths that differ', async () => {
    const odd = machine.repository('odd')
    odd.commit({
      '.missile.yml':
        'name: odd\ntype: application\nbuild_assets: ["od -N 8 -x /dev/urandom > noise", "echo same > still"]\n',
      'log.txt': 'none',
    })
    await machine.gachette('stack_create:odd')
    expect(await machine.gachette('quick:odd,odd')).toMatchObject({ exitCode: 0 })
    const again = await machine.gachette('stack_rebuild:dh-odd,odd')
    expect(again.exitCode).toBe(1)
    const said = again.stderr + again.stdout
    expect(said).toMatch(/dh-odd 0\S+ {2}other bytes/)
    expect(said).toMatch(/recorded {2}sha256 [0-9a-f]{64}/)
    expect(said.match(/(?:control|data)\/\S+: other .*/g)).toEqual([
      'control/md5sums: other content',
      expect.stringMatching(/^data\/opt\/trebuchet\/\S*noise: other content$/),
    ])
    expect(readdirSync(join(machine.work, 'builds'))).toEqual([])
    const found = await machine.gachette('--json', 'stack_rebuild:dh-odd,odd')
    expect(found.exitCode).toBe(1)
    expect(JSON.parse(found.stdout)).toMatchObject({
      builds: [{ project: 'odd', same: false, packages: [{ name: 'dh-odd', same: false, differing: 2 }] }],
      unrecorded: [],
    })
  })

  test('verify builds all again that a stack pins, each build once, and names what nobody recorded', async () => {
    const old = tinyDeb(machine.dir, 'old', '1')
    await machine.gachette('stack_create:mixed,from_stack=1')
    await machine.gachette(`add_to_stack:old,1,${old.fileName},stack=mixed,debs_path=${machine.dir}`)
    const said = await machine.gachette('stack_verify:mixed,rebuild=true')
    expect(said, said.stderr).toMatchObject({ exitCode: 0 })
    expect(said.stdout.match(/built again/g)).toHaveLength(1)
    expect(said.stdout.match(/the same bytes/g)).toHaveLength(2)
    expect(said.stdout).toContain('old 1: nobody recorded what it was built of')
    expect((await machine.gachette('stack_verify:odd,rebuild=true')).stderr).toContain('noise: other content')
    expect((await machine.gachette('stack_rebuild:old')).stderr).toContain('it cannot be built again')
  })

  test('a dry run says neither, and fails neither', async () => {
    for (const task of ['stack_why:dh-shop,1', 'stack_rebuild:dh-shop,1', 'quick:1,shop,untrusted=x'])
      expect({ task, ...(await machine.gachette('--dry-run', task)) }).toMatchObject({ task, exitCode: 0 })
  })
})
