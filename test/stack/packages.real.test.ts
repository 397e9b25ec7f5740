import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listPackages, packagesText } from '../../src/stack/index.ts'
import { describeWith } from '../support/needs.ts'
import { scene, writeFiles } from '../support/store-folder.ts'

describeWith(['find'], 'the packages of a store', () => {
  test('are told by name, each with its versions as Debian orders them', async () => {
    const { metaPath, remote } = scene()
    writeFiles(metaPath, {
      'packages/dh-shop/version/1.0~rc1/file': 'a.deb\n',
      'packages/dh-shop/version/1.10/file': 'b.deb\n',
      'packages/dh-shop/version/1.9/file': 'c.deb\n',
      'packages/dh-shop/version/_odd/file': 'x.deb\n',
      'packages/dh-lib/version/1:0/file': 'd.deb\n',
      'packages/dh-lib/version/2/manifest.json': 'not registered\n',
    })
    const packages = await listPackages(remote, { metaPath })
    expect(packages).toEqual([
      { name: 'dh-lib', versions: ['1:0'] },
      { name: 'dh-shop', versions: ['1.10', '1.9', '1.0~rc1', '_odd'] },
    ])
    expect(packagesText(packages)).toBe('dh-lib   1:0\ndh-shop  1.10  and 3 more')
    expect(await listPackages(remote, { metaPath, pattern: 'dh-s*' })).toHaveLength(1)
    expect(await listPackages(remote, { metaPath, pattern: 'no-*' })).toEqual([])
  })

  test('are none in a META that is not there, also where a pattern is hostile', async () => {
    const { dir, metaPath, remote } = scene()
    expect(await listPackages(remote, { metaPath })).toEqual([])
    expect(packagesText([])).toBe('no packages')
    mkdirSync(join(metaPath, 'packages'), { recursive: true })
    for (const pattern of ['../*', '$(id)', "'", '-delete', '', 'a b'].filter((each) => each !== '-delete'))
      await expect(async () => listPackages(remote, { metaPath, pattern })).rejects.toThrow(
        'no name or pattern',
      )
    writeFileSync(join(dir, 'kept'), '')
    expect(await listPackages(remote, { metaPath, pattern: '-delete' })).toEqual([])
  })
})
