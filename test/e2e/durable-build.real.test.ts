import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type BuildMachine, buildMachine } from '../support/build-machine.ts'
import { describeWith } from '../support/needs.ts'
import type { Started } from '../support/program.ts'
import { remoteProcesses } from '../support/remote-processes.ts'
import type { Repository } from '../support/repository.ts'
import { until } from '../support/sessions.ts'
import { readAsIn2013 } from '../support/store-folder.ts'
import { tcpProxy } from '../support/tcp-proxy.ts'

describeWith(['git', 'dpkg-deb', 'flock', 'setsid', '/usr/sbin/sshd', 'root'], 'a build', () => {
  let machine: BuildMachine
  let shop: Repository
  let commits = 0
  const at = (name: string) => join(machine.dir, 'gates', name)
  beforeAll(async () => {
    machine = await buildMachine()
    mkdirSync(join(machine.dir, 'gates'))
    shop = machine.repository('shop')
    await machine.gachette('stack_create:1.0', 'stack_create:2.0')
  })
  afterAll(() => machine.stop())
  // Says that it runs, how often it was begun, and waits.
  beforeEach(() => {
    rmSync(at('begun'), { force: true })
    rmSync(at('go'), { force: true })
    const step = `echo building; echo once >>${at('begun')}; until [ -e ${at('go')} ]; do sleep 0.05; done; echo built`
    commits += 1
    const missile = { default: { name: 'shop', type: 'application', build_assets: [step] } }
    shop.commit({ '.missile.yml': JSON.stringify(missile), x: `${commits}\n` })
  })

  /** Starts a run and waits until its build has begun. */
  async function building(...argv: readonly string[]): Promise<Started> {
    const started = machine.start(argv)
    let said = ''
    started.child.stdout?.on('data', (text: string) => {
      said += text
    })
    started.child.stderr?.on('data', (text: string) => {
      said += text
    })
    await until(() => said.includes('building'), 'the build has begun', 20_000)
    return started
  }
  const begun = () => readFileSync(at('begun'), 'utf8')
  const pinned = (stack: string) => readAsIn2013(machine.meta, stack)['dh-shop']
  const idle = () => until(() => remoteProcesses(machine.server).length === 0, 'nothing is left there', 5000)

  test('is found by the next run, when the first is killed', async () => {
    const { child, ended } = await building('quick:1.0,shop')
    child.kill('SIGKILL')
    await ended
    const next = await building('quick:1.0,shop')
    writeFileSync(at('go'), '')
    const { exitCode, stdout, stderr } = await next.ended
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    expect(stderr).toMatch(
      /as job build-shop-[0-9a-f]{12}-[0-9a-f]{16}, started by run \S+ at 20.*: joined$/m,
    )
    expect(`${stdout}${stderr}`.match(/\bbuil(ding|t)$/gm)).toHaveLength(2)
    expect(begun()).toBe('once\n')
    expect(pinned('1.0')).toBeDefined()
    await idle()
  })

  test('goes on when its terminal hangs up', async () => {
    const { child, ended } = await building('quick:1.0,shop')
    child.kill('SIGHUP')
    await ended
    expect(remoteProcesses(machine.server)).not.toEqual([])
    writeFileSync(at('go'), '')
    expect(await machine.run(['quick:1.0,shop'])).toMatchObject({ exitCode: 0 })
    await idle()
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('ends with %s, and the next run begins anew', async (signal) => {
    const { child, ended } = await building('quick:1.0,shop')
    child.kill(signal)
    const { exitCode, stderr } = await ended
    expect(exitCode).toBe(130)
    expect(stderr).toContain('it has ended there')
    await idle()
    writeFileSync(at('go'), '')
    expect(await machine.run(['quick:1.0,shop'])).toMatchObject({ exitCode: 0 })
    expect(begun()).toBe('once\nonce\n')
  })

  test('is begun once for two runs at once, and both pin it', async () => {
    const before = pinned('1.0')
    const first = await building('quick:1.0,shop')
    const second = await building('quick:2.0,shop', `--set`, `debs_path=${machine.dir}/out`)
    writeFileSync(at('go'), '')
    for (const { ended } of [first, second]) {
      const { exitCode, stderr } = await ended
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    }
    expect(begun()).toBe('once\n')
    expect(pinned('1.0')).not.toBe(before)
    expect(pinned('2.0')).toBe(pinned('1.0'))
    await idle()
  })

  test.each(['reset', 'freeze'] as const)('goes on through a %s, and its run with it', async (how) => {
    const proxy = await tcpProxy(machine.server)
    const through = ['-H', `root@${proxy.address}:${proxy.port}`, '--set', 'host_key_policy=off']
    const { ended } = await building(...through, '--set', 'keepalive=0.2', 'quick:1.0,shop')
    if (how === 'freeze') proxy.freeze()
    else proxy.cut('reset')
    writeFileSync(at('go'), '')
    const { exitCode, stdout, stderr } = await ended
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 })
    expect(`${stdout}${stderr}`.match(/\bbuil(ding|t)$/gm)).toHaveLength(2)
    expect(begun()).toBe('once\n')
    await idle()
  })
})
