import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DebianHost } from '../support/debian-hosts.ts'
import { fleetFor, type StackStore, stackStore } from '../support/deploy-scene.ts'
import { describeWith } from '../support/needs.ts'
import { paused, plant, shopScripts } from '../support/shop-stacks.ts'
import { askService, serviceDeb, tinyDeb } from '../support/tiny-deb.ts'

const allAt = (stack: string) => ({ web1: stack, web2: stack, web3: stack })
/** Version and process of a service, as it answers itself; of the process, whether it lives. */
const answerOf = (host: DebianHost, service: string) => host.sh(askService(service)).trim().split(' ')
const livesThere = (host: DebianHost, pid = '') =>
  host.sh(`[ -d /proc/${pid} ] && echo yes || echo no`).trim()

// Machines with systemd, and services that run there.
describeWith(['mmdebstrap', 'systemd-nspawn', 'setpriv', 'root'], 'deploy, to machines with services', () => {
  let store: StackStore
  beforeAll(async () => {
    store = stackStore()
    const { debs } = store
    await store.stack('1.0.0', [
      tinyDeb(debs, 'shop-core', '1'),
      serviceDeb(debs, 'shop-api', '1', { control: 'Depends: shop-core (= 1)\n' }),
    ])
    await store.stack('2.0.0', [
      tinyDeb(debs, 'shop-core', '2', { scripts: shopScripts }),
      serviceDeb(debs, 'shop-api', '2', { control: 'Depends: shop-core (= 2)\n' }),
      serviceDeb(debs, 'shop-search', '1'),
    ])
    const broken =
      '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/false\n[Install]\nWantedBy=multi-user.target\n'
    await store.stack('3.0.0', [
      tinyDeb(debs, 'shop-core', '3'),
      serviceDeb(debs, 'shop-api', '3', { files: { '/lib/systemd/system/shop-api.service': broken } }),
    ])
  }, 240_000)
  afterAll(() => store.remove())

  test('three hosts go from nothing to 1, to 2, and back to 1: services run what is installed, the old ones are gone', async () => {
    const fleet = await fleetFor(store, 3, { systemd: true })
    expect(await fleet.gachette('-R', 'web', 'deploy', '1.0.0')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    const first = fleet.hosts.map((host) => answerOf(host, 'shop-api'))
    expect(first.map(([version]) => version)).toEqual(['1', '1', '1'])

    expect(await fleet.gachette('-R', 'web', 'deploy', '2.0.0')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
    const second = fleet.hosts.map((host) => answerOf(host, 'shop-api'))
    expect(second.map(([version]) => version)).toEqual(['2', '2', '2'])
    expect(fleet.hosts.map((host) => answerOf(host, 'shop-search')[0])).toEqual(['1', '1', '1'])
    expect(fleet.hosts.map((host, at) => livesThere(host, first[at]?.[1]))).toEqual(['no', 'no', 'no'])

    expect(await fleet.gachette('-R', 'web', 'rollback')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(fleet.hosts.map((host) => answerOf(host, 'shop-api')[0])).toEqual(['1', '1', '1'])
    expect(fleet.hosts.map((host, at) => livesThere(host, second[at]?.[1]))).toEqual(['no', 'no', 'no'])
    expect(fleet.hosts.map((host) => host.sh('systemctl is-active shop-search || :'))).toEqual(
      fleet.hosts.map(() => 'inactive\n'),
    )

    // A service that does not stay up: its package installs, and the hosts go back all the same.
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '3.0.0')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/\[web1\] at 1\.0\.0 again.*shop-api/)
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(fleet.hosts.map((host) => answerOf(host, 'shop-api')[0])).toEqual(['1', '1', '1'])
  }, 180_000)

  test('a host whose power fails in the middle goes back when it starts again, and the others with it', async () => {
    const fleet = await fleetFor(store, 2, { systemd: true })
    expect(await fleet.gachette('-R', 'web', 'deploy', '1.0.0')).toMatchObject({ exitCode: 0 })
    const [one] = fleet.hosts
    plant(one, 'pause', 'postinst')
    const deploying = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    await paused(one, 'postinst')
    one?.sh('rm /planted/pause-postinst /planted/at-postinst; sync')
    await one?.powerCycle()
    const { exitCode, stderr } = await deploying
    expect(stderr).toMatch(/web1/)
    expect(exitCode).toBe(1)
    expect(fleet.stands()).toEqual({ web1: '1.0.0', web2: '1.0.0' })
    expect(one && answerOf(one, 'shop-api')[0]).toBe('1')
  }, 180_000)
})
