import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { until } from '../support/sessions.ts'
import { type ShopStacks, shopStacks } from '../support/shop-stacks.ts'

// What people are told of each host, and what they may type next.
describeWith(['mmdebstrap', 'setpriv', 'root'], 'what a deployment says of its hosts', () => {
  let shop: ShopStacks
  beforeAll(async () => {
    shop = await shopStacks()
  }, 240_000)
  afterAll(() => shop.store.remove())

  test('Ctrl-C: what was begun goes on there, and nothing says that it has ended', async () => {
    const fleet = await shop.fleet()
    const argv = ['-R', 'web', '--batch', '1', 'deploy', '2.0.0', '--check', 'touch /checking; sleep 2']
    const started = fleet.start(argv)
    await until(() => fleet.hosts[0]?.sh('ls / | grep checking || :') === 'checking\n', 'its check runs')
    started.child.kill('SIGINT')
    const { exitCode, stderr } = await started.ended
    expect(exitCode).toBe(130)
    expect(stderr).toContain('[web1] goes on to its end by itself (gachette -R web status)\n')
    expect(stderr).toContain('[web2] at 1.0.0, not begun\n')
    expect(stderr).toContain('local: cancelled; what the hosts have begun goes on there to its end\n')
    expect(stderr).not.toMatch(/is ended|has ended/)
    await until(() => fleet.stands().web1 === '2.0.0', 'web1 has come to its end')
  })

  test('--reinstall: files that were changed come back as their packages have them, and no other package is touched', async () => {
    const fleet = await shop.fleet()
    const [web1] = fleet.hosts
    expect(await fleet.gachette('-H', 'web1', 'deploy', '2.0.0')).toMatchObject({ exitCode: 0 })
    web1?.sh('echo scribble >>/usr/share/shop/page; echo "mine = yes" >>/etc/shop.conf; rm /var/log/dpkg.log')
    const plain = await fleet.gachette('-H', 'web1', 'deploy', '2.0.0')
    expect(plain.stderr).toContain('[web1] at 2.0.0 already')
    const again = ['deploy', '2.0.0', '--reinstall', '--keep', '1']
    const { exitCode, stdout, stderr } = await fleet.gachette('-H', 'web1', ...again)
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toMatch(/web1: 2\.0\.0 -> 2\.0\.0\n {2}\+ shop {2}2 again\n$/)
    expect(web1?.sh('cat /usr/share/shop/page')).toBe('page 2\n')
    expect(web1?.sh('tail -n 1 /etc/shop.conf')).toBe('mine = yes\n')
    expect(web1?.sh("awk '$3 ~ /^(install|upgrade)$/ { print $4 }' /var/log/dpkg.log")).toBe('shop:all\n')
    // That was a repair, and to take it back helps nobody; what it came from is kept as far as another stack.
    expect(await fleet.gachette('-H', 'web1', 'rollback')).toMatchObject({ exitCode: 0 })
    expect(fleet.stands().web1).toBe('1.0.0')
  })

  test('a host that cannot be reached: named as such, left out where that is asked, and known to status', async () => {
    const fleet = await shop.fleet()
    const hosts = ['-H', 'web1,127.0.0.1:9']
    const refused = await fleet.gachette(...hosts, 'deploy', '2.0.0')
    expect(refused.exitCode).toBe(3)
    expect(refused.stderr).toMatch(/\[127\.0\.0\.1:9\] unreachable: nothing listens at .*, tried 3 times\n/)
    expect(refused.stderr).toContain('-x 127.0.0.1:9  or  --skip-bad-hosts')
    const done = await fleet.gachette('--skip-bad-hosts', ...hosts, 'deploy', '2.0.0')
    expect(done.exitCode, done.stderr).toBe(0)
    expect(done.stderr).toContain('[web1] at 2.0.0, generation 2\n')
    expect(done.stderr).toContain('2 hosts: 1 done, 1 skipped')
    const status = await fleet.gachette(...hosts, 'status')
    expect(status.exitCode).toBe(3)
    expect(status.stdout).toMatch(
      /^web1 .* 2\.0\.0 .*\n {2}remembers 1 1\.0\.0 .*\n127\.0\.0\.1:9 +\? +nothing/,
    )
    expect(JSON.parse((await fleet.gachette('--json', ...hosts, 'status')).stdout).hosts).toHaveLength(2)
  })
})
