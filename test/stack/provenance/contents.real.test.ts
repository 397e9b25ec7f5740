import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { compareDebs } from '../../../src/stack/provenance/contents.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { storeFolder } from '../../support/store-folder.ts'

describeWith(['dpkg-deb'], 'how two packages differ', () => {
  /** Packs files (path → text; `->` in front makes a link) with a fixed time. */
  function packed(
    files: Readonly<Record<string, string>>,
    {
      modes = {},
      compression = 'none',
    }: { modes?: Readonly<Record<string, number>>; compression?: string } = {},
  ): string {
    const dir = storeFolder()
    const tree = join(dir, 'tree')
    const control =
      'Package: a\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: a\n'
    for (const [path, text] of Object.entries({ 'DEBIAN/control': control, ...files })) {
      const place = join(tree, path)
      mkdirSync(dirname(place), { recursive: true })
      if (text.startsWith('->')) symlinkSync(text.slice(2), place)
      else writeFileSync(place, text)
    }
    for (const [path, mode] of Object.entries(modes)) chmodSync(join(tree, path), mode)
    execFileSync('find', [tree, '-exec', 'touch', '-h', '-d', '@1700000000', '{}', '+'])
    utimesSync(tree, 1_700_000_000, 1_700_000_000)
    const deb = join(dir, 'a.deb')
    execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '-b', tree, deb], {
      stdio: 'pipe',
      env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
    })
    return deb
  }
  const compared = async (one: string, other: string) => {
    const remote = localRemote()
    return compareDebs({ remote, path: one }, { remote, path: other })
  }

  test('by paths: what is other, gone, new, of another mode, a link to another place; odd names as they are', async () => {
    const was = packed({
      'usr/same': 's',
      'usr/content': '1',
      "usr/it's odd": '1',
      'usr/gone': 'x',
      'usr/mode': 'm',
      'usr/link': '->same',
      'DEBIAN/conffiles': '',
    })
    const is = packed(
      {
        'usr/same': 's',
        'usr/content': '2',
        "usr/it's odd": '2',
        'usr/mode': 'm',
        'usr/link': '->content',
        'usr/new': '',
        'DEBIAN/conffiles': '',
        'DEBIAN/postinst': '#!/bin/sh\n',
      },
      { modes: { 'usr/mode': 0o755, 'DEBIAN/postinst': 0o755 } },
    )
    expect(await compared(was, is)).toEqual([
      { path: 'control/postinst', how: 'only in the new one' },
      { path: 'data/usr/content', how: 'other content' },
      { path: 'data/usr/gone', how: 'only in the recorded one' },
      { path: "data/usr/it's odd", how: 'other content' },
      { path: 'data/usr/link', how: 'other content' },
      { path: 'data/usr/mode', how: 'other mode, type or time' },
      { path: 'data/usr/new', how: 'only in the new one' },
    ])
  })

  test('by compression alone', async () => {
    const files = { 'usr/same': 's'.repeat(1000) }
    expect(await compared(packed(files), packed(files, { compression: 'xz' }))).toEqual([
      { path: 'the whole', how: 'compressed otherwise' },
    ])
  })

  test('what is no package is said by dpkg-deb', async () => {
    const dir = storeFolder()
    writeFileSync(join(dir, 'no.deb'), 'no')
    await expect(compared(packed({}), join(dir, 'no.deb'))).rejects.toMatchObject({
      output: expect.arrayContaining([expect.stringContaining('dpkg-deb: error: ')]),
    })
  })
})
