import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeSyntheticStore } from '../../bench/synthetic-store.mjs'
import {
  diffStacks,
  diffText,
  listStacks,
  logText,
  parseReadName,
  parseStore,
  Stack,
  searchStacks,
  searchText,
  showStack,
  stackLog,
  stackText,
} from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { makeRepository } from '../support/repository.ts'
import { scene, storeFolder } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

/** A store of ten packages of two projects, of which each stack rebuilds one in turn. */
function synthetic() {
  const dir = storeFolder()
  const store = writeSyntheticStore({
    meta: join(dir, 'meta'),
    workPath: dir,
    packages: 10,
    stacks: 6,
    moving: 2,
  })
  const remote = localRemote()
  const place = { metaPath: store.meta, workPath: dir }
  return { dir, ...store, remote, place, names: parseStore({ metaPath: store.meta }) }
}

const deployed = (meta: string, host: string, stack: string, digest: string) => {
  mkdirSync(join(meta, '.gachette/deployed/main'), { recursive: true })
  const note = {
    v: 1,
    host,
    domain: 'main',
    stack,
    digest,
    generation: 3,
    when: '2026-01-02T00:00:00Z',
    who: 'jo',
    packages: 1,
  }
  writeFileSync(join(meta, `.gachette/deployed/main/${host}.json`), `${JSON.stringify(note)}\n`)
}

describeWith(['dpkg-deb', 'flock', 'git'], 'what is asked of the stacks', () => {
  test('a difference names the packages, and the commits between what they were built of', async () => {
    const { remote, place, projects } = synthetic()
    const diff = await diffStacks(remote, { ...place, from: '1.0.2', to: '1.0.4' })
    expect(diff.packages.map(({ type, name }) => `${type} ${name}`)).toEqual(
      Array.from({ length: 10 }, (_, at) => `up pkg-0000${at}`),
    )
    const [one, two] = projects
    expect(diff.sources.map(({ from, to }) => [from, to])).toEqual([
      [one?.commits[3], one?.commits[6]],
      [two?.commits[3], two?.commits[6]],
    ])
    expect(diff.sources[0]?.history).toMatchObject({ type: 'known', count: 3, dropped: 0 })
    expect(diffText(diff).split('\n').slice(-4)).toEqual([
      `https://git.example.org/project-0001  ${two?.commits[3]?.slice(0, 12)}..${two?.commits[6]?.slice(0, 12)}  (pkg-00005, pkg-00006, pkg-00007, pkg-00008, pkg-00009)`,
      `    ${two?.commits[6]?.slice(0, 12)}  2025-01-01  Synthetic  Change 6 of project-0001`,
      `    ${two?.commits[5]?.slice(0, 12)}  2025-01-01  Synthetic  Change 5 of project-0001`,
      `    ${two?.commits[4]?.slice(0, 12)}  2025-01-01  Synthetic  Change 4 of project-0001`,
    ])
    const back = await diffStacks(remote, { ...place, from: '1.0.4', to: '1.0.2' })
    expect(back.packages.every(({ type }) => type === 'down')).toBe(true)
    expect(back.sources[0]?.history).toMatchObject({ commits: [], count: 0, dropped: 3 })
  })

  test('a stack alone is compared with the one it was cloned from', async () => {
    const { remote, place } = synthetic()
    const diff = await diffStacks(remote, { ...place, from: '1.0.5' })
    expect([diff.from.name, diff.to.name]).toEqual(['1.0.4', '1.0.5'])
    await expect(diffStacks(remote, { ...place, from: '1.0.0' })).rejects.toThrow(
      'there is no stack before 1.0.0 to compare it with',
    )
  })

  test('a commit that no mirror has is said, and a history that is not linear', async () => {
    const { dir, metaPath, remote, stack, open } = scene()
    const repository = makeRepository(join(dir, 'shop'))
    const base = repository.commit({ a: '1' }, 'base')
    const left = repository.commit({ a: '2' }, 'left')
    repository.git('checkout', '-q', '-b', 'other', base)
    const right = repository.commit({ a: '3' }, 'right \u001b[31mred')
    const url = 'https://git.example.org/shop'
    const key = (await import('node:crypto')).createHash('sha256').update(url).digest('hex').slice(0, 12)
    repository.git('clone', '-q', '--bare', '.', join(dir, `mirrors/shop-${key}.git`))
    const built = (version: string, commit: string) =>
      [tinyDeb(dir, 'shop', version), { provenance: { repository: url, commit } }] as const
    await stack.create()
    for (const [name, version, commit] of [
      ['1.0.0', '1', left],
      ['1.0.1', '2', right],
      ['1.0.2', '3', 'f'.repeat(40)],
    ] as const) {
      await open(name).create()
      const [deb, options] = built(version, commit)
      await open(name).add([deb], options)
    }
    const options = { metaPath, workPath: dir }
    const diverged = await diffStacks(remote, { ...options, from: '1.0.0', to: '1.0.1' })
    expect(diverged.sources[0]?.history).toMatchObject({ count: 1, dropped: 1 })
    expect(diffText(diverged).split('\n').slice(-2)).toEqual([
      '    not in line: the second lacks 1 commit of the first',
      `    ${right.slice(0, 12)}  2023-11-14  test  right  [31mred`,
    ])
    const lost = await diffStacks(remote, { ...options, from: '1.0.1', to: '1.0.2' })
    expect(lost.sources[0]?.history).toEqual({ type: 'missing', commit: 'f'.repeat(40) })
    const unmirrored = await diffStacks(remote, {
      ...options,
      workPath: join(dir, 'none'),
      from: '1.0.0',
      to: '1.0.1',
    })
    expect(unmirrored.sources[0]?.history).toEqual({ type: 'no-mirror' })
  })

  test('a stack is found by its packages, by versions, by digests and by hosts', async () => {
    const { remote, names, meta } = synthetic()
    const find = async (sought: Parameters<typeof searchStacks>[1]) =>
      (await remote.ask(searchStacks(names, sought))).stacks.map(({ name }) => name)
    expect(await find({ by: 'package', name: 'pkg-00000', version: '1.0.1' })).toEqual(['1.0.1', '1.0.2'])
    expect(await find({ by: 'package', version: '1.0.[5]' }).catch(String)).toContain('is no version')
    expect(await find({ by: 'package', name: 'pkg-*', version: '1.0.?' })).toHaveLength(6)
    expect(await find({ by: 'package', name: 'nothing' })).toEqual([])
    const { digest = '', packages } = await remote.ask(showStack(names, parseReadName('1.0.3')))
    expect(await find({ by: 'digest', digest })).toEqual(['1.0.3'])
    expect(await find({ by: 'digest', digest: packages[0]?.sha256?.slice(0, 16) ?? '' })).toEqual([
      '1.0.3',
      '1.0.4',
    ])
    deployed(meta, 'web1', '1.0.3', digest)
    deployed(meta, 'web10', '1.0.2', digest)
    expect(await find({ by: 'host', host: 'web*' })).toEqual(['1.0.2', '1.0.3'])
    expect(await find({ by: 'host', host: 'web1' })).toEqual(['1.0.3'])
    const search = await remote.ask(
      searchStacks(names, { by: 'package', name: 'pkg-00009', version: '1.0.2' }),
    )
    expect(searchText(search)).toBe(
      ['1.0.2  pkg-00009 1.0.2  on web10', '1.0.3  pkg-00009 1.0.2  on web1'].join('\n'),
    )
  })

  test('a stack is found by a commit that was never built, if a later one was', async () => {
    const { remote, names, projects, dir } = synthetic()
    const commits = projects[0]?.commits ?? []
    const find = async (commit: string, project?: string) => {
      const wish = { by: 'commit' as const, commit, workPath: dir, ...(project && { project }) }
      const { stacks, ...rest } = await remote.ask(searchStacks(names, wish))
      return { ...rest, stacks: stacks.map(({ name }) => name) }
    }
    // Built are number 0, 3, 6, 9; of the first project in 1.0.0, 1.0.1, 1.0.3 and 1.0.5.
    expect(await find(commits[4] ?? '')).toMatchObject({ stacks: ['1.0.3', '1.0.4', '1.0.5'] })
    expect(await find(commits[3]?.slice(0, 9) ?? '')).toMatchObject({
      commit: commits[3],
      stacks: ['1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.0.5'],
    })
    expect(await find(commits[9] ?? '')).toMatchObject({ stacks: ['1.0.5'] })
    expect((await find(commits[0] ?? '')).stacks).toHaveLength(6)
    expect(await find(commits[0] ?? '', 'project-0001')).toMatchObject({ stacks: [] })
    expect(await find('0123456789')).toEqual({ domain: 'main', isExact: true, stacks: [] })
  })

  test('a log tells what was done, and what it lost is told by the generations', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    for (const version of ['1', '2', '1.5'])
      await stack.add([tinyDeb(dir, 'app', version)], { why: `to ${version}` })
    await stack.remove(['app'])
    const ask = () => remote.ask(stackLog(stack.store, stack.name))
    const told = await ask()
    const told1 = logText(told).replaceAll(/\d{4}-\d\d-\d\dT[\d:]{8}Z/g, 'WHEN')
    expect(told1.split('\n')).toEqual([
      '1.0.0  5 edits',
      '',
      'WHEN by ann@desk  remove',
      '    - app 1.5',
      '',
      'WHEN by ann@desk  add  to 1.5',
      '    v app 2 -> 1.5',
      '',
      'WHEN by ann@desk  add  to 2',
      '    ^ app 1 -> 2',
      '',
      'WHEN by ann@desk  add  to 1',
      '    + app 1',
      '',
      'WHEN by ann@desk  create',
    ])
    const file = join(metaPath, '.gachette/log/main/1.0.0.jsonl')
    const lines = readFileSync(file, 'utf8').split('\n')
    // The third edit's line is gone, and of the fourth only a part was written before the next was added to it.
    const [create, one, , three = '', four] = lines
    writeFileSync(file, [create, one, `${three.slice(0, 40)}${four}`, ''].join('\n'))
    const lost = await ask()
    expect(lost.edits.map(({ verb, why, recovered }) => [verb, why, recovered])).toEqual([
      ['remove', undefined, undefined],
      ['add', 'to 1.5', true],
      ['add', 'to 2', true],
      ['add', 'to 1', undefined],
      ['create', undefined, undefined],
    ])
    writeFileSync(file, 'rubbish\n')
    expect(await ask()).toMatchObject({ damaged: 1, edits: { length: 5 } })
  })

  test('show and list tell what is frozen, which channels lead there, and which hosts have it', async () => {
    const { dir, metaPath, remote, stack, open } = scene()
    await stack.create()
    await stack.add([tinyDeb(dir, 'app', '1')])
    await stack.freeze({ why: 'release' })
    await stack.promote('production')
    await open('1.0.1').create({ from: '1.0.0' })
    const { digest = '' } = await stack.show()
    deployed(metaPath, 'web2', '1.0.0', digest)
    deployed(metaPath, 'web1', '1.0.0', '0'.repeat(64))
    const shown = await remote.ask(showStack(stack.store, parseReadName('production')))
    expect(shown).toMatchObject({
      name: '1.0.0',
      aliases: ['latest', 'production'],
      frozen: { digest, who: 'ann@desk', why: 'release', signatures: 0 },
      channels: [{ channel: 'production', number: 1, digest }],
      hosts: [{ host: 'web1' }, { host: 'web2', digest, generation: 3 }],
    })
    const text = stackText(shown).replaceAll(/\d{4}-\d\d-\d\dT[\d:]{8}Z/g, 'WHEN')
    expect(text.split('\n').slice(3, 9)).toEqual([
      'created     WHEN',
      'frozen      WHEN by ann@desk, unsigned: release',
      'also        latest, production',
      'channel     production  number 1, WHEN by ann@desk',
      'on host     web1  WHEN, before the last edit',
      'on host     web2  WHEN',
    ])
    const listed = await listStacks(remote, { metaPath })
    expect(listed.map(({ name, aliases, frozen }) => [name, aliases, frozen?.signatures])).toEqual([
      ['1.0.0', ['latest', 'production'], 0],
      ['1.0.1', undefined, undefined],
    ])
    const some = await listStacks(remote, { metaPath, pattern: '*.1' })
    expect(some.map(({ name }) => name)).toEqual(['1.0.1'])
    expect(() => listStacks(remote, { metaPath, pattern: '$(id)' })).toThrow('is no name for stacks')
  })

  test('a plain folder of 2013 is compared and searched like any other', async () => {
    const { dir, metaPath, remote, stack, open } = scene()
    await stack.create()
    await stack.add([tinyDeb(dir, 'app', '1'), tinyDeb(dir, 'env', '1')])
    mkdirSync(join(metaPath, 'stacks/2013/packages/app'), { recursive: true })
    writeFileSync(join(metaPath, 'stacks/2013/packages/app/version'), '1\n')
    const { packages } = await diffStacks(remote, { metaPath, workPath: dir, from: '2013', to: '1.0.0' })
    expect(packages).toMatchObject([{ type: 'added', name: 'env' }])
    const found = await remote.ask(searchStacks(stack.store, { by: 'package', name: 'app' }))
    expect(found.stacks.map(({ name }) => name)).toEqual(['1.0.0', '2013'])
    expect(await remote.ask(stackLog(stack.store, open('2013').name))).toMatchObject({ edits: [] })
  })
})

test('a search is for one thing', async () => {
  const { soughtOf } = await import('../../src/stack/index.ts')
  const workPath = '/w'
  expect(soughtOf({ version: '1*', workPath })).toEqual({ by: 'package', version: '1*' })
  expect(() => soughtOf({ workPath })).toThrow('takes one of')
  expect(() => soughtOf({ package: 'a', host: 'b', workPath })).toThrow('takes one of')
  expect(() => soughtOf({ package: 'a', project: 'b', workPath })).toThrow('narrows')
  const { remote } = scene()
  expect(() => searchStacks(parseStore({ metaPath: '/m' }), { by: 'digest', digest: 'xyz' })).toThrow(
    'is no digest',
  )
  expect(remote.execs()).toBe(0)
  expect(new Stack(remote, { metaPath: '/m', name: '1' }).name).toBe('1')
})
