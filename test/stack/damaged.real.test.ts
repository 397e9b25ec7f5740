import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  diffStacks,
  listStacks,
  parseReadName,
  parseStore,
  showStack,
  stackLog,
} from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, scene } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

/** A store with the stack 1.0.0, which pins app and env, and a clone of it. */
async function two(env?: NodeJS.ProcessEnv) {
  const made = scene('/bin/sh', env)
  const { dir, metaPath, stack, open } = made
  await stack.create()
  await stack.add([tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'env', '1')])
  await open('1.1.0').create({ from: '1.0.0' })
  await open('1.1.0').add([tinyDeb(dir, 'app', '2')])
  return { ...made, store: parseStore({ metaPath }) }
}

describeWith(['dpkg-deb', 'flock', 'setpriv'], 'a damaged store', () => {
  test('a log whose first line was cut spoils no read', async () => {
    const { metaPath, remote, open, store } = await two()
    const log = join(metaPath, '.gachette/log/main/1.1.0.jsonl')
    writeFileSync(log, readFileSync(log, 'utf8').replace(/^(.{60}).*\n/, '$1'))
    expect(
      (await listStacks(remote, { metaPath })).map(({ name, created }) => [name, created !== undefined]),
    ).toEqual([
      ['1.0.0', true],
      ['1.1.0', false],
    ])
    expect(await open('1.1.0').show()).not.toHaveProperty('created')
    expect((await remote.ask(stackLog(store, parseReadName('1.1.0')))).edits.length).toBeGreaterThan(0)
    const diff = await diffStacks(remote, { metaPath, from: '1.1.0', workPath: metaPath })
    expect([diff.from.name, diff.to.name]).toEqual(['1.0.0', '1.1.0'])
  })

  test('a folder beside the stacks whose name is no stack is not what a stack is compared with', async () => {
    const { metaPath, remote, open } = await two()
    mkdirSync(join(metaPath, 'stacks/yak (copy)'))
    await open('zoo').create()
    const diff = await diffStacks(remote, { metaPath, from: 'zoo', workPath: metaPath })
    expect(diff.from.name).toBe('1.1.0')
  })

  test('generations that name each other as their parents are told once', async () => {
    const { metaPath, remote, store, open } = await two()
    const { generation } = await open('1.1.0').show()
    const manifest = join(metaPath, '.gachette/gen/main', generation ?? '', '.manifest.json')
    writeFileSync(
      manifest,
      readFileSync(manifest, 'utf8').replace(/"parent":"[^"]*"/, `"parent":"${generation}"`),
    )
    const { edits } = await remote.ask(stackLog(store, parseReadName('1.1.0')))
    expect(edits.filter((edit) => edit.generation === generation)).toHaveLength(1)
  }, 15_000)

  test('a folder in the place of a version is put right by restoring, and spoils no later edit', async () => {
    const { metaPath, stack } = await two()
    const version = join(metaPath, 'stacks/1.0.0/packages/env/version')
    rmSync(version)
    mkdirSync(join(version, 'inside'), { recursive: true })
    await stack.adopt({ restore: true })
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1', env: '1' })
    expect(readAsIn2013(metaPath, '1.1.0')).toEqual({ app: '2', env: '1' })
  })

  test('what is no pointer in the folder of a channel is none', async () => {
    const { metaPath, stack } = await two()
    await stack.freeze()
    await stack.promote('production')
    writeFileSync(join(metaPath, '.gachette/channels/main/production/notes.json'), '{}\n')
    expect(await stack.promote('production', { until: '2099-01-01T00:00:00Z' })).toMatchObject({
      change: 'promoted',
      pointer: { number: 2 },
    })
  })

  test('an edit that fails after it was decided says that the next command does the rest', async () => {
    const { metaPath, stack } = await two()
    const folder = join(metaPath, '.gachette/frozen')
    writeFileSync(folder, 'in the way\n')
    await expect(stack.freeze()).rejects.toThrow(
      /could not be written \(mkdir\); the edit is decided, and the next command does the rest$/,
    )
    rmSync(folder)
    expect((await stack.show()).frozen).toBeDefined()
  })

  test('a package that gc took between the question and the edit is said to be gone', async () => {
    const { dir, metaPath, open } = await two()
    await open('1.2.0').create()
    await open('1.2.0').add([tinyDeb(dir, 'web', '1')])
    await open('1.2.0').remove(['web'])
    const holder = spawn('flock', [
      join(metaPath, '.gachette/lock/store'),
      'sh',
      '-c',
      'echo held; read -r line',
    ])
    await once(holder.stdout, 'data')
    const adding = open('1.1.0')
      .add([{ name: 'web', version: '1' }])
      .catch((error: unknown) => error)
    await expect
      .poll(() => readdirSync(join(metaPath, '.gachette/incoming')).length, { timeout: 10_000 })
      .toBe(1)
    // It has read the request by the time it waits: its own file descriptors say so.
    const waits = () => execFileSync('sh', ['-c', 'cat /proc/locks'], { encoding: 'utf8' }).includes('->')
    await expect.poll(waits, { timeout: 10_000 }).toBe(true)
    rmSync(join(metaPath, 'packages/web'), { recursive: true })
    holder.stdin.end('\n')
    expect(await adding).toMatchObject({ message: `web 1 is not registered in ${metaPath}` })
  })

  test('who may only read sees the store while something is left to finish', async () => {
    const { dir, metaPath, store } = await two()
    writeFileSync(
      join(dir, 'sh'),
      '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh "$@"\n',
      { mode: 0o755 },
    )
    execFileSync('chmod', ['755', dir])
    mkdirSync(join(metaPath, '.gachette/accepted/left/packages'), { recursive: true })
    const reader = localRemote(process.env, process.getuid?.() === 0 ? join(dir, 'sh') : '/bin/sh')
    expect((await reader.ask(showStack(store, parseReadName('1.0.0')))).count).toBe(2)
  })
})

describeWith(['dpkg-deb', 'flock'], 'a clone of a name', () => {
  test('that leads to a stack is one of that stack, and says so', async () => {
    const { metaPath, stack, open } = await two()
    await stack.freeze()
    await stack.promote('production')
    for (const [from, name] of [
      ['latest', '2.0.0'],
      ['production', '2.1.0'],
    ] as const) {
      expect(await open(name).create({ from, mustBeNew: true })).toMatchObject({
        existed: false,
        from: '1.0.0',
      })
      expect(await open(name).create({ from, mustBeNew: true })).toMatchObject({
        existed: true,
        from: '1.0.0',
      })
      expect(readAsIn2013(metaPath, name)).toEqual({ app: '1', env: '1' })
      expect(readFileSync(join(metaPath, `.gachette/log/main/${name}.jsonl`), 'utf8')).toContain(
        '"from":"1.0.0"',
      )
      await open(name).remove(['env'])
    }
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ app: '1', env: '1' })
  })

  test('is refused where nothing is frozen yet, or the name leads to what is not', async () => {
    const { metaPath, open } = await two()
    await expect(open('2.0.0').create({ from: 'latest' })).rejects.toThrow('there is no latest one')
    mkdirSync(join(metaPath, 'stacks/latest/packages'), { recursive: true })
    await expect(open('2.0.0').create({ from: 'latest' })).rejects.toThrow('there is no latest one')
    rmSync(join(metaPath, 'stacks/latest'), { recursive: true })
    symlinkSync('1.1.0', join(metaPath, 'stacks/latest'))
    await expect(open('2.0.0').create({ from: 'latest' })).rejects.toThrow('stack 1.1.0 is not frozen')
  })
})
