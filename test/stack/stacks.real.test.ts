import { mkdirSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createNextStack, listStacks, NoSuchStack, Stack } from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, scene, storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

describeWith(['dpkg-deb', 'flock'], 'the stacks of a store', () => {
  test('a stack that exists is left as it is', async () => {
    const { dir, metaPath, stack, open } = scene()
    await stack.create()
    const { generation } = await stack.add([tinyDeb(dir, 'app', '1')])
    expect(await stack.create()).toMatchObject({ existed: true, generation })
    await open('2.0.0').create()
    expect(await stack.create({ from: '2.0.0' })).toMatchObject({ existed: true, generation })
    // That takes no right to write.
    rmdirSync(join(metaPath, '.gachette/incoming'))
    writeFileSync(join(metaPath, '.gachette/incoming'), '')
    expect(await stack.create()).toMatchObject({ existed: true, generation })
    await expect(open('3.0.0').create()).rejects.toThrow('cannot be written by this user')
  })

  test('a domain that lies elsewhere is refused, since its stacks could not point back', async () => {
    const { dir, metaPath, stack } = scene()
    mkdirSync(join(dir, 'elsewhere'))
    mkdirSync(metaPath, { recursive: true })
    symlinkSync('../elsewhere', join(metaPath, 'domain'))
    await expect(stack.create()).rejects.toThrow(
      `${metaPath}/domain/main/stacks lies in ${dir}/elsewhere/main/stacks, apart from the store`,
    )
    expect(readdirSync(join(dir, 'elsewhere/main/stacks'))).toEqual([])
  })

  test('a clone is one more link to the same generation, and goes its own way', async () => {
    const { dir, metaPath, stack, open } = scene()
    await stack.create()
    const { generation } = await stack.add([tinyDeb(dir, 'app', '1')])
    const clone = open('1.0.1')
    expect(await clone.create({ from: '1.0.0' })).toMatchObject({ existed: false, generation })
    await clone.add([tinyDeb(dir, 'app', '2')])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1' })
    expect(readAsIn2013(metaPath, '1.0.1')).toEqual({ app: '2' })
  })

  test('a clone of nothing is refused with the line to type', async () => {
    const { metaPath, open } = scene()
    const error = await open('2')
      .create({ from: '1.9' })
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(NoSuchStack)
    expect(error).toMatchObject({ hint: `create it:  gachette stack_create:1.9,${metaPath}` })
    expect(readdirSync(join(metaPath, 'stacks'))).toEqual([])
  })

  test('domains are apart, and share packages', async () => {
    const { dir, metaPath, remote, stack } = scene()
    const live = new Stack(remote, { metaPath, domain: 'live', name: '1.0.0' })
    await live.create()
    await live.add([tinyDeb(dir, 'app', '1')])
    await expect(stack.show()).rejects.toBeInstanceOf(NoSuchStack)
    await stack.create()
    await stack.add([{ name: 'app', version: '1' }])
    expect(readAsIn2013(metaPath, '1.0.0', 'domains/live/stacks')).toEqual({ app: '1' })
    expect((await listStacks(remote, { metaPath, domain: 'live' })).map(({ name }) => name)).toEqual([
      '1.0.0',
    ])
  })

  test('a list tells generation, number of packages, digest and creation', async () => {
    const { dir, metaPath, remote, open } = scene()
    expect(await listStacks(remote, { metaPath })).toEqual([])
    for (const name of ['1.10.0', '1.9.0']) await open(name).create()
    const { generation, digest } = await open('1.9.0').add([tinyDeb(dir, 'app', '1')])
    await open('2.0.0').create({ from: '1.9.0' })
    const stacks = await listStacks(remote, { metaPath })
    expect(stacks.map(({ name, count }) => [name, count])).toEqual([
      ['1.9.0', 1],
      ['1.10.0', 0],
      ['2.0.0', 1],
    ])
    expect(stacks[0]).toMatchObject({ generation, digest, created: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(stacks[2]).toMatchObject({ generation, digest })
  })

  test('a bump raises the highest version, whoever is first', async () => {
    const { metaPath, open, remote } = scene()
    await open('1.9.0').create()
    await open('1.10.0').create()
    await open('note').create()
    const made = await Promise.all(
      [1, 2, 3, 4].map(() => createNextStack(localRemote(), { metaPath, bump: 'patch', from: '1.9.0' })),
    )
    expect(made.map(({ name }) => name).sort()).toEqual(['1.10.1', '1.10.2', '1.10.3', '1.10.4'])
    expect(await createNextStack(remote, { metaPath, bump: 'major' })).toMatchObject({ name: '2.0.0' })
  })

  test('a store on NFS is worth a warning', async () => {
    const bin = storeFolder()
    writeFileSync(join(bin, 'stat'), '#!/bin/sh\n[ "$1" = -f ] && echo nfs || exec /usr/bin/stat "$@"\n', {
      mode: 0o755,
    })
    const { remote, stack } = scene('/bin/sh', { ...process.env, PATH: `${bin}:${process.env.PATH}` })
    const { warnings } = await stack.create()
    expect(warnings).toEqual(['the store is on NFS: its locks hold only as far as the NFS server keeps them'])
    expect(remote.said).toContain(warnings[0])
  })
})
