import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { describeWith } from '../support/needs.ts'
import {
  killThere,
  letGo,
  MOMENTS,
  paused,
  plant,
  running,
  type ShopStacks,
  shopStacks,
} from '../support/shop-stacks.ts'

const allAt = (stack: string) => ({ web1: stack, web2: stack, web3: stack })
/** The job of a deployment, and all that it has started. */
const WHOLE_JOB = '/var/lib/gachette/.*/script\\|apt-get\\|dpkg'

/** From now on nothing gets to an address, and nothing comes from it; until what is answered is called. */
function pullCable(address: string): () => void {
  const table = `gachette_cable_${process.pid}`
  const drop = ['saddr', 'daddr'].map((end) => `ip ${end} ${address} drop;`).join(' ')
  const rules = `table inet ${table} { chain cut { type filter hook input priority 0; ${drop} }; }\n`
  execFileSync('nft', ['-f', '-'], { input: rules })
  let isOut = true
  return () => {
    if (isOut) execFileSync('nft', ['delete', 'table', 'inet', table])
    isOut = false
  }
}

// Whatever goes wrong: every host is wholly on one stack afterwards, and people are told which, and why.
describeWith(['mmdebstrap', 'setpriv', 'nft', 'root'], 'deploy, when something fails on a host', () => {
  let shop: ShopStacks
  beforeAll(async () => {
    shop = await shopStacks()
  }, 240_000)
  afterAll(() => shop.store.remove())

  test.each([
    ['preinst', 'new shop-core package pre-installation script subprocess returned error exit status 3'],
    [
      'postinst',
      'installed shop-core package post-installation script subprocess returned error exit status 3',
    ],
  ] as const)('a %s that fails on one host: all go back', async (moment, why) => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[1], 'fail', moment)
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(stderr.split('\n').filter((line) => line.startsWith('[web'))).toEqual([
      `[web2] at 1.0.0 again: shop-core: ${why}`,
      '[web1] at 1.0.0 again, taken back: web2 failed',
      '[web3] at 1.0.0 again, taken back: web2 failed',
    ])
    expect(stderr).toContain('2.0.0: 3 of 3 hosts did not get there')
    expect(exitCode).toBe(1)
  })

  test('a disk that is full before: refused, and nobody is touched', async () => {
    const fleet = await shop.fleet()
    fleet.hosts[2]?.sh('head -c 1G /dev/zero >/filler 2>/dev/null || :')
    const before = fleet.hosts.map((host) => host.sh('cat /var/log/dpkg.log'))
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('[web3] untouched, its disk is full: 0 KiB are free')
    expect(fleet.hosts.map((host) => host.sh('cat /var/log/dpkg.log'))).toEqual(before)
    fleet.hosts[2]?.sh('rm /filler')
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
  })

  test('a disk that gets full while it installs: all go back, also there', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[2], 'fill', 'preinst')
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(stderr).toMatch(/\[web3\] at 1\.0\.0 again: .*No space left on device/)
    expect(exitCode).toBe(1)
  })

  test.each(MOMENTS)('dpkg is killed in the middle (%s): all go back', async (moment) => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[1], 'pause', moment)
    const deploying = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    await paused(fleet.hosts[1], moment)
    killThere(fleet.hosts[1], '^/usr/bin/dpkg ')
    letGo(fleet.hosts[1])
    const { exitCode, stderr } = await deploying
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(stderr).toContain('[web2] at 1.0.0 again: Sub-process /usr/bin/dpkg exited unexpectedly')
    expect(exitCode).toBe(1)
  })

  test.each(MOMENTS)('the whole job is killed in the middle (%s): all go back', async (moment) => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[1], 'pause', moment)
    const deploying = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    await paused(fleet.hosts[1], moment)
    killThere(fleet.hosts[1], WHOLE_JOB)
    letGo(fleet.hosts[1])
    const { exitCode, stderr } = await deploying
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(stderr).toContain('[web2] at 1.0.0 again: interrupted')
    expect(exitCode).toBe(1)
  })

  test('gachette is killed in the middle, and run again: the hosts have gone on, and all get there', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[1], 'pause', 'postinst')
    const first = fleet.start(['-R', 'web', 'deploy', '2.0.0'])
    await paused(fleet.hosts[1], 'postinst')
    first.child.kill('SIGKILL')
    await first.ended
    const second = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    letGo(fleet.hosts[1])
    expect(await second).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
  })

  test('gachette and the job on a host are killed: whoever deploys next brings that to an end', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[1], 'pause', 'postinst')
    const first = fleet.start(['-R', 'web', 'deploy', '2.0.0'])
    await paused(fleet.hosts[1], 'postinst')
    first.child.kill('SIGKILL')
    await first.ended
    killThere(fleet.hosts[1], WHOLE_JOB)
    letGo(fleet.hosts[1])
    const told = await fleet.gachette('-R', 'web', 'status')
    expect(told.stdout).toMatch(/web2.*\n.*the deployment of 2\.0\.0 by .* was interrupted/)
    const { exitCode, stdout } = await fleet.gachette('-R', 'web', 'deploy', '1.0.0')
    expect(stdout).toMatch(/web2: the interrupted deployment has ended: it went back/)
    expect(exitCode).toBe(0)
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
  })

  test('connections that are cut in the middle are made again; nobody notices', async () => {
    const fleet = await shop.fleet()
    for (const host of fleet.hosts) plant(host, 'pause', 'postinst')
    const deploying = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    for (const host of fleet.hosts) await paused(host, 'postinst')
    for (const host of fleet.hosts.slice(0, 2)) killThere(host, '^sshd: root@')
    for (const host of fleet.hosts) letGo(host)
    expect(await deploying).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
  })

  test('a cable that is pulled in the middle: the host goes on, is sought, and tells how it ended', async () => {
    const fleet = await shop.fleet()
    fleet.configure('keepalive: 1', 'timeout: 2', 'connection_attempts: 1')
    plant(fleet.hosts[1], 'pause', 'postinst')
    const { child, ended } = fleet.start(['-R', 'web', 'deploy', '2.0.0'])
    let said = ''
    child.stderr?.on('data', (text: Buffer) => {
      said += text
    })
    await paused(fleet.hosts[1], 'postinst')
    const plugIn = pullCable(fleet.hosts[1]?.address ?? '')
    onTestFinished(plugIn)
    letGo(fleet.hosts[1])
    // It has got there while nobody could see it.
    await vi.waitUntil(
      () => fleet.hosts[1]?.sh('readlink /var/lib/gachette/main/current').includes('/2'),
      20_000,
    )
    await vi.waitUntil(() => /web2.*(lost|connect)/.test(said), 30_000)
    plugIn()
    const { exitCode, stderr } = await ended
    expect(stderr).toContain('[web2] at 2.0.0, generation 2')
    expect(exitCode).toBe(0)
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
  })

  test('two deployments at once: the second waits for the first, and has the last word', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[0], 'pause', 'postinst')
    const first = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    await paused(fleet.hosts[0], 'postinst')
    const impatient = await fleet.gachette('-H', 'web1', 'deploy:1.0.0,wait=0')
    expect(impatient.exitCode).toBe(1)
    expect(impatient.stderr).toMatch(/\[web1\] untouched.* deploys 2\.0\.0 there since/)
    const second = fleet.gachette('-H', 'web1', 'deploy', '1.0.0')
    await running(fleet.hosts[0], 'flock -s -w')
    letGo(fleet.hosts[0])
    expect(await first).toMatchObject({ exitCode: 0 })
    const { exitCode, stdout } = await second
    expect(stdout).toMatch(/web1: .* deploys 2\.0\.0 there since .*; waiting for that/)
    expect(exitCode).toBe(0)
    expect(fleet.stands()).toEqual({ web1: '1.0.0', web2: '2.0.0', web3: '2.0.0' })
  })

  test('a canary that fails: the others are not touched', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[0], 'fail', 'postinst')
    const before = fleet.hosts.slice(1).map((host) => host.sh('cat /var/log/dpkg.log'))
    const { exitCode, stderr } = await fleet.gachette('--canary', '-R', 'web', 'deploy', '2.0.0')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/\[web1\] at 1\.0\.0 again: shop-core: .*post-installation/)
    expect(stderr).toMatch(/\[web2\] at 1\.0\.0, not begun/)
    expect(fleet.hosts.slice(1).map((host) => host.sh('cat /var/log/dpkg.log'))).toEqual(before)
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
  })

  test('in batches, the last host fails: the batches before it go back as well', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[2], 'fail', 'preinst')
    const { exitCode, stdout } = await fleet.gachette('--batch', '1', '-R', 'web', 'deploy', '2.0.0')
    expect(stdout.match(/batch \d: web\d/g)).toEqual(['batch 1: web1', 'batch 2: web2', 'batch 3: web3'])
    expect(exitCode).toBe(1)
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
  })

  test('undo=failed, and --max-fail: only those that failed go back', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[2], 'fail', 'preinst')
    expect(await fleet.gachette('-R', 'web', 'deploy:2.0.0,undo=failed')).toMatchObject({ exitCode: 1 })
    expect(fleet.stands()).toEqual({ web1: '2.0.0', web2: '2.0.0', web3: '1.0.0' })
    const { exitCode, stderr } = await fleet.gachette('--max-fail', '1', '-R', 'web', 'deploy', '2.0.0')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('2.0.0: 1 of 3 hosts did not get there')
    expect(fleet.stands()).toEqual({ web1: '2.0.0', web2: '2.0.0', web3: '1.0.0' })
  })

  test('a check that fails on one host: all go back', async () => {
    const fleet = await shop.fleet()
    fleet.hosts[1]?.sh('touch /sick')
    const { exitCode, stderr } = await fleet.gachette(
      '-R',
      'web',
      'deploy:2.0.0,check=test ! -e /sick,check_seconds=1',
    )
    expect(exitCode).toBe(1)
    expect(stderr).toContain('[web2] at 1.0.0 again: the check failed: test ! -e /sick')
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
  })
})
