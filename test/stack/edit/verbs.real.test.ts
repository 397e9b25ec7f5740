import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FrozenStack, StaleGeneration, StaleRecord } from '../../../src/stack/index.ts'
import { describeWith } from '../../support/needs.ts'
import { readAsIn2013, scene } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

const shells = ['/bin/dash', '/bin/bash']

async function two(shell = '/bin/sh') {
  const made = scene(shell)
  await made.stack.create()
  const { generation } = await made.stack.add([tinyDeb(made.dir, 'app', '1'), tinyDeb(made.dir, 'env', '1')])
  return { ...made, generation }
}

const logOf = (metaPath: string, stack: string) =>
  readFileSync(join(metaPath, `.gachette/log/main/${stack}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describeWith(['/bin/bash', '/bin/dash', 'dpkg-deb', 'flock'], 'edits of a stack', () => {
  test.each(shells)('%s: remove unpins packages, and leaves their files', async (shell) => {
    const { metaPath, stack } = await two(shell)
    const edited = await stack.remove(['app'], { why: 'gone' })
    expect(edited).toMatchObject({ changed: true, count: 1 })
    expect(edited.packages).toMatchObject([
      { name: 'app', version: '1', change: { type: 'removed', was: '1' } },
    ])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ env: '1' })
    expect(await stack.show()).toMatchObject({ count: 1, verb: 'remove', packages: [{ name: 'env' }] })
    expect(logOf(metaPath, '1.0.0').at(-1)).toMatchObject({
      verb: 'remove',
      why: 'gone',
      changes: [{ name: 'app', version: null, was: '1' }],
    })
    await stack.remove(['env'])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({})
    await stack.add([{ name: 'app', version: '1' }])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1' })
  })

  test('remove is refused where one is not pinned, or the stack is at another generation', async () => {
    const { metaPath, stack, generation } = await two()
    await expect(stack.remove(['app', 'ghost', 'zz'])).rejects.toThrow(/(ghost, zz|zz, ghost): not pinned/)
    await stack.add([{ name: 'app', version: '1' }])
    await stack.remove(['env'], { expectGeneration: generation })
    await expect(stack.remove(['app'], { expectGeneration: generation })).rejects.toBeInstanceOf(
      StaleGeneration,
    )
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1' })
  })

  test.each(shells)('%s: a frozen stack refuses every edit, with the line that clones it', async (shell) => {
    const { dir, metaPath, stack, open, generation } = await two(shell)
    const { change, record, latest } = await stack.freeze({ why: 'release' })
    expect({ change, latest }).toEqual({ change: 'frozen', latest: '1.0.0' })
    expect(record).toMatchObject({ generation, count: 2, who: 'ann@desk', why: 'release' })
    const file = join(metaPath, '.gachette/frozen/main/1.0.0.json')
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(record)}\n`)
    expect(readlinkSync(join(metaPath, 'stacks/latest'))).toBe('1.0.0')
    expect(readAsIn2013(metaPath, 'latest', 'domains/main/stacks')).toEqual({ app: '1', env: '1' })
    for (const edit of [
      () => stack.add([tinyDeb(dir, 'app', '2')]),
      () => stack.add([{ name: 'app', version: '1' }]),
      () => stack.remove(['app']),
      () => stack.adopt(),
    ]) {
      const error = await edit().catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(FrozenStack)
      expect(error).toMatchObject({
        hint: `edit a clone:  gachette stack clone 1.0.0 NEW --meta-path ${metaPath}`,
      })
    }
    expect(await stack.freeze()).toMatchObject({ change: 'same', record })
    await open('1.0.1').create({ from: '1.0.0', mustBeNew: true })
    await open('1.0.1').remove(['env'])
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1', env: '1' })
  })

  test('a second freeze adds a signature and keeps the record; a bad one is refused', async () => {
    const { metaPath, stack } = await two()
    const sig = (word: string) =>
      `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(word).toString('base64')}\n-----END SSH SIGNATURE-----\n`
    const signed: string[] = []
    const sign = (word: string) => (bytes: string) => {
      signed.push(bytes)
      return Promise.resolve([sig(word)])
    }
    expect(await stack.freeze({ sign: sign('one') })).toMatchObject({ change: 'frozen' })
    expect(await stack.freeze({ sign: sign('two') })).toMatchObject({ change: 'signed' })
    expect(await stack.freeze({ sign: sign('two') })).toMatchObject({ change: 'same' })
    expect(new Set(signed).size).toBe(1)
    expect(signed[0]).toBe(readFileSync(join(metaPath, '.gachette/frozen/main/1.0.0.json'), 'utf8'))
    await expect(stack.freeze({ sign: () => Promise.resolve(['.\n']) })).rejects.toThrow('no armored')
  })

  test('latest is the highest frozen release, whatever is frozen last', async () => {
    const { metaPath, open } = await two()
    const latest = async (name: string) => {
      await open(name).create()
      return (await open(name).freeze()).latest
    }
    expect(await latest('2.0.0-rc.1')).toBeUndefined()
    expect(await latest('1.9.0')).toBe('1.9.0')
    expect(await latest('nightly')).toBeUndefined()
    expect(await latest('1.10.0')).toBe('1.10.0')
    expect(await latest('1.2.0')).toBeUndefined()
    expect(await latest('1.10.0+b2')).toBe('1.10.0+b2')
    expect(readlinkSync(join(metaPath, 'stacks/latest'))).toBe('1.10.0+b2')
    await expect(open('1.0.0').freeze({ expectGeneration: 'x' })).rejects.toBeInstanceOf(StaleGeneration)
  })

  test.each(shells)(
    '%s: a channel leads to frozen stacks only, one number after the other',
    async (shell) => {
      const { metaPath, stack, open } = await two(shell)
      await expect(stack.promote('production')).rejects.toThrow('is not frozen')
      await stack.freeze()
      expect(await stack.promote('production', { why: 'go' })).toMatchObject({
        change: 'promoted',
        pointer: { number: 1, stack: '1.0.0', why: 'go', until: null },
      })
      expect(await stack.promote('production')).toMatchObject({ change: 'same', pointer: { number: 1 } })
      await open('1.1.0').create({ from: '1.0.0' })
      await open('1.1.0').remove(['env'])
      await open('1.1.0').freeze()
      await expect(open('1.1.0').promote('production', { expectNumber: 0 })).rejects.toBeInstanceOf(
        StaleRecord,
      )
      expect(await open('1.1.0').promote('production', { expectNumber: 1 })).toMatchObject({
        pointer: { number: 2 },
      })
      expect(readlinkSync(join(metaPath, 'stacks/production'))).toBe('1.1.0')
      expect(readAsIn2013(metaPath, 'production')).toEqual({ app: '1' })
      expect(await stack.promote('production')).toMatchObject({ pointer: { number: 3 } })
      expect(readAsIn2013(metaPath, 'production')).toEqual({ app: '1', env: '1' })
      expect(logOf(metaPath, '1.0.0').map(({ verb, channel, number }) => [verb, channel, number])).toEqual([
        ['create', undefined, undefined],
        ['add', undefined, undefined],
        ['freeze', undefined, undefined],
        ['promote', 'production', 1],
        ['promote', 'production', 3],
      ])
    },
  )

  test('a stack takes no name of a channel, nor a channel that of a stack, or a version', async () => {
    const { stack, open } = await two()
    await open('staging').create()
    await stack.freeze()
    await stack.promote('production')
    await expect(stack.promote('staging')).rejects.toThrow('staging is the name of a stack')
    await expect(open('production').create()).rejects.toThrow('production is the name of a channel')
    await expect(open('production').add([{ name: 'app', version: '1' }])).rejects.toThrow(
      'production is a channel, which leads to stack 1.0.0',
    )
    await expect(open('production').remove(['app'])).rejects.toThrow('production is a channel')
    await expect(open('production').freeze()).rejects.toThrow('production is a channel')
    await expect(open('production').promote('other')).rejects.toThrow('production is a channel')
    await expect(open('production').adopt()).rejects.toThrow('production is a channel')
    for (const name of ['latest', '1.2.3', '../x'])
      expect(() => stack.promote(name), name).toThrow(/no name for/)
    expect(() => open('latest')).toThrow('latest is no name')
  })

  test('a clone to a name that is taken is refused, unless it is that clone', async () => {
    const { stack, open, generation } = await two()
    const clone = () => open('2.0.0').create({ from: '1.0.0', mustBeNew: true, expectGeneration: generation })
    expect(await clone()).toMatchObject({ existed: false, generation })
    expect(await clone()).toMatchObject({ existed: true, generation })
    await stack.remove(['env'])
    await expect(clone()).rejects.toBeInstanceOf(StaleGeneration)
    await expect(open('2.0.0').create({ from: '1.0.0', mustBeNew: true })).rejects.toThrow(
      'stack 2.0.0 is there already, and is no clone of 1.0.0 as that is now',
    )
  })

  test('a folder named latest is kept, and freezing says so', async () => {
    const { metaPath, stack, remote } = await two()
    writeFileSync(join(metaPath, 'stacks/latest'), '')
    expect(await stack.freeze()).toMatchObject({ change: 'frozen' })
    expect(remote.said.join('\n')).toContain('stacks/latest is no link')
  })
})
