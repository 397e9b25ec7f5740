import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseControl } from '../../src/deb/index.ts'
import { type BuiltPackage, Stack } from '../../src/stack/index.ts'
import { killingShims } from '../support/kill-at.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { storeFolder } from '../support/store-folder.ts'
import { type TinyDeb, tinyDeb } from '../support/tiny-deb.ts'

/** A package as a builder describes it. */
const told = (deb: TinyDeb): BuiltPackage => {
  const control = parseControl(execFileSync('dpkg-deb', ['-f', deb.path], { encoding: 'utf8' }))
  return { ...deb, architecture: 'all', size: statSync(deb.path).size, control }
}

async function manifestOf(dir: string, meta: string, deb: TinyDeb | BuiltPackage): Promise<string> {
  const metaPath = join(dir, meta)
  const stack = new Stack(localRemote(), { metaPath, name: '1', who: 'ann@desk' })
  await stack.create()
  await stack.add([deb])
  const path = join(metaPath, `packages/${deb.name}/version/${deb.version}/manifest.json`)
  return readFileSync(path, 'utf8').replace(/"recordedAt":"[^"]*"/, '"recordedAt":"…"')
}

describeWith(['dpkg-deb', 'flock'], 'a package whose builder said what it is', () => {
  test('has the manifest that dpkg-deb would have given it', async () => {
    const dir = storeFolder()
    const odd = 'X-Odd: "quoted\\\\" \t tab\u0007 bell\n one more\n .\n\tafter a tab\nX-Utf: größer\n'
    const deb = tinyDeb(dir, 'app', '1:2~rc-1', { control: odd })
    const manifest = await manifestOf(dir, 'asked', deb)
    expect(manifest).toContain('größer')
    expect(await manifestOf(dir, 'told', told(deb))).toBe(manifest)
  })

  test('is not opened again', async () => {
    const dir = storeFolder()
    const shims = killingShims(dir)
    const calls = async (meta: string, deb: TinyDeb | BuiltPackage): Promise<number> => {
      const options = { metaPath: join(dir, meta), name: '1' }
      await new Stack(localRemote(), options).create()
      await new Stack(localRemote(shims.env(0)), options).add([deb])
      return shims.calls()
    }
    const deb = tinyDeb(dir, 'app', '1')
    expect(await calls('told', told(deb))).toBeLessThan((await calls('asked', deb)) - 5)
  })

  test('is refused when its bytes changed since', async () => {
    const dir = storeFolder()
    const deb = told(tinyDeb(dir, 'app', '1'))
    appendFileSync(deb.path, 'more')
    await expect(manifestOf(dir, 'meta', deb)).rejects.toThrow(
      `${deb.fileName} (app 1) changed since it was built\n  built: sha256 ${deb.sha256}\n  found: sha256 `,
    )
  })

  test('is opened all the same when what was said is of another package', async () => {
    const dir = storeFolder()
    const { control = {} } = told(tinyDeb(dir, 'other', '1'))
    const deb = { ...told(tinyDeb(dir, 'app', '1')), name: 'other', control }
    const renamed = { ...deb, control: { ...control, Version: '2' } }
    await expect(manifestOf(dir, 'meta', renamed)).rejects.toThrow('is app 1, not other 1')
  })
})
