import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname, release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BuildRequest } from '../../src/build/builder.ts'
import { trebuchetBuilder } from '../../src/build/trebuchet.ts'
import { type Prepared, WorkingCopy } from '../../src/source/index.ts'
import { type LocalRemote, localRemote } from '../support/local-remote.ts'
import { makeRepository } from '../support/repository.ts'

const FAKE = join(import.meta.dirname, '../support/fake-trebuchet.py')
const SNAPSHOT = { missile: undefined, files: new Map<string, string>(), hasTrebuchet: true }
let folder = ''
let remote: LocalRemote
let source: Prepared

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-trebuchet-'))
  remote = localRemote()
  const origin = makeRepository(join(folder, 'origin'))
  const packages = [
    { name: 'dh-shop-env', kind: 'env' },
    { name: 'dh-shop', kind: 'app' },
    { name: 'dh-shop-media', kind: 'static' },
  ]
  origin.commit({ "conf/it's.yml": JSON.stringify({ packages }) })
  source = await new WorkingCopy(remote, { name: 'shop', workPath: join(folder, 'work') }).prepare({
    url: origin.dir,
  })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const request = (name = 'out'): BuildRequest => ({
  source,
  missilePath: "conf/it's.yml",
  versions: { app: '1:2.0~rc.1', env: '1.1', service: '1.2', static: '1.3' },
  outputDir: join(folder, 'output', name),
  maintainer: 'a <a@example.com>',
  pipOptions: [],
  init: 'systemd',
  compat: 'none',
  workPath: join(folder, 'work'),
  run: 'run-1',
})
const record = (misbehave = '', name = 'out', on = remote) =>
  trebuchetBuilder({
    bin: ['python3', FAKE, '--fixed', join(folder, 'fixed folder'), '--misbehave', misbehave],
    lockFile: join(folder, 'machine.lock'),
  }).build(on, request(name), SNAPSHOT)
const build = async (...how: Parameters<typeof record>) => (await record(...how)).made

test('builds what lint announced, described by dpkg-deb, in one round trip', async () => {
  const before = remote.execs()
  const built = await build()
  expect(
    built.map(({ name, version, architecture, fileName }) => [name, version, architecture, fileName]),
  ).toEqual([
    ['dh-shop', '1:2.0~rc.1', 'all', 'dh-shop-1:2.0~rc.1-all.deb'],
    ['dh-shop-env', '1.1', 'amd64', 'dh-shop-env-1.1-all.deb'],
    ['dh-shop-media', '1.3', 'all', 'dh-shop-media-1.3-all.deb'],
  ])
  expect(remote.execs()).toBe(before + 1)
  expect(readdirSync(join(folder, 'output/out')).sort()).toEqual(built.map(({ fileName }) => fileName))
  expect(remote.said.join('')).toContain("Built: {'name': 'dh-shop'")
})

test('tells what there is to record of it: the run, the times, the log, the machine, what was run', async () => {
  const { record: told } = await record()
  expect(told).toMatchObject({
    run: 'run-1',
    startedAt: expect.stringMatching(/^20\d\d-.*Z$/),
    machine: { hostName: hostname(), release: expect.stringMatching(/^[a-z]+ \d/), kernel: release() },
    sboms: [],
    commands: [
      expect.stringContaining(`--misbehave '' lint 'conf/it'\\''s.yml'`),
      expect.stringContaining(
        "--app-version '1:2.0~rc.1' --env-version 1.1 --service-version 1.2 --static-version 1.3",
      ),
    ],
  })
  expect(told.finishedAt >= told.startedAt).toBe(true)
  const log = readFileSync(join(folder, 'output/out.log'))
  expect(told.logSha256).toBe(createHash('sha256').update(log).digest('hex'))
})

describe('registers nothing', () => {
  test.each([
    ['fail-lint', 'shop: trebuchet finds its missile wrong; nothing was built', 'Unknown type: foo'],
    ['fail-second', 'shop: trebuchet could not build it; nothing is registered', 'OSError: no space left'],
  ])('when it misbehaves: %s', async (misbehave, message, output) => {
    await expect(build(misbehave)).rejects.toMatchObject({
      message,
      output: expect.arrayContaining([output]),
    })
    expect(existsSync(join(folder, 'output/out'))).toBe(false)
    expect(await build()).toHaveLength(3)
  })

  test.each([
    ['lie', 'not built: dh-shop'],
    ['silent', 'not built: dh-shop'],
    ['surplus', 'not announced: dh-extra'],
  ])('when it misbehaves: %s', async (misbehave, hint) => {
    await expect(build(misbehave)).rejects.toMatchObject({
      message: 'shop: trebuchet built other packages than it announced',
      hint,
    })
  })
})

test('noise of another encoding in front of what it says hides nothing', async () => {
  const on = localRemote({ ...process.env, LC_ALL: 'C.UTF-8' })
  expect(await build('latin1', 'out', on)).toHaveLength(3)
})

test('builds of one machine go one by one', async () => {
  const built = await Promise.all(['a', 'b', 'c'].map((name) => build('', name, localRemote())))
  expect(built.map((artifacts) => artifacts.length)).toEqual([3, 3, 3])
})

test('what a build leaves in the background does not hold the machine', async () => {
  await build('background')
  const pid = Number(/sleeping: (\d+)/.exec(remote.said.join(''))?.[1])
  try {
    expect(await build('', 'next')).toHaveLength(3)
  } finally {
    process.kill(pid, 'SIGKILL')
  }
})

test('a program that is not there is said in one line', async () => {
  const none = trebuchetBuilder({ bin: ['no-such-trebuchet', '--x'], lockFile: join(folder, 'machine.lock') })
  await expect(none.build(remote, request(), SNAPSHOT)).rejects.toMatchObject({
    message: 'no-such-trebuchet --x is not installed, and the builder asked for is trebuchet',
    hint: 'install it there, or set  projects.shop.builder: missile',
  })
})

test('without a lock file of its own it takes the machine’s, whoever owns that', async () => {
  const plain = trebuchetBuilder({ bin: [FAKE, '--fixed', join(folder, 'fixed')] })
  const machineLock = '/run/lock/gachette-trebuchet.lock'
  const wasThere = existsSync(machineLock)
  expect((await plain.build(remote, request(), SNAPSHOT)).made).toHaveLength(3)
  if (!wasThere) rmSync(machineLock, { force: true })
})
