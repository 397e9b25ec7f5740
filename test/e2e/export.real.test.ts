import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { readAsIn2013 } from '../support/store-folder.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

describeWith(['sshd', 'dpkg-deb', 'flock', 'xz', 'tar'], 'exports and bundles, as typed, over SSH', () => {
  let machine: BuildMachine
  const state = process.env.XDG_STATE_HOME
  beforeAll(async () => {
    machine = await buildMachine()
    process.env.XDG_STATE_HOME = join(machine.dir, 'state')
  })
  afterAll(async () => {
    if (state === undefined) delete process.env.XDG_STATE_HOME
    else process.env.XDG_STATE_HOME = state
    await machine.stop()
  })

  const done = async (...argv: readonly string[]) => {
    const { exitCode, stdout, stderr } = await machine.gachette(...argv)
    expect(exitCode, stdout + stderr).toBe(0)
    return stdout + stderr
  }

  test('a frozen stack goes from one store to another as one file, with its channel', {
    timeout: 60_000,
  }, async () => {
    const { dir, meta, project } = machine
    mkdirSync(join(meta, 'debs'), { recursive: true })
    const debs = ['1.0', '2.0'].map((version) => tinyDeb(join(meta, 'debs'), 'shop', version))
    const pinned = async (stack: string, at: 0 | 1) => {
      await done('stack', 'create', stack)
      await done('stack', 'add', stack, 'shop', debs[at]?.version ?? '', debs[at]?.fileName ?? '')
      await done('stack', 'freeze', stack)
    }
    await pinned('1.0.0', 0)
    await done('stack', 'promote', '1.0.0', 'production')
    expect(await done('stack', 'export', 'production')).toContain(
      `deb [trusted=yes] file:${meta} main/production main`,
    )
    await pinned('2.0.0', 1)
    expect(await done('stack', 'promote', '2.0.0', 'production')).toContain(
      "apt's suite main/production shows the stack of before until it is exported:  gachette stack export production",
    )
    const bundle = join(project, 'b.tar')
    const { stdout } = await machine.gachette('stack', 'export', 'production', '--bundle', bundle, '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      stack: '2.0.0',
      suite: 'main/production',
      channel: { channel: 'production', number: 2 },
      signedBy: null,
      bundle: { file: bundle, bytes: readFileSync(bundle).length },
    })
    expect(readFileSync(join(meta, 'dists/main/production/Release'), 'utf8')).toMatch(/^Version: 2\.0\.0$/m)
    const there = join(dir, 'there')
    expect(await done('stack', 'import', bundle, '--meta-path', there, '--channels')).toContain(
      'stack 2.0.0 is imported, and frozen: 1 package, 1 of them new',
    )
    expect(readAsIn2013(there, 'production')).toEqual({ shop: '2.0' })
    expect(await done('stack', 'verify', '--meta-path', there)).not.toMatch(/problem/)
    expect(await done('stack', 'show', 'production', '--meta-path', there)).toContain('2.0.0')
    expect(await done('stack', 'import', bundle, '--meta-path', there, '--channels')).toContain(
      'nothing was changed',
    )
    const refused = await machine.gachette('stack', 'import', join(project, 'none.tar'))
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining('none.tar cannot be read: ENOENT'),
    ])
  })

  test('a dry run writes nothing, here or there', async () => {
    const bundle = join(machine.project, 'dry.tar')
    await done('--dry-run', 'stack', 'export', '2.0.0', '--bundle', bundle)
    expect(existsSync(bundle)).toBe(false)
    cpSync(join(machine.project, 'b.tar'), bundle)
    const there = join(machine.dir, 'dry')
    await done('--dry-run', 'stack', 'import', bundle, '--meta-path', there)
    expect(existsSync(there)).toBe(false)
    expect(
      execFileSync('find', [join(machine.meta, '.gachette/incoming'), '-mindepth', '1'], {
        encoding: 'utf8',
      }),
    ).toBe('')
  })
})
