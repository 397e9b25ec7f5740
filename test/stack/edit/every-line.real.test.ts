import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Stack } from '../../../src/stack/index.ts'
import { localRemote } from '../../support/local-remote.ts'
import { describeWith } from '../../support/needs.ts'
import { storeFolder, writeFiles } from '../../support/store-folder.ts'
import { sweepLines, type Verb } from '../../support/sweep-lines.ts'
import { tinyDeb } from '../../support/tiny-deb.ts'

const armored = (word: string) =>
  `-----BEGIN SSH SIGNATURE-----\n${Buffer.from(word).toString('base64')}\n-----END SSH SIGNATURE-----\n`
const signed = (word: string) => ({ sign: () => Promise.resolve([armored(word)]) })

/** A store with shared generations, frozen stacks and a channel; and one as the tools of 2013 left it. */
async function stores(dir: string) {
  const meta = join(dir, 'store')
  const open = (name: string) => new Stack(localRemote(), { metaPath: meta, name, who: 'ann@desk' })
  const [app, app2, env, web] = [
    tinyDeb(dir, 'app', '1'),
    tinyDeb(dir, 'app', '2'),
    tinyDeb(dir, 'env', '1'),
    tinyDeb(dir, 'web', '1'),
  ]
  await open('1.0.0').create()
  await open('1.0.0').add([app, env])
  await open('1.1.0').create({ from: '1.0.0' })
  await open('1.2.0').create({ from: '1.0.0' })
  await open('1.0.0').freeze(signed('ann'))
  await open('1.1.0').add([app2])
  await open('1.1.0').freeze()
  await open('1.1.0').promote('production', signed('ann'))
  const written = join(dir, 'written')
  await promisify(execFile)('cp', ['-a', meta, written])
  const pins = join(written, 'stacks/1.2.0/packages')
  writeFileSync(join(pins, 'app/version'), '2\n')
  mkdirSync(join(pins, 'web'))
  writeFileSync(join(pins, 'web/version'), '1\n')
  rmSync(join(pins, 'env'))
  writeFiles(written, { 'packages/web/version/1/file': `${web.fileName}\n` })
  tinyDeb(join(written, 'debs'), 'web', '1')
  const old = join(dir, 'old')
  writeFiles(old, {
    'packages/app/version/1/file': `${app.fileName}\n`,
    'stacks/1.2.0/packages/app/version': '1\n',
    'stacks/other/packages/app/version': '1\n',
  })
  mkdirSync(join(old, 'debs'))
  tinyDeb(join(old, 'debs'), 'app', '1')
  return { meta, written, old, debs: { app, app2, env, web } }
}

describeWith(['dpkg-deb', 'flock'], 'killed at every line', () => {
  test('every edit leaves the old state or the new one, and the next command goes on', {
    timeout: 300_000,
  }, async () => {
    const dir = storeFolder('memory')
    const { meta, written, old, debs } = await stores(dir)
    const logPath = join(dir, 'log')
    writeFileSync(logPath, 'built\n')
    const verbs: Record<string, readonly [template: string, verb: Verb]> = {
      add: [
        meta,
        (open) => open('1.2.0').add([debs.app2, debs.web], { logPath, provenance: { commit: 'abc' } }),
      ],
      remove: [meta, (open) => open('1.2.0').remove(['app'])],
      clone: [meta, (open) => open('2.0.0').create({ from: '1.2.0', mustBeNew: true })],
      freeze: [meta, (open) => open('1.2.0').freeze(signed('ann'))],
      sign: [meta, (open) => open('1.1.0').freeze(signed('bob'))],
      promote: [meta, (open) => open('1.0.0').promote('staging', signed('ann'))],
      adopt: [written, (open) => open('1.2.0').adopt()],
      restore: [written, (open) => open('1.2.0').adopt({ restore: true })],
      migrate: [old, (open) => open('1.2.0').remove(['app'])],
    }
    for (const [name, [template, verb]] of Object.entries(verbs)) {
      const { points, states } = await sweepLines({
        dir,
        name,
        template,
        verb,
        isPinwise: template === written,
      })
      expect(points, `lines of ${name}`).toBeGreaterThan(60)
      expect(states, `states that ${name} leaves`).toBeGreaterThan(3)
    }
  })
})
