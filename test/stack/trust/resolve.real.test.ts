import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Query } from '../../../src/shell/index.ts'
import { parseStore } from '../../../src/stack/index.ts'
import { parseStackName } from '../../../src/stack/name.ts'
import { resolveStack, type TrustPolicy } from '../../../src/stack/trust/index.ts'
import { readStack } from '../../../src/stack/trust/read.ts'
import type { Remote } from '../../../src/task/context.ts'
import { edit, freezeByHand, promoteByHand, stateIn } from '../../support/frozen-store.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { scene } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

/** A store with stack 1.0.0 of two packages, frozen. */
async function frozenScene() {
  const { dir, metaPath, remote, open, stack } = scene()
  stateIn(join(dir, 'state'))
  await stack.create()
  const made = await stack.add([tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'app-conf', '1')])
  const one = { name: '1.0.0', ...made }
  const record = freezeByHand(metaPath, one)
  const store = parseStore({ metaPath })
  const resolve = (name: string, policy?: TrustPolicy) =>
    resolveStack(remote, localRemote(), { store, name, ...(policy && { policy }) })
  const manifest = join(metaPath, '.gachette/gen/main', made.generation, '.manifest.json')
  return { dir, metaPath, remote, open, one, record, resolve, manifest }
}

describeWith(['dpkg-deb', 'flock', 'gzip', 'base64'], 'a name is resolved', () => {
  test('a frozen stack by its name, in one round trip', async () => {
    const { remote, one, resolve } = await frozenScene()
    const before = remote.execs()
    const resolved = await resolve('1.0.0')
    expect(remote.execs() - before).toBe(1)
    expect(resolved).toMatchObject({
      name: '1.0.0',
      asked: '1.0.0',
      domain: 'main',
      digest: one.digest,
      generation: one.generation,
      frozen: { stack: '1.0.0', count: 2 },
      signers: [],
    })
    expect(resolved.packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'app 1',
      'app-conf 1',
    ])
  })

  test('latest and ranges mean the highest frozen stack, and no pre-release', async () => {
    const { metaPath, open, one, resolve } = await frozenScene()
    for (const name of ['1.2.0', '1.10.0', '2.0.0-rc.1', '1.11.0', 'snapshot', '1.x']) {
      await open(name).create({ from: '1.0.0' })
      if (name !== '1.11.0') freezeByHand(metaPath, { ...one, name })
    }
    const names = async (...asked: string[]) =>
      Promise.all(asked.map(async (name) => (await resolve(name)).name))
    expect(await names('latest', '^1.2', '~1.2', '1.2.x', '^2.0.0-rc', 'snapshot')).toEqual([
      '1.10.0',
      '1.10.0',
      '1.2.0',
      '1.2.0',
      '2.0.0-rc.1',
      'snapshot',
    ])
    // Whoever calls a stack so means it.
    expect(await names('1.x')).toEqual(['1.x'])
    await expect(resolve('^3')).rejects.toThrow('no frozen stack is ^3')
    await expect(resolve('1.11.0')).rejects.toThrow('stack 1.11.0 is not frozen')
    expect(await resolve('1.11.0', { unfrozen: true })).toMatchObject({ name: '1.11.0' })
  })

  test('a channel means the stack of its highest number', async () => {
    const { metaPath, open, one, resolve } = await frozenScene()
    await open('1.1.0').create({ from: '1.0.0' })
    freezeByHand(metaPath, { ...one, name: '1.1.0' })
    promoteByHand(metaPath, { ...one, name: '1.1.0' }, 'production', 9)
    promoteByHand(metaPath, one, 'production', 10)
    expect(await resolve('production')).toMatchObject({
      asked: 'production',
      name: '1.0.0',
      channel: { number: 10 },
    })
  })

  test('nothing is refused without a name for it', async () => {
    const { metaPath, one, resolve } = await frozenScene()
    await expect(resolve('9.9.9')).rejects.toThrow(`there is no stack 9.9.9 in ${metaPath} (domain main)`)
    promoteByHand(metaPath, { ...one, name: '8.8.8' }, 'edge', 1)
    await expect(resolve('edge')).rejects.toThrow('there is no stack 8.8.8, to which channel edge points, in')
  })

  test('another stack than was asked for is refused, however well it is frozen', async () => {
    const { metaPath, remote, open, one } = await frozenScene()
    await open('1.1.0').create({ from: '1.0.0' })
    freezeByHand(metaPath, { ...one, name: '1.1.0' })
    const store = parseStore({ metaPath })
    const older = readStack(store, parseStackName('1.0.0')).command
    const ask = ((asked: Query<unknown>) => remote.ask({ ...asked, command: older })) as Remote['ask']
    const lying: Remote = { ...remote, ask }
    await expect(resolveStack(lying, localRemote(), { store, name: '1.1.0' })).rejects.toThrow(
      'the store was asked for stack 1.1.0, and answered with "1.0.0"',
    )
  })

  test('a changed manifest, record, pointer or link is refused, and named', async () => {
    const { metaPath, one, record, resolve, manifest } = await frozenScene()
    const pointer = promoteByHand(metaPath, one, 'production', 1)
    const undo = [manifest, record.file, pointer.file].map((file) => {
      let before = ''
      edit(file, (text) => {
        before = text
        return `${text} `
      })
      const back = () => edit(file, () => before)
      back()
      return back
    })
    const refused = async (file: string, from: string | RegExp, to: string, message: string) => {
      edit(file, (text) => text.replace(from, to))
      await expect(resolve('production')).rejects.toThrow(message)
      undo[[manifest, record.file, pointer.file].indexOf(file)]?.()
      await resolve('production')
    }
    const gen = `.gachette/gen/main/${one.generation}/.manifest.json`
    await refused(manifest, '"version":"1"', '"version":"2"', `${gen} was changed: its digest is`)
    await refused(manifest, `"digest":"${one.digest}"`, `"digest":"${'0'.repeat(64)}"`, `${gen} was changed`)
    await refused(record.file, one.digest, '0'.repeat(64), 'stack 1.0.0 was changed after it was frozen')
    await refused(
      record.file,
      '"1.0.0"',
      '"1.0.1"',
      '.gachette/frozen/main/1.0.0.json is the record of stack 1.0.1',
    )
    await refused(
      pointer.file,
      one.digest,
      '0'.repeat(64),
      'number 1 of channel production leads to stack 1.0.0 of digest 000',
    )
    await refused(
      pointer.file,
      '"number":1',
      '"number":2',
      '.gachette/channels/main/production/00000001.json is pointer number 2',
    )
    await refused(pointer.file, '"stack":"1.0.0"', '"stack":"../x"', '00000001.json: its stack is "../x"')
    promoteByHand(metaPath, { ...one, name: '1.0.1' }, 'production', 1, { stack: '1.0.0' })
    await expect(resolve('production')).rejects.toThrow(
      "domain/main/stacks/production leads to 1.0.1, and the channel's pointer to 1.0.0",
    )
    expect(readdirSync(join(metaPath, '.gachette/incoming'))).toEqual([])
  })
})
