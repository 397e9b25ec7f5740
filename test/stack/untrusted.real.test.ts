import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { adoptStack } from '../../src/stack/edit/adopt.ts'
import { builtWith, findBuilds, registerPackages, Stack } from '../../src/stack/index.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013, scene, writeFiles } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const STATEMENT = { _type: 'a statement' }

describeWith(['dpkg-deb', 'flock'], 'a package that is marked as untrusted', () => {
  const at = async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const store = { metaPath, who: 'ann@desk' }
    const folder = (name: string) => join(metaPath, `packages/${name}/version/1`)
    const register = (packages: Parameters<typeof registerPackages>[2], untrusted?: string) =>
      registerPackages(remote, store, packages, {
        provenance: STATEMENT,
        ...(untrusted !== undefined && { untrusted }),
      })
    return { dir, metaPath, remote, stack, folder, register }
  }
  const refused = {
    code: 'untrusted',
    message: 'evil 1 is marked as untrusted: "pull request 12"',
    hint: expect.stringContaining('without the mark'),
  }

  test('is registered, with its reason beside it, and no stack takes it, however it is named', async () => {
    const { dir, metaPath, stack, folder, register } = await at()
    const [evil, good] = [tinyDeb(dir, 'evil', '1'), tinyDeb(dir, 'good', '1')]
    const { packages } = await register([evil], 'pull request 12')
    expect(packages).toMatchObject([{ name: 'evil', version: '1', sha256: evil.sha256 }])
    expect(readFileSync(join(folder('evil'), 'untrusted'), 'utf8')).toBe('pull request 12\n')
    const before = await stack.show()
    for (const given of [
      { name: 'evil', version: '1' },
      { name: 'evil', version: '1', fileName: evil.fileName },
      evil,
    ])
      await expect(stack.add([given, good])).rejects.toMatchObject(refused)
    expect(await stack.show()).toEqual(before)
    expect(existsSync(folder('good'))).toBe(false)
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({})
  })

  test('is not taken over either when an old tool pinned it through the link', async () => {
    const { dir, metaPath, remote, stack, register } = await at()
    await stack.add([tinyDeb(dir, 'good', '1')])
    await register([tinyDeb(dir, 'evil', '1')], 'pull request 12')
    writeFiles(join(metaPath, 'stacks/1.0.0/packages/evil'), { version: '1\n' })
    await expect(remote.ask(adoptStack(stack.store, stack.name))).rejects.toMatchObject(refused)
    await remote.ask(adoptStack(stack.store, stack.name, { restore: true }))
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({ good: '1' })
  })

  test('is trusted from then on when the same bytes come of a build that is not marked', async () => {
    const { dir, stack, folder, register } = await at()
    const evil = tinyDeb(dir, 'evil', '1')
    await register([evil], 'pull request 12')
    const provenance = { _type: 'of a trusted build' }
    expect(await stack.add([evil], { provenance })).toMatchObject({
      packages: [{ change: { type: 'added' } }],
    })
    expect(existsSync(join(folder('evil'), 'untrusted'))).toBe(false)
    expect(existsSync(join(folder('evil'), 'trusted'))).toBe(false)
    expect(JSON.parse(readFileSync(join(folder('evil'), 'manifest.json'), 'utf8'))).toMatchObject({
      provenance,
    })
  })

  test('is not trusted again once a trusted package has its name: what is trusted stays so', async () => {
    const { dir, stack, folder, register } = await at()
    const good = tinyDeb(dir, 'good', '1')
    await stack.add([good], { provenance: STATEMENT })
    await register([good], 'pull request 12')
    expect(existsSync(join(folder('good'), 'untrusted'))).toBe(false)
    await expect(register([tinyDeb(dir, 'good', '1', { content: 'other' })], 'x')).rejects.toMatchObject({
      code: 'registered-otherwise',
    })
  })

  test('is no answer to a trusted build of the same commit that other inputs remember', async () => {
    const { dir, metaPath, remote, stack } = await at()
    const [commit, project] = ['a'.repeat(40), 'p']
    const inputs = { builder: 'missile' }
    const marked = { ...inputs, untrusted: 'yes' }
    await registerPackages(remote, { metaPath }, [tinyDeb(dir, 'evil', '1')], {
      untrusted: 'x',
      build: { project, commit, inputs: marked },
    })
    const builds = await remote.ask(findBuilds(stack.store, { project, commit }))
    expect(builtWith(builds, inputs)).toBeUndefined()
    expect(builtWith(builds, marked)).toMatchObject({ packages: [{ name: 'evil' }] })
  })

  test('a reason is one line, and a mark without one is a mark', async () => {
    const { dir, stack, folder, register } = await at()
    await register([tinyDeb(dir, 'a', '1')], 'two\nlines\t$(touch PWNED)')
    expect(readFileSync(join(folder('a'), 'untrusted'), 'utf8')).toBe('two lines $(touch PWNED)\n')
    await register([tinyDeb(dir, 'b', '1')], '')
    expect(readFileSync(join(folder('b'), 'untrusted'), 'utf8')).toBe('no reason is given\n')
    writeFileSync(join(folder('b'), 'untrusted'), '')
    await expect(stack.add([{ name: 'b', version: '1' }])).rejects.toMatchObject({
      message: 'b 1 is marked as untrusted',
    })
  })

  test('without a mark it is like any other, and pinned nowhere', async () => {
    const { dir, metaPath, remote, folder, register } = await at()
    await register([tinyDeb(dir, 'good', '1')])
    expect(existsSync(join(folder('good'), 'untrusted'))).toBe(false)
    expect(readAsIn2013(metaPath, '1.0.0')).toEqual({})
    const into = new Stack(remote, { metaPath, name: '1.0.0' })
    expect(await into.add([{ name: 'good', version: '1' }])).toMatchObject({ changed: true })
  })

  test('a list of what went into a package is kept beside it, and is the one that was told', async () => {
    const { dir, stack, folder } = await at()
    const path = join(dir, 'env.sbom.json')
    writeFileSync(path, '{}\n')
    const sha256 = 'ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356'
    const deb = tinyDeb(dir, 'env', '1')
    const lie = { path, sha256: '0'.repeat(64) }
    await expect(stack.add([{ ...deb, sbom: lie }])).rejects.toThrow(
      'sbom.json (env 1) changed since it was built',
    )
    expect(existsSync(folder('env'))).toBe(false)
    await stack.add([{ ...deb, sbom: { path, sha256 } }, tinyDeb(dir, 'app', '1')])
    expect(readFileSync(join(folder('env'), 'sbom.json'), 'utf8')).toBe('{}\n')
    expect(existsSync(join(folder('app'), 'sbom.json'))).toBe(false)
  })
})
