import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Build, Stack } from '../../src/stack/index.ts'
import { killingShims } from '../support/kill-at.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, storeFolder, writeFiles } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

type Step = (remote: ReturnType<typeof localRemote>, metaPath: string) => Promise<unknown>

/** Kills an edit before each program it starts, in turn; after each death `check` is given META and a healthy remote. */
async function sweep(dir: string, template: string, edit: Step, check: Step): Promise<number> {
  const points = async (from: number, step: number): Promise<number> => {
    const own = join(dir, `sweep-${from}`)
    mkdirSync(own)
    const shims = killingShims(own)
    for (let at = from; ; at += step) {
      const metaPath = join(own, `meta-${at}`)
      cpSync(template, metaPath, { recursive: true, verbatimSymlinks: true })
      const survived = await edit(localRemote(shims.env(at)), metaPath).then(
        () => true,
        () => false,
      )
      if (survived) return shims.calls()
      await check(localRemote(), metaPath).catch((error: unknown) => {
        throw new Error(`killed before program ${at}: ${String(error)}`, { cause: error })
      })
    }
  }
  const [calls = 0] = await Promise.all([points(1, 2), points(2, 2)])
  expect(calls, 'programs in one edit').toBeGreaterThan(5)
  return calls
}

/** Nothing half done is left: what a killed edit had staged may lie in incoming, for gc. */
const expectSettled = (metaPath: string): void => {
  for (const folder of ['accepted', 'migrating/main'])
    expect(readdirSync(join(metaPath, '.gachette', folder)), folder).toEqual([])
}

describeWith(['dpkg-deb', 'flock'], 'killed before each program it starts', () => {
  test('an edit leaves the old stack or the new one, and can be repeated', { timeout: 300_000 }, async () => {
    const dir = storeFolder()
    const template = join(dir, 'template')
    const stack = new Stack(localRemote(), { metaPath: template, name: '1' })
    await stack.create()
    await stack.add([tinyDeb(dir, 'app', '1')])
    const debs = [tinyDeb(dir, 'app', '2'), tinyDeb(dir, 'env', '2')]
    const old = { app: '1' }
    const now = { app: '2', env: '2' }
    const edit: Step = (remote, metaPath) => new Stack(remote, { metaPath, name: '1' }).add(debs)
    let before = 0
    const calls = await sweep(dir, template, edit, async (remote, metaPath) => {
      const seen = readAsIn2013(metaPath, '1')
      if (JSON.stringify(seen) === JSON.stringify(old)) before++
      else expect(seen).toEqual(now)
      const { packages } = await new Stack(remote, { metaPath, name: '1' }).show()
      expect(Object.fromEntries(packages.map(({ name, version }) => [name, version]))).toEqual(seen)
      await edit(remote, metaPath)
      expect(readAsIn2013(metaPath, '1')).toEqual(now)
      expect(readdirSync(join(metaPath, 'debs')).filter((name) => name.endsWith('.deb'))).toHaveLength(3)
      expectSettled(metaPath)
    })
    expect(calls).toBeGreaterThan(30)
    expect(before).toBeGreaterThan(20)
  })

  test('a build that never gives the same bytes twice can be repeated too', {
    timeout: 300_000,
  }, async () => {
    const dir = storeFolder()
    const template = join(dir, 'template')
    await new Stack(localRemote(), { metaPath: template, name: '1' }).create()
    const build: Build = { project: 'app', commit: 'a'.repeat(40), inputs: { ref: 'main' } }
    let builds = 0
    const quick: Step = (remote, metaPath) => {
      builds++
      const own = join(dir, `build-${builds}`)
      mkdirSync(own)
      const debs = ['app', 'env'].map((name) => tinyDeb(own, name, '1', { content: `build ${builds}\n` }))
      return new Stack(remote, { metaPath, name: '1' }).add(debs, { build })
    }
    await sweep(dir, template, quick, async (remote, metaPath) => {
      const seen = readAsIn2013(metaPath, '1')
      expect([{}, { app: '1', env: '1' }]).toContainEqual(seen)
      await quick(remote, metaPath)
      expect(readAsIn2013(metaPath, '1')).toEqual({ app: '1', env: '1' })
      expectSettled(metaPath)
    })
  })

  test('a clone is there or not', { timeout: 120_000 }, async () => {
    const dir = storeFolder()
    const template = join(dir, 'template')
    const stack = new Stack(localRemote(), { metaPath: template, name: '1' })
    await stack.create()
    await stack.add([tinyDeb(dir, 'app', '1')])
    const edit: Step = (remote, metaPath) => new Stack(remote, { metaPath, name: '2' }).create({ from: '1' })
    await sweep(dir, template, edit, async (remote, metaPath) => {
      const stacks = readdirSync(join(metaPath, 'stacks'))
      if (stacks.includes('2')) expect(readAsIn2013(metaPath, '2')).toEqual({ app: '1' })
      await edit(remote, metaPath)
      expect(readAsIn2013(metaPath, '2')).toEqual({ app: '1' })
      expect(readAsIn2013(metaPath, '1')).toEqual({ app: '1' })
    })
  })

  test('the first stack of an empty machine', { timeout: 120_000 }, async () => {
    const dir = storeFolder()
    const template = join(dir, 'template')
    mkdirSync(template)
    const edit: Step = (remote, metaPath) => new Stack(remote, { metaPath, name: '1' }).create()
    await sweep(dir, template, edit, async (remote, metaPath) => {
      await edit(remote, metaPath)
      expect(readAsIn2013(metaPath, '1')).toEqual({})
    })
  })

  // The second generation's layout takes the same way, but for its first step.
  test('a META of the first generation is migrated by the next command', { timeout: 300_000 }, async () => {
    const dir = storeFolder()
    const template = join(dir, 'template')
    writeFiles(template, {
      'packages/app/version/1/file': 'app_1_all.deb\n',
      'stacks/1/packages/app/version': '1\n',
      'stacks/other/packages/app/version': '1\n',
    })
    mkdirSync(join(template, 'debs'))
    tinyDeb(join(template, 'debs'), 'app', '1')
    const env = tinyDeb(dir, 'env', '1')
    const edit: Step = (remote, metaPath) => new Stack(remote, { metaPath, name: '1' }).add([env])
    let asking = false
    await sweep(dir, template, edit, async (remote, metaPath) => {
      asking = !asking
      // Either a question or an edit is the next command.
      if (asking) {
        const { packages } = await new Stack(remote, { metaPath, name: '1' }).show()
        expect(packages.map(({ name }) => name)).toContain('app')
      }
      await edit(remote, metaPath)
      expect(readAsIn2013(metaPath, '1')).toEqual({ app: '1', env: '1' })
      expect(readAsIn2013(metaPath, 'other', 'domains/main/stacks')).toEqual({ app: '1' })
      expectSettled(metaPath)
    })
  })
})
