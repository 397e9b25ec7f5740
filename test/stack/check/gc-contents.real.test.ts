import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectGarbage, parseStore, stackCheck } from '../../../src/stack/index.ts'
import { debWithFiles } from '../../support/deb-with-files.ts'
import { describeWith } from '../../support/needs.ts'
import { scene } from '../../support/store-folder.ts'

describeWith(['dpkg-deb', 'flock'], 'gc', () => {
  test('takes away the lists of paths that no stack needs, and no others', async () => {
    const { dir, metaPath, remote, stack } = scene()
    await stack.create()
    const deb = debWithFiles(dir, 'a', '1', { files: { x: '' } })
    await stack.add([deb])
    const { digest } = await stackCheck(remote, { metaPath, name: '1.0.0' })
    const lists = join(metaPath, '.gachette/contents')
    const gone = ['0'.repeat(64), 'f'.repeat(64)]
    writeFileSync(join(lists, `${gone[0]}.gz`), 'old')
    writeFileSync(join(lists, 'stacks', gone[1] ?? ''), 'old')
    mkdirSync(join(lists, '.killed/12'), { recursive: true })
    writeFileSync(join(lists, '.killed/12/list'), 'old')
    const fresh = join(lists, `${'1'.repeat(64)}.gz`)
    writeFileSync(fresh, 'new')
    for (const path of readdirSync(lists, { recursive: true, encoding: 'utf8' }))
      if (join(lists, path) !== fresh) utimesSync(join(lists, path), 1, 1)
    await remote.ask(collectGarbage(parseStore({ metaPath })))
    expect(readdirSync(lists, { recursive: true, encoding: 'utf8' }).sort()).toEqual(
      [`${'1'.repeat(64)}.gz`, `${deb.sha256}.gz`, 'stacks', `stacks/${digest}`].sort(),
    )
  })
})
