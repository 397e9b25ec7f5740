import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeSyntheticStore } from '../../bench/synthetic-store.mjs'
import { findBuilds, listStacks, Stack } from '../../src/stack/index.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, storeFolder } from '../support/store-folder.ts'

describeWith(['dpkg-deb', 'flock', 'git'], 'a store that was written directly', () => {
  test('is one the store itself reads, edits and remembers builds of', async () => {
    const dir = storeFolder()
    const { meta, stacks, packages, projects } = writeSyntheticStore({
      meta: join(dir, 'meta'),
      workPath: dir,
      packages: 12,
      stacks: 6,
      generations: 5,
      moving: 2,
    })
    const remote = localRemote()
    const listed = await listStacks(remote, { metaPath: meta })
    expect(listed.map(({ name, count }) => [name, count])).toEqual(stacks.map((name) => [name, 12]))
    expect(listed[5]?.generation).toBe(listed[4]?.generation)
    expect(Object.keys(readAsIn2013(meta, '1.0.5'))).toEqual(packages)

    const stack = new Stack(remote, { metaPath: meta, name: '1.0.4' })
    const shown = await stack.show()
    const lines = shown.packages.map(
      ({ name, version, architecture, sha256 }) => `${name} ${version} ${architecture} ${sha256}\n`,
    )
    expect(createHash('sha256').update(lines.join('')).digest('hex')).toBe(shown.digest)
    for (const { file = '', sha256, name, version } of shown.packages) {
      const deb = join(meta, 'debs', file)
      expect(createHash('sha256').update(readFileSync(deb)).digest('hex')).toBe(sha256)
      const fields = execFileSync('dpkg-deb', ['-f', deb, 'Package', 'Version'], { encoding: 'utf8' })
      expect(fields).toBe(`Package: ${name}\nVersion: ${version}\n`)
    }

    const [moving] = projects
    const commit = moving?.commits[moving.at] ?? ''
    const builds = await remote.ask(findBuilds(stack.store, { project: 'project-0000', commit }))
    expect(builds[0]?.packages.map(({ version }) => version)).toEqual(Array(5).fill('1.0.3'))
    const [first] = shown.packages
    expect(await stack.add([{ name: first?.name ?? '', version: '1.0.0' }])).toMatchObject({
      changed: true,
      packages: [{ change: { type: 'replaced', was: '1.0.3' } }],
    })
  })
})
