import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectGarbage, createNextStack, Stack, verifyStacks } from '../../../src/stack/index.ts'
import { dyingRemote } from '../../support/kill-lines.ts'
import { type LocalRemote, localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { storeFolder } from '../../support/store-folder.ts'
import { halfDone, storeState } from '../../support/store-state.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

interface Writer {
  readonly what: string
  readonly edit: (open: (name: string) => Stack, remote: LocalRemote) => Promise<unknown>
}

describeWith(['dpkg-deb', 'flock'], 'a crowd of writers', () => {
  test('40 at once, of all verbs, a quarter of them killed: nothing is lost, nothing is half', {
    timeout: 180_000,
  }, async () => {
    const dir = storeFolder('memory')
    const metaPath = join(dir, 'meta')
    const opener = (remote: LocalRemote) => (name: string) =>
      new Stack(remote, { metaPath, name, who: 'ann@desk' })
    const first = opener(localRemote())
    await first('1.0.0').create()
    await first('1.0.0').add([...'abcdefghij'].map((name) => tinyDeb(dir, name, '1')))
    for (const name of ['0.1.0', '0.2.0', '0.3.0', '0.4.0']) await first(name).create({ from: '1.0.0' })
    for (const name of ['0.1.0', '0.2.0']) await first(name).freeze()
    // Old enough to go, for what collects garbage meanwhile.
    execFileSync('find', [
      join(metaPath, '.gachette/gen/main'),
      '-exec',
      'touch',
      '-hd',
      '3 days ago',
      '{}',
      '+',
    ])
    const debs = Array.from({ length: 10 }, (_, at) => tinyDeb(dir, `new${at}`, '1'))
    const writers: readonly Writer[] = [
      ...debs.map(
        (deb) => ({ what: `add ${deb.name}`, edit: (open) => open('1.0.0').add([deb]) }) satisfies Writer,
      ),
      ...[...'abcdefgh'].map(
        (name) => ({ what: `remove ${name}`, edit: (open) => open('1.0.0').remove([name]) }) satisfies Writer,
      ),
      ...[1, 2, 3, 4, 5, 6].map(
        (at) =>
          ({
            what: `clone ${at}`,
            edit: (open) => open(`clone-${at}`).create({ from: '0.3.0' }),
          }) satisfies Writer,
      ),
      ...[1, 2, 3, 4, 5, 6].map(
        (at) =>
          ({
            what: `bump ${at}`,
            edit: (_, remote) => createNextStack(remote, { metaPath, bump: 'minor', from: '0.4.0' }),
          }) satisfies Writer,
      ),
      ...['0.3.0', '0.3.0', '0.4.0', '0.4.0'].map(
        (name) => ({ what: `freeze ${name}`, edit: (open) => open(name).freeze() }) satisfies Writer,
      ),
      ...[1, 2].map((at) => {
        const garbage = (remote: LocalRemote) => remote.ask(collectGarbage(first('1.0.0').store, { keep: 0 }))
        return { what: `gc ${at}`, edit: (_, remote) => garbage(remote) } satisfies Writer
      }),
      ...['0.1.0', '0.2.0', '0.1.0', '0.2.0'].map(
        (name) =>
          ({ what: `promote ${name}`, edit: (open) => open(name).promote('production') }) satisfies Writer,
      ),
    ]
    expect(writers).toHaveLength(40)
    const outcomes = await Promise.all(
      writers.map(async ({ what, edit }, at) => {
        // Every fourth dies at some line, waiting for the lock or holding it.
        const isDoomed = at % 4 === 0
        const remote = isDoomed ? dyingRemote(join(dir, `trace-${at}`), 25 + at).remote : localRemote()
        const outcome = await edit(opener(remote), remote).then(
          () => 'done' as const,
          (error: unknown) => error,
        )
        return { what, isDoomed, outcome }
      }),
    )
    // Two that collect garbage at once are one too many.
    const undone = outcomes.filter(
      ({ what, isDoomed, outcome }) => outcome !== 'done' && !isDoomed && !what.startsWith('gc'),
    )
    expect(undone.map(({ what, outcome }) => `${what}: ${String(outcome)}`)).toEqual([])
    const killed = outcomes.filter(({ isDoomed, outcome }) => isDoomed && outcome !== 'done')
    expect(killed.length).toBeGreaterThan(7)
    const done = new Set(outcomes.filter(({ outcome }) => outcome === 'done').map(({ what }) => what))
    await first('last').create()
    expect(halfDone(metaPath)).toEqual([])
    const { stacks, aliases, frozen, channels } = storeState(metaPath)
    const pins = Object.keys(stacks['1.0.0'] ?? {})
    for (const { name } of debs) if (done.has(`add ${name}`)) expect(pins).toContain(name)
    for (const name of 'abcdefgh') if (done.has(`remove ${name}`)) expect(pins).not.toContain(name)
    for (const name of 'ij') expect(pins).toContain(name)
    for (const at of [1, 2, 3, 4, 5, 6])
      if (done.has(`clone ${at}`)) expect(stacks[`clone-${at}`]).toEqual(stacks['0.1.0'])
    const bumped = Object.keys(stacks).filter((name) => /^1\.[1-9]\.0$/.test(name))
    const bumps = outcomes.filter(({ what, outcome }) => what.startsWith('bump') && outcome === 'done')
    expect(bumped.length).toBeGreaterThanOrEqual(bumps.length)
    expect(Object.keys(frozen)).toEqual(expect.arrayContaining(['0.1.0', '0.2.0']))
    expect(aliases.latest).toBe(Object.keys(frozen).sort().at(-1))
    expect(channels.production?.length).toBeGreaterThan(0)
    expect(parentsOf(metaPath, '1.0.0')).toBeGreaterThanOrEqual(
      outcomes.filter(({ what, outcome }) => /^(add|remove)/.test(what) && outcome === 'done').length,
    )
    // Whoever was killed can repeat what he wanted.
    for (const [at, { what, outcome }] of outcomes.entries())
      if (outcome !== 'done') {
        const again = await writers[at]?.edit(first, localRemote()).catch((error: unknown) => error)
        if (again instanceof Error) expect(`${what}: ${again.message}`).toMatch(/^remove .*: not pinned/)
      }
    expect(halfDone(metaPath)).toEqual([])
    expect((await verifyStacks(localRemote(), localRemote(), { metaPath })).problems).toEqual([])
    expect(Object.keys(storeState(metaPath).stacks['1.0.0'] ?? {}).sort()).toEqual(
      ['i', 'j', ...debs.map(({ name }) => name)].sort(),
    )
  })
})

/** How many generations lead to the one a stack is at: each edit that was done is one of them. */
function parentsOf(metaPath: string, stack: string): number {
  let count = 0
  let manifest = join(metaPath, 'stacks', stack, '.manifest.json')
  for (;;) {
    const [head = ''] = readFileSync(manifest, 'utf8').split('\n')
    const { parent } = JSON.parse(`${head}]}`)
    if (parent === null || !existsSync(join(metaPath, '.gachette/gen/main', parent))) return count
    count++
    manifest = join(metaPath, '.gachette/gen/main', parent, '.manifest.json')
  }
}
