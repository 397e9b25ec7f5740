import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type ThrowawayHost, throwawayHost } from 'gachette/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine, buildMachineBehind, missile } from '../support/build-machine.ts'
import { FIXTURES, textOf } from '../support/golden.ts'
import { describeWith } from '../support/needs.ts'
import { serve } from '../support/plain-web.ts'
import { readAsIn2013 } from '../support/store-folder.ts'
import { inThrowawayRoot } from '../support/throwaway-root.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const PACKAGES = [
  'dh-harbour-back',
  'dh-harbour-front',
  'dh-harbour-watch',
  'dh-harbour-web',
  'dh-harbour-web-lib',
  'dh-harbour-web-maps',
  'dh-harbour-web-media',
  'dh-harbour-web-styles',
]

describeWith(['git', 'dpkg-deb', 'flock', '/usr/bin/python3'], 'quick of a project of eight packages', () => {
  let machine: BuildMachine<ThrowawayHost>
  beforeAll(async () => {
    machine = buildMachineBehind(await throwawayHost())
    const [repository, stubs] = [join(machine.dir, 'harbour-web'), join(machine.dir, 'stubs')]
    execFileSync('sh', [join(FIXTURES, 'recreate.sh'), join(FIXTURES, 'projects/harbour-web'), repository])
    execFileSync('sh', [join(FIXTURES, 'recreate.sh'), '--stub-index', join(FIXTURES, 'stubs'), stubs])
    machine.configure(
      `projects.harbour-web.url: ${repository}`,
      `pip_options: [--no-index, --find-links, ${stubs}]`,
    )
    await machine.gachette('stack_create:1.0')
  })
  afterAll(() => machine.stop())

  /** How many commands the server was asked for meanwhile. */
  async function counted(...argv: readonly string[]) {
    const before = machine.server.commands.length
    const said = await machine.gachette(...argv)
    return { ...said, commands: machine.server.commands.length - before }
  }

  test('at most 4 commands, cold; 2 when the commit is known', async () => {
    const cold = await counted('quick:1.0,harbour-web')
    expect(cold).toMatchObject({ exitCode: 0 })
    expect(cold.commands).toBeLessThanOrEqual(4)
    const known = await counted('quick:1.0,harbour-web')
    expect(known).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing is built again') })
    expect(known.commands).toBeLessThanOrEqual(2)
  }, 180_000)

  test('at most 4 commands, warm, built again, and with a debs_path of its own, with templates that include others', async () => {
    const fleet = machine.repository('fleet')
    const ships = Array.from({ length: 12 }, (_, at) => `ship${at}:\n  name_suffix: _${at}\n`)
    const greeting = '{ name: greeting, type: binary, template: templates/greeting.sh }'
    fleet.commit({
      '.missile.yml': `default:\n  name: fleet\n  type: application\n  extra_files: [${greeting}]\n${ships.join('')}`,
      'templates/greeting.sh': '#!/bin/sh\n{% include "templates/parts/hello.txt" %}\n',
      'templates/parts/hello.txt': 'echo {% include "templates/parts/name.txt" %}\n',
      'templates/parts/name.txt': '{{ name }}\n',
      'log.txt': 'one\n',
    })
    expect(await machine.gachette('quick:1.0,fleet')).toMatchObject({ exitCode: 0 })
    fleet.commit({ 'log.txt': 'two\n' })
    const warm = await counted('quick:1.0,fleet')
    const again = await counted('quick:1.0,fleet,rebuild=true')
    const place = ['--set', `debs_path=${machine.dir}/out`]
    const elsewhere = await counted('quick:1.0,fleet,rebuild=true', ...place)
    for (const { exitCode, stderr, commands } of [warm, again, elsewhere]) {
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
      expect(commands).toBeLessThanOrEqual(4)
    }
    expect(readdirSync(join(machine.dir, 'out'))).toHaveLength(13)
  }, 180_000)

  test('every package is pinned, and a reader of 2013 finds each over plain HTTP', async () => {
    expect(Object.keys(readAsIn2013(machine.meta, '1.0'))).toEqual(expect.arrayContaining(PACKAGES))
    const get = await serve(machine.meta)
    for (const name of PACKAGES) {
      const pins = ['/domains/main', '/domain/main', ''].map((place) =>
        get(`${place}/stacks/1.0/packages/${name}/version`),
      )
      const [version = '', ...others] = (await Promise.all(pins)).map(String)
      expect(version).toMatch(/^0\.0\.1\+git20130924\.120000\.[0-9a-f]{12}\n$/)
      expect(others).toEqual([version, version])
      const file = String(await get(`/packages/${name}/version/${version.trim()}/file`))
      expect(file).toMatch(/^[^\n/]+\.deb\n$/)
      const deb = await get(`/debs/${file.trim()}`)
      const path = join(machine.meta, 'debs', file.trim())
      expect(sha256(deb ?? '')).toBe(sha256(readFileSync(path)))
      const field = (key: string) => execFileSync('dpkg-deb', ['-f', path, key], { encoding: 'utf8' })
      expect([field('Package'), field('Version')]).toEqual([`${name}\n`, version])
    }
  })

  test('what went into its environment is listed beside the package, and the statement has the digest of the list', () => {
    const name = 'dh-harbour-web-lib'
    const folder = join(
      machine.meta,
      'packages',
      name,
      'version',
      readAsIn2013(machine.meta, '1.0')[name] ?? '',
    )
    const sbom = readFileSync(join(folder, 'sbom.json'))
    expect(JSON.parse(sbom.toString())).toMatchObject({
      components: expect.arrayContaining([expect.objectContaining({ name: 'tidetable', version: '0.3.1' })]),
    })
    const { provenance } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Record<
      string,
      unknown
    >
    expect(provenance).toMatchObject({
      subject: { length: PACKAGES.length },
      predicate: {
        runDetails: {
          byproducts: [
            {},
            { name: 'sbom.json', digest: { sha256: sha256(sbom) }, annotations: { package: name } },
          ],
        },
      },
    })
  })

  test.runIf(process.getuid?.() === 0)('dpkg lists, installs, verifies and removes them', () => {
    const pool = join(machine.meta, 'debs')
    const pins = readAsIn2013(machine.meta, '1.0')
    const debs = PACKAGES.map((name) => {
      const file = join(machine.meta, 'packages', name, 'version', pins[name] ?? '', 'file')
      return join(pool, readFileSync(file, 'utf8').trim())
    })
    const said = inThrowawayRoot(
      `cd /given
for deb in *.deb; do dpkg-deb --contents $deb >/dev/null; done
dpkg --install *.deb >&2
for name in ${PACKAGES.join(' ')}; do dpkg --verify $name; dpkg-query -W -f '\${Package} \${db:Status-Abbrev}\\n' $name; done
cat /var/lib/harbour_web/stamp
/opt/trebuchet/harbour_web_lib/env/bin/python -B -c 'import tidetable; print("tide", tidetable.HIGH_WATER)'
dpkg --remove ${PACKAGES.join(' ')} >&2
dpkg --purge ${PACKAGES.join(' ')} >&2
find /opt/trebuchet /var/lib/harbour_web/stamp 2>/dev/null || :
dpkg --audit`,
      debs,
    )
    expect(said).toBe(
      [
        ...PACKAGES.map((name) => `${name} ii \n`),
        'tide tables of {{ nobody_renders_this }}\n',
        'tide 06:12 and 18:37\n',
      ].join(''),
    )
  })
})

const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')

describeWith(['git', 'dpkg-deb', 'flock', 'sshd', 'root'], 'quick', () => {
  let machine: BuildMachine
  let gachette: BuildMachine['gachette']
  beforeAll(async () => {
    machine = await buildMachine()
    gachette = machine.gachette
    await gachette('stack_create:1.0')
  })
  afterAll(() => machine.stop())

  test('a build step that fails pins nothing of the packages that were built before it', async () => {
    const repository = machine.repository('half')
    repository.commit({
      'code.txt': 'code\n',
      '.missile.yml':
        'default:\n  name: half\n  type: application\nsecond:\n  name_suffix: _second\n  build_assets: ["echo before; exit 3"]\n',
    })
    const before = readAsIn2013(machine.meta, '1.0')
    const failed = await gachette('quick:1.0,half')
    expect(failed.exitCode).toBe(1)
    expect(failed.stderr).toContain('before')
    expect(failed.stderr).toMatch(/echo before; exit 3/)
    expect(readAsIn2013(machine.meta, '1.0')).toEqual(before)
    expect(readdirSync(join(machine.meta, 'debs')).filter((name) => name.includes('half'))).toEqual([])
    expect(existsSync(join(machine.meta, 'packages/dh-half'))).toBe(false)
  })

  test('a build that is not the same again: rebuild fails with both digests, and the stack stays', async () => {
    const repository = machine.repository('restless')
    repository.commit({
      'code.txt': 'code\n',
      '.missile.yml': 'name: restless\ntype: application\nbuild_assets: ["date +%s%N >stamp"]\n',
    })
    expect(await gachette('quick:1.0,restless')).toMatchObject({ exitCode: 0 })
    const before = readAsIn2013(machine.meta, '1.0')
    const again = await gachette('quick', '1.0', 'restless', '--rebuild')
    expect(again).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/[0-9a-f]{64}(.|\n)*[0-9a-f]{64}/),
    })
    expect(readAsIn2013(machine.meta, '1.0')).toEqual(before)
  })

  test('a project that builds the same again may be built again', async () => {
    machine.repository('steady').commit({ '.missile.yml': missile('steady'), 'a.txt': 'a\n' })
    expect(await gachette('quick:1.0,steady')).toMatchObject({ exitCode: 0 })
    const before = readAsIn2013(machine.meta, '1.0')
    expect(await gachette('quick:1.0,steady,rebuild=true')).toMatchObject({ exitCode: 0 })
    expect(readAsIn2013(machine.meta, '1.0')).toEqual(before)
  })

  test('two of one project at once, with different refs: each package is of its own commit', async () => {
    const repository = machine.repository('twins')
    const content = (ref: string) => ({ '.missile.yml': missile('twins'), 'which.txt': `${ref}\n` })
    repository.commit(content('main'))
    for (const ref of ['left', 'right']) {
      repository.git('checkout', '-q', '-b', ref, 'main')
      repository.commit({ ...content(ref), [`only-${ref}.txt`]: 'here\n' })
    }
    for (const stack of ['left', 'right']) await gachette(`stack_create:${stack}`)
    for (const rebuild of ['false', 'true']) {
      const both = ['left', 'right'].map((ref) =>
        machine.run([`quick:${ref},twins,${ref},rebuild=${rebuild}`]),
      )
      for (const { exitCode, stderr } of await Promise.all(both))
        expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    }
    for (const ref of ['left', 'right']) {
      const version = readAsIn2013(machine.meta, ref)['dh-twins'] ?? ''
      expect(version).toContain(repository.git('rev-parse', ref).slice(0, 12))
      const deb = join(machine.meta, 'debs', `dh-twins-${version}-all.deb`)
      expect(textOf(deb, '/opt/trebuchet/twins/code/which.txt')).toBe(`${ref}\n`)
      const listed = execFileSync('dpkg-deb', ['--contents', deb], { encoding: 'utf8' })
      expect(listed.match(/only-\w+/g)).toEqual([`only-${ref}`])
    }
  })

  test('a dry run of every task says what it would do, connects to nothing and touches nothing', async () => {
    machine.repository('dry').commit({ '.missile.yml': missile('dry'), 'a.txt': 'a\n' })
    const place = join(machine.dir, 'dry')
    const own = ['--set', `meta_path=${place}`, '--set', `work_path=${place}`]
    const logins = () => machine.server.log().match(/Accepted publickey/g)?.length
    const before = logins()
    const tasks = [
      'stack_create:1.0',
      'quick:1.0,dry',
      'prepare:dry',
      'build:dry',
      'add_to_stack:a,1,b.deb,stack=1.0',
    ]
    const said = await gachette('--dry-run', ...own, ...tasks, 'stack_show:1.0', 'stack_list')
    expect(said).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('dry run: nothing runs') })
    for (const step of ['create stack 1.0', 'prepare dry', 'build dry', 'list stacks'])
      expect(said.stdout).toContain(`$ ${step}`)
    expect(existsSync(place)).toBe(false)
    expect(logins()).toBe(before)
  })

  test('a webcallback hears what was pinned, built and added; one that does not answer undoes nothing', async () => {
    machine.repository('hook').commit({ '.missile.yml': missile('hook'), 'a.txt': 'a\n' })
    const heard: unknown[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        heard.push(JSON.parse(body))
        response.end()
      })
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const { port } = server.address() as AddressInfo
    try {
      const to = `webcallback=http://127.0.0.1:${port}/hook`
      expect(await gachette(`quick:1.0,hook,${to}`, `build:hook,${to}`)).toMatchObject({ exitCode: 0 })
      const version = readAsIn2013(machine.meta, '1.0')['dh-hook'] ?? ''
      await gachette('stack_create:hooked')
      const add = `add_to_stack:dh-hook,${version},dh-hook-${version}-all.deb,stack=hooked,${to}`
      expect(await gachette(add)).toMatchObject({ exitCode: 0 })
      const pinned = { packages: [expect.objectContaining({ name: 'dh-hook', version })] }
      expect(heard).toMatchObject([
        { event: 'pinned', stack: '1.0', project: 'hook', ...pinned },
        { event: 'built', project: 'hook', ...pinned },
        { event: 'pinned', stack: 'hooked', ...pinned },
      ])
    } finally {
      server.close()
    }
    machine.repository('deaf').commit({ '.missile.yml': missile('deaf'), 'a.txt': 'a\n' })
    const deaf = await gachette(`quick:1.0,deaf,webcallback=http://127.0.0.1:${port}/hook`)
    expect(deaf).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^warning: webcallback /m) })
    expect(readAsIn2013(machine.meta, '1.0')).toHaveProperty('dh-deaf')
  })

  test('40 add_to_stack at once: 40 packages', async () => {
    const debs = Array.from({ length: 40 }, (_, at) => tinyDeb(machine.dir, `crowd-${at}`, '1.0'))
    await gachette('stack_create:crowd')
    const place = ['--set', `debs_path=${machine.dir}`]
    const adds = debs.map(({ name, version, fileName }) =>
      gachette(...place, `add_to_stack:${name},${version},${fileName},stack=crowd`),
    )
    for (const { exitCode, stderr } of await Promise.all(adds))
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    expect(Object.keys(readAsIn2013(machine.meta, 'crowd')).sort()).toEqual(
      debs.map(({ name }) => name).sort(),
    )
  })
})
