import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportStack } from '../../../src/stack/index.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { shop } from './shop.ts'

describeWith(['dpkg-deb', 'flock'], 'an export on a machine without xz', () => {
  test('says what is missing, and leaves the store as it was', async () => {
    const { dir, metaPath, deb, frozen } = shop()
    await frozen('1.0.0', [deb('app', '1')])
    const bin = join(dir, 'bin')
    mkdirSync(bin)
    for (const folder of ['/bin', '/usr/bin'])
      for (const name of readdirSync(folder).filter((each) => !each.startsWith('xz')))
        try {
          symlinkSync(join(folder, name), join(bin, name))
        } catch {
          // Where /bin is /usr/bin, it is there already.
        }
    const remote = localRemote({ PATH: bin })
    await expect(exportStack(remote, remote, { metaPath, name: '1.0.0' })).rejects.toMatchObject({
      message: expect.stringContaining('has no xz'),
      hint: expect.stringContaining('apt-get install xz-utils'),
    })
    expect(readdirSync(metaPath)).not.toContain('dists')
  })
})
