import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Stack } from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { serve } from '../support/plain-web.ts'
import { storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

describeWith(['dpkg-deb', 'flock'], 'a reader of 2013 over plain HTTP', () => {
  test('finds the version, the file name and the bytes of every pinned package', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    const stack = new Stack(localRemote(), { metaPath, name: '1.0' })
    await stack.create()
    const app = tinyDeb(dir, 'app', '1:1.0~rc1')
    await stack.add([app])
    const get = await serve(metaPath)
    for (const stacks of ['/stacks', '/domain/main/stacks', '/domains/main/stacks'])
      expect(String(await get(`${stacks}/1.0/packages/app/version`))).toBe('1:1.0~rc1\n')
    expect(String(await get('/packages/app/version/1:1.0~rc1/file'))).toBe(`${app.fileName}\n`)
    expect(await get(`/debs/${encodeURIComponent(app.fileName)}`)).toEqual(readFileSync(app.path))
  })

  test('never sees a missing or empty file while the stack is edited', async () => {
    const dir = storeFolder()
    const metaPath = join(dir, 'meta')
    const remote = localRemote()
    const stack = new Stack(remote, { metaPath, name: '1.0' })
    await stack.create()
    await stack.add([tinyDeb(dir, 'app', '0')])
    const get = await serve(metaPath)
    const seen = new Set<string>()
    let reads = 0
    let editing = true
    const reading = (async () => {
      while (editing) {
        const version = String(await get('/domains/main/stacks/1.0/packages/app/version'))
        seen.add(version)
        const file = String(await get(`/packages/app/version/${version.trim()}/file`))
        expect(await get(`/debs/${file.trim()}`)).toHaveLength(20_672)
        reads++
      }
    })()
    for (const version of ['1', '2', '3', '4', '5']) await stack.add([tinyDeb(dir, 'app', version)])
    editing = false
    await reading
    expect(reads).toBeGreaterThan(10)
    for (const version of seen) expect(version).toMatch(/^[0-5]\n$/)
  })
})
