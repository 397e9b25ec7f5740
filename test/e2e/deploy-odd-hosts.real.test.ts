import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startJob } from '../../src/deploy/install.ts'
import { render } from '../../src/shell/index.ts'
import type { DebianHost } from '../support/debian-hosts.ts'
import type { Fleet } from '../support/deploy-scene.ts'
import { describeWith } from '../support/needs.ts'
import { until } from '../support/sessions.ts'
import { killThere, letGo, paused, plant, type ShopStacks, shopStacks } from '../support/shop-stacks.ts'
import { tinyDeb } from '../support/tiny-deb.ts'

// Hosts whose settings, clock or processes are not what one expects.
describeWith(['mmdebstrap', 'setpriv', 'root'], 'deploy, to odd hosts', () => {
  let shop: ShopStacks
  let fleet: Fleet
  let host: DebianHost
  beforeAll(async () => {
    shop = await shopStacks()
    const { debs } = shop.store
    await shop.store.stack('pushy', [tinyDeb(debs, 'shop', '9', { control: 'Conflicts: dear\n' })])
    await shop.store.stack('grave', [
      tinyDeb(debs, 'shop-base', '1', { control: 'Essential: yes\n' }),
      tinyDeb(debs, 'shop-fails', '1', { control: 'Depends: shop-base\n', scripts: { postinst: 'exit 3' } }),
    ])
    await shop.store.stack('i386', [
      tinyDeb(debs, 'libshop', '1', { architecture: 'i386', control: 'Multi-Arch: same\n' }),
    ])
  }, 240_000)
  beforeEach(async () => {
    fleet = await shop.fleet(1)
    host = fleet.hosts[0] as DebianHost
  })
  afterAll(() => shop.store.remove())
  const deploy = (...argv: readonly string[]) => fleet.gachette('-R', 'web', 'deploy', ...argv)
  const generations = () => host.sh('ls /var/lib/gachette/main/generations')
  const has = (...names: readonly string[]) =>
    host.sh(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's, not ours
      'dpkg-query -W -f \'${Package}:${Architecture} ${Version}\\n\' "$@" 2>/dev/null || :',
      ...names,
    )

  test('where apt is set to purge, what nobody planned to remove is refused all the same', async () => {
    host.sh('echo \'APT::Get::Purge "true"; APT::Get::AutomaticRemove "true";\' >/etc/apt/apt.conf.d/99odd')
    bring(host, tinyDeb(shop.store.debs, 'dear', '1').path, '/tmp/dear.deb')
    host.sh('dpkg -i /tmp/dear.deb')
    const { exitCode, stderr } = await deploy('pushy')
    expect(stderr).toContain('[web1] untouched, apt would remove dear to get there')
    expect(exitCode).toBe(1)
    expect(has('dear')).toBe('dear:all 1\n')
  })

  test('where dpkg is set to take new configuration, local edits stay all the same', async () => {
    host.sh('echo force-confnew >/etc/dpkg/dpkg.cfg.d/odd; echo "mine = yes" >>/etc/shop.conf')
    expect(await deploy('2.0.0')).toMatchObject({ exitCode: 0 })
    expect(host.sh('cat /etc/shop.conf')).toBe('version = 1\nmine = yes\n')
  })

  test('an apt that outlives its job is waited for: nothing is told to be back while it goes on', async () => {
    host.sh(`mkdir -p /planted; touch /planted/pause-hook
echo 'DPkg::Pre-Invoke {"touch /planted/at-hook; while [ -e /planted/pause-hook ]; do sleep 0.05; done";};' >/etc/apt/apt.conf.d/99hook`)
    const deploying = deploy('2.0.0')
    await until(() => host.sh('ls /planted').includes('at-hook'), 'apt is about to begin')
    killThere(host, '^/bin/sh /var/lib/gachette/.*/script')
    // Long enough for whoever would not wait.
    await Promise.race([deploying, pause(2000)])
    letGo(host)
    const { exitCode, stderr } = await deploying
    expect(stderr).toContain('[web1] at 1.0.0 again: interrupted')
    expect(exitCode).toBe(1)
    await until(() => host.sh('pgrep -x apt-get || :') === '', 'no apt is there any more')
    expect(fleet.stands()).toEqual({ web1: '1.0.0' })
  })

  test('a daemon that a package starts by itself does not keep the deployment from ending', async () => {
    await shop.store.stack('daemon', [
      tinyDeb(shop.store.debs, 'shop-daemon', '1', { scripts: { postinst: 'sleep 300 &' } }),
    ])
    expect(await deploy('daemon')).toMatchObject({ exitCode: 0 })
    expect(host.sh('flock -n /var/lib/gachette/lock echo free')).toBe('free\n')
    expect(await deploy('1.0.0')).toMatchObject({ exitCode: 0 })
    killThere(host, '^sleep 300')
  })

  test('an essential newcomer goes when the deployment that brought it fails', async () => {
    const { stderr } = await deploy('grave')
    expect(stderr).toContain('[web1] at 1.0.0 again: shop-fails: ')
    expect(fleet.stands()).toEqual({ web1: '1.0.0' })
    expect(has('shop-base')).toBe('')
  })

  test('a check is given up in time, whatever the clock says', async () => {
    host.sh('printf "#!/bin/sh\\necho 5\\n" >/usr/bin/date')
    const { stderr } = await deploy('2.0.0', '--check', 'false', '--check-seconds', '1')
    expect(stderr).toContain('[web1] at 1.0.0 again: the check failed: false')
  })

  test('what cannot be written down is taken back, and no generation is left of it', async () => {
    host.sh('mkdir /var/lib/gachette/main/.current')
    const { stderr } = await deploy('2.0.0')
    expect(stderr).toContain('[web1] at 1.0.0 again: it could not be written down')
    expect(generations()).toBe('1\n')
    expect(fleet.stands()).toEqual({ web1: '1.0.0' })
  })

  test('.debs that nothing needs go, also where generations have thousands of packages', async () => {
    host.sh(`cd /var/lib/gachette/main; touch debs/0000.deb
awk 'BEGIN { for (i = 0; i < 3000; i++) printf "p%d\\t1\\tall\\t%064d\\n", i, i }' >>generations/1/packages`)
    expect(await deploy('2.0.0')).toMatchObject({ exitCode: 0 })
    expect(host.sh('ls /var/lib/gachette/main/debs')).not.toContain('0000.deb')
  }, 60_000)

  test('a library of another architecture comes and goes beside the one of the host', async () => {
    host.sh('dpkg --add-architecture i386')
    const native = tinyDeb(shop.store.debs, 'libshop', '1', {
      architecture: 'amd64',
      control: 'Multi-Arch: same\n',
    })
    bring(host, native.path, '/tmp/lib.deb')
    host.sh('dpkg -i /tmp/lib.deb')
    const there = await deploy('i386')
    expect(there.exitCode, there.stderr).toBe(0)
    expect(has('libshop')).toBe('libshop:amd64 1\nlibshop:i386 1\n')
    const back = await fleet.gachette('-R', 'web', 'rollback')
    expect(back.exitCode, back.stderr).toBe(0)
    expect(has('libshop')).toBe('libshop:amd64 1\n')
    expect((await fleet.gachette('-R', 'web', 'status')).stdout).toMatch(/web1 +1\.0\.0 .*as deployed/)
  })

  test('a job that was prepared before another one was killed leaves that one to be brought to an end', async () => {
    plant(host, 'pause', 'postinst')
    const first = fleet.start(['-R', 'web', 'deploy', '2.0.0'])
    await paused(host, 'postinst')
    first.child.kill('SIGKILL')
    await first.ended
    killThere(host, '/var/lib/gachette/.*/script\\|apt-get\\|dpkg')
    letGo(host)
    expect(
      host.sh(`cd /var/lib/gachette/main; id=$(readlink job); id=\${id#jobs/}; cp -r jobs/$id jobs/beef
sed -i "s/$id/beef/" jobs/beef/script; echo prepared >jobs/beef/state; : >jobs/beef/said
sh jobs/beef/script run; cat jobs/beef/said; cut -c 1-7 job/state`),
    ).toBe('stale\nrunning\n')
    expect(await deploy('1.0.0')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands()).toEqual({ web1: '1.0.0' })
  })

  test('a job is begun when the lock is held by one who has not said yet who it is, and lets go', () => {
    const script = render(startJob('main', 'f00d').command).text
    host.sh(
      `mkdir -p /var/lib/gachette/main/jobs/f00d; cd /var/lib/gachette/main/jobs/f00d; echo prepared >state; : >lock
printf 'echo done >%s/state' "$PWD" >script
( flock 9; touch /held; sleep 1 ) 9>>/var/lib/gachette/lock & until [ -e /held ]; do sleep 0.02; done
${script}
flock lock cat state`,
    )
    expect(host.sh('cat /var/lib/gachette/main/jobs/f00d/state')).toBe('done\n')
  })
})

const bring = (host: DebianHost, file: string, path: string) =>
  host.sh('printf %s "$1" | base64 -d >"$2"', readFileSync(file).toString('base64'), path)
