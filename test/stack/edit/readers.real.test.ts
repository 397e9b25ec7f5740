import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Stack } from '../../../src/stack/index.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { serve } from '../../support/plain-web.ts'
import { storeFolder, writeFiles } from '../../support/store-folder.ts'
import { type TinyDeb, tinyDeb } from '../../support/tiny-deb.ts'

describeWith(['dpkg-deb', 'flock'], 'a reader of 2013, over plain HTTP, of a store with all of it', () => {
  test('finds every package of every stack, of every channel and of latest, by every path it knows', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    writeFiles(metaPath, {
      'packages/app/version/0/file': 'app_0_all.deb\n',
      'stacks/2013/packages/app/version': '0\n',
    })
    writeFiles(metaPath, { 'debs/.keep': '' })
    const open = (name: string) => new Stack(localRemote(), { metaPath, name })
    const debs: TinyDeb[] = [tinyDeb(join(metaPath, 'debs'), 'app', '0')]
    const deb = (name: string, version: string) => {
      const made = tinyDeb(dir, name, version)
      debs.push(made)
      return made
    }
    await open('1.0.0').create()
    await open('1.0.0').add([deb('app', '1'), deb('env', '1:1.0~rc1')])
    await open('1.1.0').create({ from: '1.0.0', mustBeNew: true })
    await open('1.1.0').remove(['env'])
    await open('1.1.0').add([deb('app', '2')])
    await open('1.0.0').freeze()
    await open('1.1.0').freeze()
    await open('1.0.0').promote('production')
    await open('1.1.0').promote('staging')
    await open('1.1.0').promote('production')
    await open('1.2.0').create({ from: '1.1.0' })
    const pins: Record<string, Record<string, string>> = {
      '2013': { app: '0' },
      '1.0.0': { app: '1', env: '1:1.0~rc1' },
      '1.1.0': { app: '2' },
      '1.2.0': { app: '2' },
      production: { app: '2' },
      staging: { app: '2' },
      latest: { app: '2' },
    }
    expect(readdirSync(join(metaPath, 'stacks')).sort()).toEqual(Object.keys(pins).sort())
    const get = await serve(metaPath)
    for (const stacks of ['stacks', 'domain/main/stacks', 'domains/main/stacks'])
      for (const [stack, packages] of Object.entries(pins))
        for (const [name, version] of Object.entries(packages)) {
          expect(String(await get(`/${stacks}/${stack}/packages/${name}/version`))).toBe(`${version}\n`)
          const file = String(await get(`/packages/${name}/version/${version}/file`)).trim()
          const wanted = debs.find((each) => each.name === name && each.version === version)
          expect(file).toBe(wanted?.fileName)
          expect((await get(`/debs/${encodeURIComponent(file)}`))?.length).toBe(20_672)
        }
    expect(await get('/stacks/1.1.0/packages/env/version')).toBeUndefined()
  })
})
