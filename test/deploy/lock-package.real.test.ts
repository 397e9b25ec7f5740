import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lockName, lockPackage } from '../../src/deploy/lock-package.ts'
import { tar, textEntry } from '../../src/deploy/tar.ts'
import { describeWith } from '../support/needs.ts'
import { pkg, sum } from './host-states.ts'

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-lock-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
const run = (program: string, ...argv: readonly string[]) => execFileSync(program, argv, { encoding: 'utf8' })
const locked = {
  domain: 'main',
  stack: '1.4.0',
  digest: sum('x'),
  packages: [pkg('shop 2:1.0-1'), pkg('core 2.0')],
}

describeWith(['dpkg-deb', 'tar'], 'the lock package', () => {
  test('it is a package that breaks every other version of each member, and pins them', () => {
    const { pin, bytes } = lockPackage(locked)
    const dir = folder()
    const path = join(dir, 'lock.deb')
    writeFileSync(path, bytes)
    expect(run('dpkg-deb', '-f', path, 'Package', 'Version', 'Architecture', 'Breaks')).toBe(
      `Package: gachette-stack-main
Version: 1.4.0+${sum('x').slice(0, 12)}
Architecture: all
Breaks: shop (<< 2:1.0-1), shop (>> 2:1.0-1), core (<< 2.0), core (>> 2.0)
`,
    )
    run('dpkg-deb', '-x', path, dir)
    expect(run('cat', join(dir, 'etc/apt/preferences.d/gachette-stack-main'))).toBe(
      'Package: shop\nPin: version 2:1.0-1\nPin-Priority: 1001\n\nPackage: core\nPin: version 2.0\nPin-Priority: 1001\n\n',
    )
    expect(pin).toMatchObject({ name: 'gachette-stack-main', architecture: 'all' })
    expect(run('sha256sum', path).split(' ')[0]).toBe(pin.sha256)
  })

  test('equal stacks make equal bytes; another digest is another version', () => {
    expect(lockPackage(locked)).toEqual(lockPackage({ ...locked }))
    const other = lockPackage({ ...locked, digest: sum('y') })
    expect(other.pin.version).not.toBe(lockPackage(locked).pin.version)
  })

  test('whatever a stack or a domain is called, dpkg takes the names', () => {
    for (const stack of ['1.0', 'summer_2026', 'v2~rc1', 'A-b+c', '2026-w12'])
      run('dpkg', '--validate-version', lockPackage({ ...locked, stack }).pin.version)
    for (const domain of ['main', 'Big_One', 'a~b']) run('dpkg', '--validate-pkgname', lockName(domain))
  })

  test('an archive of ours is read by tar, whatever the sizes of its files', async () => {
    const texts = ['', 'x', 'y'.repeat(511), 'z'.repeat(512), 'w'.repeat(513)]
    const entries = texts.map((text, at) => textEntry(`some/file${at}`, text, at === 1 ? 0o755 : 0o600))
    const parts: Uint8Array[] = []
    for await (const part of tar(entries)) parts.push(part)
    const dir = folder()
    execFileSync('tar', ['-C', dir, '-xf', '-'], { input: Buffer.concat(parts) })
    expect(texts.map((_, at) => run('cat', join(dir, `some/file${at}`)))).toEqual(texts)
    expect(run('stat', '-c', '%a', join(dir, 'some/file1')).trim()).toBe('755')
  })

  test('a file that changes while it is packed fails, and is not cut', async () => {
    const entry = {
      path: 'debs/x.deb',
      size: 5,
      content: async function* () {
        yield Buffer.from('1234')
      },
    }
    const all = async () => {
      for await (const _ of tar([entry]));
    }
    await expect(all()).rejects.toThrow('debs/x.deb changed while it was read')
  })
})
