import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stackCheck } from '../../../src/stack/index.ts'
import { debWithFiles } from '../../support/deb-with-files.ts'
import { describeWith } from '../../support/needs.ts'
import { scene } from '../../support/store-folder.ts'

/** What two packages can hold at one path. */
const KINDS: Readonly<Record<string, (folder: string) => Readonly<Record<string, string>>>> = {
  file: (folder) => ({ [`${folder}/x`]: 'text\n' }),
  folder: (folder) => ({ [`${folder}/x/`]: '' }),
  'full-folder': (folder) => ({ [`${folder}/x/in-it`]: 'text\n' }),
  link: (folder) => ({ [`${folder}/x`]: '-> nowhere' }),
  'folder-link': (folder) => ({ [`${folder}/there/`]: '', [`${folder}/x`]: '-> there' }),
}
const REPLACES = ['', 'first', 'second', 'older'] as const

describeWith(['root', 'dpkg', 'dpkg-deb', 'flock'], 'dpkg', () => {
  test('refuses the second one of the same pairs of packages', async () => {
    const { dir, metaPath, remote, stack } = scene()
    const pairs = Object.keys(KINDS).flatMap((one) =>
      Object.keys(KINDS).flatMap((other) => REPLACES.map((replaces) => ({ one, other, replaces }))),
    )
    const debs = pairs.flatMap(({ one, other, replaces }, at) => {
      const [first, second] = [`p${at}-1`, `p${at}-2`]
      const of = (kind: string) => KINDS[kind]?.(`usr/p${at}`) ?? {}
      const [by1, by2] = {
        '': [],
        first: [second],
        second: [undefined, first],
        older: [undefined, `${first} (<< 1)`],
      }[replaces]
      return [
        debWithFiles(dir, first, '1', {
          files: of(one),
          control: by1 === undefined ? {} : { Replaces: by1 },
        }),
        debWithFiles(dir, second, '1', {
          files: of(other),
          control: by2 === undefined ? {} : { Replaces: by2 },
        }),
      ]
    })
    await stack.create()
    await stack.add(debs)
    const { findings } = await stackCheck(remote, { metaPath, name: '1.0.0' })
    const refused = refusedByDpkg(
      join(dir, 'root'),
      debs.map(({ path }) => path),
    )
    const isOf = (names: readonly string[], at: number) => names.some((name) => name.startsWith(`p${at}-`))
    const ours = findings.map((finding) => finding.package)
    const apart = pairs.filter((_, at) => isOf(ours, at) !== isOf(refused, at))
    expect(apart.map(({ one, other, replaces }) => `${one} ${other} ${replaces}`.trimEnd())).toEqual(APART)
    expect(pairs.filter((_, at) => isOf(refused, at)).length).toBeGreaterThan(25)
  })
})

/**
 * What dpkg makes of these depends on what is on the host, and on the order. A link that leads nowhere and a folder: it
 * refuses the folder, and lets the link be. A file and a folder that is full: in this order Replaces does not help. Two
 * links: fine while they lead to one folder, which need not be of these packages.
 */
const APART = [
  'file full-folder first',
  'link folder',
  'link folder older',
  'link full-folder',
  'link full-folder first',
  'link full-folder older',
  'folder-link folder-link',
  'folder-link folder-link older',
]

function refusedByDpkg(root: string, paths: readonly string[]): readonly string[] {
  mkdirSync(join(root, 'var/lib/dpkg'), { recursive: true })
  for (const name of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', name), '')
  const words = [`--root=${root}`, '--force-script-chrootless', '--abort-after=9999', '--unpack', ...paths]
  const { stderr } = spawnSync('dpkg', words, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  console.log(stderr.slice(0, 3000))
  return [...stderr.matchAll(/error processing archive \S*\/(p\d+-\d)_/g)].map(([, name = '']) => name)
}
