import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeDebs } from '../../src/build/artifacts.ts'
import { localRemote } from '../support/local-remote.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-artifacts-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('describes .debs by their contents, whatever their file names say', async () => {
  deb('a-9-9-amd64.deb', 'Package: dh-shop\nVersion: 1:1.0~rc.1\nArchitecture: all')
  deb('b:1.deb', 'Package: Dh-Env\nVersion: 2-1\nArchitecture: amd64')
  const found = await localRemote().ask(describeDebs(dir))
  expect(found.map(({ control: _, ...artifact }) => artifact)).toEqual([
    { name: 'dh-shop', version: '1:1.0~rc.1', architecture: 'all', ...bytes('a-9-9-amd64.deb') },
    { name: 'Dh-Env', version: '2-1', architecture: 'amd64', ...bytes('b:1.deb') },
  ])
  expect(found[0]?.control).toMatchObject({ Maintainer: 'a <a@example.com>', Description: 'x\ny z' })
})

test('a folder without .debs has none, a missing folder is a failure', async () => {
  expect(await localRemote().ask(describeDebs(dir))).toEqual([])
  await expect(localRemote().ask(describeDebs(join(dir, 'gone')))).rejects.toThrow('exit status 2')
})

test.each(['-x.deb', 'a b.deb', 'a\nb.deb', '$(id).deb', "'.deb", 'a\\b.deb'])(
  'refuses the name %j',
  async (name) => {
    deb('good.deb', 'Package: dh-shop\nVersion: 1\nArchitecture: all')
    writeFileSync(join(dir, name), readFileSync(join(dir, 'good.deb')))
    await expect(localRemote().ask(describeDebs(dir))).rejects.toThrow()
  },
)

test('a broken .deb fails the question', async () => {
  writeFileSync(join(dir, 'a.deb'), 'no archive')
  await expect(localRemote().ask(describeDebs(dir))).rejects.toThrow('exit status 2')
})

const bytes = (fileName: string) => {
  const content = readFileSync(join(dir, fileName))
  return {
    fileName,
    path: join(dir, fileName),
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  }
}

function deb(fileName: string, fields: string): void {
  const tree = mkdtempSync(join(tmpdir(), 'gachette-deb-'))
  mkdirSync(join(tree, 'DEBIAN'))
  writeFileSync(
    join(tree, 'DEBIAN/control'),
    `${fields}\nMaintainer: a <a@example.com>\nDescription: x\n y z\n`,
  )
  execFileSync('dpkg-deb', ['-b', '--root-owner-group', tree, join(dir, fileName)], { stdio: 'ignore' })
  rmSync(tree, { recursive: true })
}
