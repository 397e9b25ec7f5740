import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addPackages,
  builtWith,
  findBuilds,
  parseStackName,
  parseStore,
  Stack,
  type StoreOptions,
} from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const HOSTILE = [
  "it's; touch PWNED #",
  '"; touch PWNED; "',
  '$(touch PWNED)',
  '`touch PWNED`',
  '\n touch PWNED\n',
  '-rf',
  '../../x',
  'a\tb\tc',
  '.',
  '\\',
  '%s%n',
  '🦊 é',
]

describeWith(['dpkg-deb', 'flock'], 'hostile words', () => {
  test('who, why, provenance and inputs are carried literally', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    for (const [at, word] of HOSTILE.entries()) {
      const remote = localRemote()
      const stack = new Stack(remote, { metaPath, name: `s${at}`, who: word })
      await stack.create({ why: word })
      const build = { project: 'p', commit: 'a'.repeat(40), inputs: { word, many: [word, word] } }
      const options = { why: word, provenance: { word }, build }
      await stack.add([tinyDeb(dir, `app${at}`, '1')], options)
      const shown = await stack.show()
      expect(shown).toMatchObject({ who: word, why: word, packages: [{ pinnedBy: word }] })
      const manifest = join(metaPath, `packages/app${at}/version/1/manifest.json`)
      expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({
        recordedBy: word,
        provenance: { word },
      })
      const found = builtWith(await remote.ask(findBuilds(stack.store, build)), build.inputs)
      expect(found).toMatchObject({ who: word })
    }
    expect(readdirSync(dir, { recursive: true }).filter((name) => String(name).includes('PWNED'))).toEqual([])
  })

  test('META, debs_path and paths of packages may hold anything a path can', async () => {
    const dir = storeFolder()
    for (const word of [
      "it's; touch PWNED",
      '$(touch PWNED) `x`',
      ' spaces "and" \\n',
      '-rf',
      '*?[a]',
      '🦊',
    ]) {
      const metaPath = join(dir, word, 'meta')
      const out = join(dir, word, 'out')
      mkdirSync(out, { recursive: true })
      const stack = new Stack(localRemote(), { metaPath, name: '1', debsPath: out })
      await stack.create()
      const { name, version, fileName } = tinyDeb(out, 'sought', '1')
      await stack.add([tinyDeb(out, 'app', '1'), { name, version, fileName }], {
        logPath: join(out, fileName),
      })
      await new Stack(localRemote(), { metaPath, name: '2' }).create({ from: '1' })
      expect(readAsIn2013(metaPath, '2')).toEqual({ app: '1', sought: '1' })
    }
    expect(
      readdirSync(dir, { recursive: true }).filter((name) => String(name).endsWith('PWNED')),
    ).toHaveLength(1)
  })

  test('names, versions, files, paths and domains are refused before anything runs', () => {
    const store = parseStore({ metaPath: '/m' })
    const fine = {
      name: 'app',
      version: '1',
      fileName: 'app.deb',
      path: '/x/app.deb',
      sha256: 'a'.repeat(64),
    }
    const add = (wrong: object) => () => addPackages(store, parseStackName('1'), [{ ...fine, ...wrong }])
    expect(add({})).not.toThrow()
    for (const word of [...HOSTILE, '\0', '', 'a'.repeat(100_000)]) {
      for (const key of ['name', 'version', 'fileName', 'path', 'sha256'])
        if (word !== '.' || key !== 'path') expect(add({ [key]: word }), `${key} ${word}`).toThrow()
      for (const key of ['metaPath', 'domain'])
        expect(() => parseStore({ metaPath: '/m', [key]: word } satisfies StoreOptions)).toThrow()
    }
    expect(add({ path: '/x\ny' })).toThrow()
    expect(() => parseStore({ metaPath: '/m', who: 'a'.repeat(100_000) })).toThrow(
      'longer than 1000 characters',
    )
    expect(() => addPackages(store, parseStackName('1'), [])).toThrow('no package to add')
    expect(() => addPackages(store, parseStackName('1'), [fine, fine])).toThrow('app is given twice')
  })

  test('a request cut anywhere on its way changes nothing', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    const remote = localRemote()
    const stack = new Stack(remote, { metaPath, name: '1' })
    await stack.create()
    const debs = [tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'env', '1')]
    const { stdin } = addPackages(stack.store, stack.name, debs)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: stdin.length - 3 }), async (length) => {
        const { query } = addPackages(stack.store, stack.name, debs)
        await expect(remote.ask(query, { stdin: stdin.slice(0, length) })).rejects.toThrow()
        expect(readAsIn2013(metaPath, '1')).toEqual({})
      }),
      { numRuns: 15 },
    )
  })
})
