import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine, missile } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import type { Repository } from '../support/repository.ts'
import { readAsIn2013 } from '../support/store-folder.ts'

describeWith(
  ['root', 'git', 'dpkg-deb', 'flock', '/usr/sbin/sshd'],
  'quick of a commit that was built before',
  () => {
    let machine: BuildMachine
    let shop: Repository
    let commit = ''
    beforeAll(async () => {
      // A login may have variables of git's own set: they are not about the working copy.
      machine = await buildMachine(['SetEnv GIT_DIR=/nonexistent HOME=/nonexistent'])
      shop = machine.repository('shop')
      machine.configure('pip_options: [--index-url, "https://reader:hunter2@pypi.example.org/simple"]')
      commit = shop.commit({ '.missile.yml': missile('shop'), 'log.txt': 'none' })
      await machine.gachette('stack_create:1')
      expect(await machine.gachette('quick:1,shop')).toMatchObject({ exitCode: 0 })
    })
    afterAll(async () => {
      await machine.stop()
      // The jobs of a user without a home.
      rmSync('/var/tmp/gachette-0', { recursive: true, force: true })
    })

    const pinned = () => readAsIn2013(machine.meta, '1')['dh-shop']

    test('the same commit by its hash is the same build', async () => {
      const before = pinned()
      const said = await machine.gachette(`quick:1,shop,${commit}`)
      expect(said).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing is built again') })
      expect(pinned()).toBe(before)
    })

    test('a tag that came since gives the packages its version', async () => {
      expect(pinned()).toMatch(/^0\.0\.1\+git/)
      shop.git('tag', 'v1.2.0')
      const said = await machine.gachette('quick:1,shop')
      expect(said).toMatchObject({
        exitCode: 0,
        stdout: expect.not.stringContaining('nothing is built again'),
      })
      expect(pinned()).toMatch(/^1\.2\.0\+git/)
    })

    test('what the store remembers holds no password of an index', () => {
      const folder = join(machine.meta, '.gachette/builds/shop')
      const records = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
      expect(records.join('')).toContain('"versions":["app=1.2.0+git')
      expect(records.join('')).not.toContain('hunter2')
    })

    test('build answers what it put into debs_path', async () => {
      const { stdout } = await machine.gachette('--json', 'build:shop')
      const ended = stdout.split('\n').find((line) => line.includes('"type":"step-ended"')) ?? ''
      const version = pinned()
      const file = `dh-shop-${version}-all.deb`
      expect(JSON.parse(ended).result).toEqual([
        {
          name: 'dh-shop',
          version,
          file_name: file,
          architecture: 'all',
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          size: expect.any(Number),
          path: join(machine.meta, 'debs', file),
        },
      ])
    })

    test('with another META the packages go to its own pool, not to the one of the settings', async () => {
      const meta = join(machine.dir, 'other')
      await machine.gachette(`stack_create:2,${meta}`)
      const before = readdirSync(join(machine.meta, 'debs'))
      shop.commit({ 'log.txt': 'one' })
      expect(await machine.gachette(`quick:2,shop,meta_path=${meta}`)).toMatchObject({ exitCode: 0 })
      expect(readdirSync(join(meta, 'debs'))).toHaveLength(1)
      expect(readdirSync(join(machine.meta, 'debs'))).toEqual(before)
    })
  },
)
