import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Stack } from '../../src/stack/index.ts'
import type { DebianHost } from '../support/debian-hosts.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { until } from '../support/sessions.ts'
import { type ShopStacks, shopStacks } from '../support/shop-stacks.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

const allAt = (stack: string) => ({ web1: stack, web2: stack, web3: stack })
const dpkgLogs = (hosts: readonly DebianHost[]) => hosts.map((host) => host.sh('cat /var/log/dpkg.log'))

/** Takes dpkg's own lock, as apt and dpkg take it, until /planted/locked is gone. */
const HOLD_LOCK = `mkdir -p /planted; touch /planted/locked
perl -MFcntl -e 'open my $f, ">>", "/var/lib/dpkg/lock-frontend" or die;
my $lock = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLK, $lock) or die;
open my $m, ">", "/planted/holding"; close $m;
select undef, undef, undef, 0.05 while -e "/planted/locked"' >/dev/null 2>&1 &
until [ -e /planted/holding ]; do sleep 0.02; done`

// What hosts may be like when somebody deploys to them, and what is refused before any of them is touched.
describeWith(['mmdebstrap', 'setpriv', 'root'], 'deploy, whatever the hosts are like', () => {
  let shop: ShopStacks
  beforeAll(async () => {
    shop = await shopStacks()
  }, 240_000)
  afterAll(() => shop.store.remove())

  test('where all hosts are there already, nothing is done, and that is said', async () => {
    const fleet = await shop.fleet()
    const before = dpkgLogs(fleet.hosts)
    const { exitCode, stdout, stderr } = await fleet.gachette('-R', 'web', 'deploy', '1.0.0')
    expect(exitCode).toBe(0)
    expect(stdout).not.toContain('web1')
    expect(stderr).toContain('[web1] at 1.0.0 already\n[web2] at 1.0.0 already\n')
    expect(dpkgLogs(fleet.hosts)).toEqual(before)
    expect(fleet.hosts.map((host) => host.sh('ls /var/lib/gachette/main/generations'))).toEqual([
      '1\n',
      '1\n',
      '1\n',
    ])
  })

  test('up, a rollback that removes the newcomer, and a downgrade', async () => {
    const fleet = await shop.fleet()
    expect(await fleet.gachette('-R', 'web', 'deploy', '2.0.0')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
    expect(await fleet.gachette('-R', 'web', 'rollback')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(fleet.hosts.map((host) => host.sh('ls /shop-search 2>&1 || :'))).toEqual(
      fleet.hosts.map(() => "ls: cannot access '/shop-search': No such file or directory\n"),
    )
    expect(await fleet.gachette('-R', 'web', 'deploy', '2.0.0')).toMatchObject({ exitCode: 0 })
    const { exitCode, stdout } = await fleet.gachette('-R', 'web', 'deploy', '1.0.0')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/v shop +2 -> 1/)
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(fleet.record(fleet.hosts[0] as DebianHost)).toMatchObject({ stack: '1.0.0', packages: 4 })
  })

  test("another's apt at work: it is waited for; where it takes too long, nobody is touched or left half", async () => {
    const fleet = await shop.fleet()
    fleet.hosts[1]?.sh(HOLD_LOCK)
    const before = dpkgLogs(fleet.hosts)
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy:2.0.0,wait=1')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/\[web2\] .*lock/)
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
    expect(dpkgLogs(fleet.hosts)[1]).toBe(before[1])
    const deploying = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    await until(
      () => fleet.hosts[0]?.sh('ls /var/lib/gachette/main/generations') === '1\n2\n',
      'web1 is at 2.0.0',
    )
    fleet.hosts[1]?.sh('rm /planted/locked')
    expect(await deploying).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
  })

  test('a held package: refused before anybody is touched, unless told', async () => {
    const fleet = await shop.fleet()
    fleet.hosts[1]?.sh('apt-mark hold shop')
    const before = dpkgLogs(fleet.hosts)
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('[web2] untouched, shop is on hold')
    expect(dpkgLogs(fleet.hosts)).toEqual(before)
    expect(await fleet.gachette('-R', 'web', 'deploy:2.0.0,ignore_holds=true')).toMatchObject({ exitCode: 0 })
    expect(fleet.hosts[1]?.sh('apt-mark showhold')).toBe('shop\n')
    fleet.hosts[1]?.sh('apt-mark unhold shop')
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
  })

  test('local edits: of configuration they stay and are told; of another file they are drift, and go', async () => {
    const fleet = await shop.fleet()
    fleet.hosts[0]?.sh('echo "mine = yes" >>/etc/shop.conf')
    fleet.hosts[1]?.sh('echo scribble >>/usr/share/shop/page')
    const drift = await fleet.gachette('-R', 'web', 'status')
    expect(drift.stdout).toMatch(/web1 .*as deployed.*\n +\/etc\/shop\.conf has local edits/)
    expect(drift.stdout).toMatch(
      /web2 .*1 difference.*\n +\/usr\/share\/shop\/page is not as its package has it/,
    )
    const { exitCode, stdout } = await fleet.gachette('--json', '-R', 'web', 'deploy', '2.0.0')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('"kept":["/etc/shop.conf"]')
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
    expect(fleet.hosts[0]?.sh('cat /etc/shop.conf')).toBe('version = 1\nmine = yes\n')
    expect(fleet.hosts[1]?.sh('cat /usr/share/shop/page')).toBe('page 2\n')
  })

  test('a package that was removed by hand comes back; one that is half installed is finished', async () => {
    const fleet = await shop.fleet()
    fleet.hosts[1]?.sh('dpkg --purge --force-depends shop-core')
    fleet.hosts[2]?.sh('dpkg --unpack /var/lib/gachette/main/debs/*.deb')
    const drift = await fleet.gachette('-R', 'web', 'status')
    expect(drift.stdout).toMatch(/web2 .*\n +shop-core 1 is not installed/)
    expect(drift.stdout).toMatch(/web3 .*\n +\S+ is half installed/)
    const repaired = await fleet.gachette('-R', 'web', 'deploy', '1.0.0')
    expect(repaired).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('3 hosts: 3 done') })
    expect(fleet.stands()).toEqual(allAt('1.0.0'))
  })

  test('a .deb of the store that was changed is refused, and named', async () => {
    const fleet = await shop.fleet()
    const file = join(shop.store.meta, 'debs', 'shop_2_all.deb')
    const bytes = readFileSync(file)
    const before = dpkgLogs(fleet.hosts)
    try {
      const other = Buffer.from(bytes)
      other[other.length - 700] = 0x21
      writeFileSync(file, other)
      const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
      expect(exitCode).not.toBe(0)
      expect(stderr).toContain('debs/shop_2_all.deb is not what the stack has')
      expect(dpkgLogs(fleet.hosts)).toEqual(before)
      expect(fleet.stands()).toEqual(allAt('1.0.0'))
    } finally {
      writeFileSync(file, bytes)
    }
  })

  test('a copy on this machine that was changed is refused on arrival, and given up', async () => {
    const fleet = await shop.fleet()
    expect(await fleet.gachette('-H', 'web1', 'deploy', '2.0.0')).toMatchObject({ exitCode: 0 })
    const folder = join(fleet.cache, 'gachette/debs')
    const before = dpkgLogs(fleet.hosts)
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name))
      bytes[bytes.length - 700] = 0x21
      writeFileSync(join(folder, name), bytes)
    }
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/\[web2\] untouched, \S+ \d arrived as other bytes than the stack has/)
    expect(dpkgLogs(fleet.hosts)).toEqual(before)
    expect(fleet.stands()).toEqual({ web1: '2.0.0', web2: '1.0.0', web3: '1.0.0' })
    expect(await fleet.gachette('-R', 'web', 'deploy', '2.0.0')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual(allAt('2.0.0'))
  })

  test('a .deb that a host keeps for the way back and that was changed there is refused, and named', async () => {
    const fleet = await shop.fleet(1)
    fleet.hosts[0]?.sh('for each in /var/lib/gachette/main/debs/*.deb; do echo more >>"$each"; done')
    const before = dpkgLogs(fleet.hosts)
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(
      /\[web1\] untouched, \/var\/lib\/gachette\/main\/debs\/[0-9a-f]{64}\.deb .*was changed there/,
    )
    expect(dpkgLogs(fleet.hosts)).toEqual(before)
    expect(fleet.stands()).toEqual({ web1: '1.0.0' })
  })

  test('a stack that is not frozen, not signed or not what it was is refused, and no host is asked', async () => {
    const fleet = await shop.fleet()
    const { meta, debs } = shop.store
    const loose = new Stack(localRemote(), { metaPath: meta, name: '3.0.0', debsPath: debs, who: 'ann@desk' })
    await loose.create()
    await loose.add([tinyDeb(debs, 'shop', '3')])
    // Whoever is asked now does not answer.
    for (const host of fleet.hosts) await host.stop()
    const unfrozen = await fleet.gachette('-R', 'web', 'deploy', '3.0.0')
    expect(unfrozen.stderr).toContain('not frozen')
    expect(unfrozen.exitCode).not.toBe(0)

    const record = join(meta, '.gachette/frozen/main/2.0.0.json')
    const bytes = readFileSync(record, 'utf8')
    try {
      writeFileSync(record, bytes.replace(/"digest":"[0-9a-f]{8}/, '"digest":"00000000'))
      const changed = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
      expect(changed.stderr).toMatch(/2\.0\.0/)
      expect(changed.stderr).not.toMatch(/web1/)
      expect(changed.exitCode).not.toBe(0)
    } finally {
      writeFileSync(record, bytes)
    }

    const signers = join(fleet.project, 'allowed_signers')
    writeFileSync(signers, `ann@example.org ${readFileSync(`${fleet.all.keyFile}.pub`, 'utf8')}`)
    fleet.configure(`allowed_signers: ${signers}`)
    const unsigned = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    expect(unsigned.stderr).toMatch(/2\.0\.0.*sign/)
    expect(unsigned.stderr).not.toMatch(/web1/)
    expect(unsigned.exitCode).not.toBe(0)
  })
})
