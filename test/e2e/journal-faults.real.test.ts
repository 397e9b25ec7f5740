import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import { entriesIn, runFolders } from '../support/recorded-runs.ts'
import { until } from '../support/sessions.ts'

describeWith(['sshd', 'root', 'mount'], 'a journal', () => {
  let machine: BuildMachine
  let disk = ''
  beforeAll(async () => {
    machine = await buildMachine()
    // Compiles the program: that is nobody's test.
    await machine.run(['--version'])
    disk = join(machine.dir, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', disk])
  })
  afterAll(async () => {
    execFileSync('umount', [disk])
    await machine.stop()
  })

  test('on a disk that fills up: one warning, the run goes on, and is not taken for an interrupted one', async () => {
    const env = { XDG_STATE_HOME: disk }
    const said = await machine.run(['--', 'head -c 3000000 /dev/zero | tr "\\0" x; echo; echo the end'], {
      env,
    })
    expect(said.exitCode).toBe(0)
    expect(said.stdout.endsWith('the end\n')).toBe(true)
    expect(said.stderr.match(/warning: .*/g)).toEqual([
      expect.stringMatching(/^warning: the rest of this run is not recorded: ENOSPC/),
    ])
    expect((await machine.run(['runs'], { env })).stdout).toContain('  not recorded to its end  ')
    for (const line of [
      ['attach', 'last'],
      ['--resume', 'last'],
      ['--failed', 'last'],
    ])
      expect(await machine.run(line, { env })).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(
          /^the run \S+ was not recorded to its end: what is done is not known\n/,
        ),
      })
    const next = await machine.run(['--', 'true'], { env })
    expect(next.exitCode).toBe(0)
    expect(next.stderr.match(/warning: this run is not recorded: ENOSPC/g)).toHaveLength(1)
  })

  test('keeps head and tail of what is more than log_limit', async () => {
    const env = { XDG_STATE_HOME: join(machine.dir, 'limited') }
    const script = 'echo the beginning; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo the end'
    await machine.run(['--quiet', '--set', 'log_limit=1', '--', script], { env })
    const [folder = ''] = runFolders(join(machine.dir, 'limited'))
    const bytes = readdirSync(folder)
      .filter((name) => name.includes('.log'))
      .reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0)
    expect(bytes).toBeLessThanOrEqual(1024 * 1024)
    expect(bytes).toBeGreaterThan(700 * 1024)
    const host = machine.host.replace(/^.*@/, '')
    const { stdout } = await machine.run(['log', 'last', host], { env })
    expect(stdout.startsWith('the beginning\nxxx')).toBe(true)
    expect(stdout).toMatch(/xxx\n\[\d+ bytes are left out here: log_limit\]\nxxx/)
    expect(stdout.endsWith('xxx\nthe end\n')).toBe(true)
  })

  test('of a program whose terminal was closed is one of an interrupted run', async () => {
    const state = join(machine.dir, 'hung-up')
    const env = { XDG_STATE_HOME: state }
    const started = machine.start(['--', 'echo begun; exec sleep 300'], { env })
    await until(
      () => existsSync(join(state, 'gachette/runs')) && hasBegun(runFolders(state)[0]),
      'it began',
      30_000,
    )
    started.child.kill('SIGHUP')
    await started.ended
    expect((await machine.run(['runs'], { env })).stdout).toContain('  interrupted  ')
    expect(entriesIn(runFolders(state)[0] ?? '').at(-1)).toMatchObject({ type: 'command-started' })
  })

  test('of a quick that is killed in its build: attach does what comes after, and the stack is whole', async () => {
    const state = join(machine.dir, 'quick')
    const env = { XDG_STATE_HOME: state }
    const go = join(machine.dir, 'go')
    const begun = join(machine.dir, 'begun')
    const wait = `touch ${begun}; until test -e ${go}; do sleep 0.05; done; echo built`
    machine.repository('shop').commit({
      '.missile.yml': `name: shop\ntype: application\nbuild_assets: ["${wait}"]\n`,
      x: 'new\n',
    })
    await machine.run(['stack_create:1.0'], { env })
    const started = machine.start(['quick:1.0,shop'], { env })
    await until(() => existsSync(begun), 'the build has begun', 30_000)
    started.child.kill('SIGKILL')
    await started.ended
    expect((await machine.run(['runs'], { env })).stdout).toContain('  interrupted; a job may still run  ')
    writeFileSync(go, '')
    const attached = await machine.run(['attach', 'last'], { env })
    expect(attached).toMatchObject({ exitCode: 0 })
    expect((await machine.run(['stack', 'show', '1.0'], { env })).stdout).toContain('dh-shop')
    expect((await machine.run(['runs', '1'], { env })).stdout).toContain('  done  ')
  })

  const hasBegun = (folder: string | undefined): boolean =>
    folder !== undefined && readdirSync(folder).some((name) => name.endsWith('.log'))
})
