import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FrozenStack, findWritten, WrittenThrough } from '../../../src/stack/index.ts'
import { describeWith } from '../../support/needs.ts'
import { readAsIn2013, scene } from '../../support/store-folder.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

/** Three stacks that share a generation, and one that shares pins with them; what an old tool registers. */
async function shared() {
  const made = scene()
  const { dir, metaPath, stack, open, remote } = made
  await stack.create()
  await stack.add([tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'env', '1')])
  await open('1.0.1').create({ from: '1.0.0' })
  await open('1.0.2').create({ from: '1.0.0' })
  await open('2.0.0').create({ from: '1.0.0' })
  await open('2.0.0').add([tinyDeb(dir, 'web', '1')])
  const pin = (name: string) => join(metaPath, 'stacks/1.0.1/packages', name)
  /** As a tool of 2013 does it: the file into the pool, its name, then the pin. */
  const write = (name: string, version: string) => {
    const { fileName } = tinyDeb(join(metaPath, 'debs'), name, version)
    const folder = join(metaPath, 'packages', name, 'version', version)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'file'), `${fileName}\n`)
    mkdirSync(pin(name), { recursive: true })
    writeFileSync(join(pin(name), 'version'), `${version}\n`)
  }
  const written = (name: string) => remote.ask(findWritten(stack.store, open(name).name))
  const pins = () =>
    Object.fromEntries(
      ['1.0.0', '1.0.1', '1.0.2', '2.0.0'].map((name) => [name, readAsIn2013(metaPath, name)]),
    )
  return { ...made, pin, write, written, pins }
}

const before = {
  '1.0.0': { app: '1', env: '1' },
  '1.0.1': { app: '1', env: '1' },
  '1.0.2': { app: '1', env: '1' },
  '2.0.0': { app: '1', env: '1', web: '1' },
}

describeWith(['dpkg-deb', 'flock'], 'an old tool writes through the link of a stack', () => {
  test('what it wrote is noticed, with every stack that shows it', async () => {
    const { write, written, pins } = await shared()
    for (const name of ['1.0.0', '2.0.0']) expect(await written(name)).toEqual({ pins: [], sharedBy: [] })
    write('app', '2')
    expect(pins()['2.0.0']).toMatchObject({ app: '2' })
    expect(await written('1.0.1')).toEqual({
      pins: [{ name: 'app', version: '2', was: '1' }],
      sharedBy: ['1.0.0', '1.0.2', '2.0.0'],
    })
    write('new', '1')
    expect((await written('1.0.0')).pins).toEqual([
      { name: 'app', version: '2', was: '1' },
      { name: 'new', version: '1' },
    ])
    expect(await written('2.0.0')).toMatchObject({ pins: [{ name: 'app', version: '2', was: '1' }] })
  })

  test('adopt takes the change into one stack, and restores the others', async () => {
    const { metaPath, open, write, written, pin, pins } = await shared()
    write('app', '2')
    write('new', '1')
    rmSync(pin('env'), { recursive: true })
    const adopted = await open('1.0.1').adopt({ why: 'the old deployer' })
    expect(adopted.packages.map(({ name, version, change }) => [name, version, change.type])).toEqual([
      ['app', '2', 'replaced'],
      ['env', '1', 'removed'],
      ['new', '1', 'added'],
    ])
    expect(adopted).toMatchObject({ changed: true, count: 2, restored: ['1.0.0', '1.0.2', '2.0.0'] })
    expect(pins()).toEqual({ ...before, '1.0.1': { app: '2', new: '1' } })
    for (const name of ['1.0.0', '1.0.1', '1.0.2', '2.0.0'])
      expect(await written(name), name).toEqual({ pins: [], sharedBy: [] })
    const { packages, verb } = await open('1.0.1').show()
    expect(verb).toBe('adopt')
    expect(packages).toMatchObject([
      { name: 'app', version: '2', sha256: expect.stringMatching(/^[0-9a-f]{64}$/), architecture: 'all' },
      { name: 'new', version: '1' },
    ])
    expect(readlinkSync(join(metaPath, 'stacks/1.0.0'))).not.toBe(
      readlinkSync(join(metaPath, 'stacks/1.0.1')),
    )
    expect(readdirSync(join(metaPath, '.gachette/accepted'))).toEqual([])
    expect(await open('1.0.1').adopt()).toMatchObject({ changed: false, packages: [], restored: [] })
    await open('1.0.0').add([{ name: 'app', version: '2' }])
    expect(pins()).toEqual({ ...before, '1.0.0': { app: '2', env: '1' }, '1.0.1': { app: '2', new: '1' } })
  })

  test('restore takes nothing; that is all that is done to a frozen stack', async () => {
    const { open, write, written, pin, pins } = await shared()
    await open('1.0.1').freeze()
    write('app', '2')
    write('new', '1')
    rmSync(pin('env'), { recursive: true })
    await expect(open('1.0.1').adopt()).rejects.toBeInstanceOf(FrozenStack)
    expect(await open('1.0.1').adopt({ restore: true })).toMatchObject({
      changed: false,
      packages: [],
      restored: ['1.0.0', '1.0.2', '2.0.0'],
    })
    expect(pins()).toEqual(before)
    expect(await written('1.0.1')).toEqual({ pins: [], sharedBy: [] })
  })

  test('a pin that is no version, a dangling link or a folder in its place is restored', async () => {
    const { open, written, pin, pins } = await shared()
    writeFileSync(join(pin('app'), 'version'), '')
    rmSync(pin('env'))
    symlinkSync('nowhere', pin('env'))
    const error = await open('1.0.1')
      .adopt()
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(WrittenThrough)
    expect(String(error)).toContain('packages/app/version names no valid version')
    await open('1.0.1').adopt({ restore: true })
    expect(pins()).toEqual(before)
    rmSync(pin('app'))
    mkdirSync(pin('app'))
    writeFileSync(join(pin('app'), 'version'), '7\n')
    expect(await written('1.0.1')).toMatchObject({ pins: [{ name: 'app', version: '7', was: '1' }] })
    await expect(open('1.0.1').adopt()).rejects.toThrow('app 7 is not registered')
    await open('1.0.1').adopt({ restore: true })
    expect(pins()).toEqual(before)
  })

  test('a stack that was written through is not frozen', async () => {
    const { metaPath, open, write } = await shared()
    write('app', '2')
    const error = await open('1.0.0')
      .freeze()
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(WrittenThrough)
    expect(error).toMatchObject({
      message:
        'stack 1.0.0: its folders hold other versions than its manifest; an old tool wrote through the link\n  app: 2, and the manifest says 1',
      hint: `take the change into the stack:  gachette stack adopt 1.0.0 --meta-path ${metaPath}\nor put back what the manifest says:  gachette stack adopt 1.0.0 --restore --meta-path ${metaPath}`,
    })
    expect(readdirSync(join(metaPath, '.gachette')).includes('frozen')).toBe(false)
  })

  test('an edit after it leaves it to be adopted', async () => {
    const { dir, open, write, written, pins } = await shared()
    write('app', '2')
    await open('1.0.1').add([tinyDeb(dir, 'web', '1')])
    expect(await written('1.0.1')).toMatchObject({ pins: [{ name: 'app' }] })
    await open('1.0.1').adopt()
    expect(pins()).toEqual({ ...before, '1.0.1': { app: '2', env: '1', web: '1' } })
  })

  test('the generation of a frozen stack keeps its name and its digest', async () => {
    const { metaPath, open, write } = await shared()
    const { record } = await open('1.0.2').freeze()
    write('app', '2')
    await open('1.0.1').adopt()
    expect(readAsIn2013(metaPath, '1.0.2')).toEqual({ app: '1', env: '1' })
    expect(await open('1.0.2').show()).toMatchObject({ generation: record.generation, digest: record.digest })
    expect(readFileSync(join(metaPath, '.gachette/log/main/1.0.1.jsonl'), 'utf8')).toContain('"verb":"adopt"')
  })
})
