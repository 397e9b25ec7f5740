import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../support/needs.ts'
import { killThere, letGo, paused, plant, type ShopStacks, shopStacks } from '../support/shop-stacks.ts'

const ALL_AT = (stack: string) => ({ web1: stack, web2: stack, web3: stack })

// Whatever goes wrong: every host is wholly on one stack afterwards, and people are told which, and why.
describeWith(['mmdebstrap', 'setpriv', 'root'], 'deploy, when something fails on a host', () => {
  let shop: ShopStacks
  beforeAll(async () => {
    shop = await shopStacks()
  }, 240_000)
  afterAll(() => shop.store.remove())

  test.each(['preinst', 'postinst'] as const)('a %s that fails on one host: all go back', async (moment) => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[1], 'fail', moment)
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    console.log(stderr)
    expect(fleet.stands()).toEqual(ALL_AT('1.0.0'))
    expect(exitCode).toBe(1)
    expect(stderr).toContain('2.0.0: 3 of 3 hosts did not get there')
    expect(stderr).toMatch(new RegExp(`web2: .*${moment}`))
  })

  test('a disk that is full before: refused, and nobody is touched', async () => {
    const fleet = await shop.fleet()
    fleet.hosts[2]?.sh('head -c 1G /dev/zero >/filler 2>/dev/null || :')
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    console.log(stderr)
    expect(exitCode).toBe(1)
    fleet.hosts[2]?.sh('rm /filler')
    expect(fleet.stands()).toEqual(ALL_AT('1.0.0'))
  })

  test('a disk that gets full while it installs: all go back', async () => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[2], 'fill', 'preinst')
    const { exitCode, stderr } = await fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    console.log(stderr)
    expect(fleet.stands()).toEqual(ALL_AT('1.0.0'))
    expect(exitCode).toBe(1)
  })

  test.each(['preinst', 'postinst'] as const)('dpkg is killed in the middle (%s)', async (moment) => {
    const fleet = await shop.fleet()
    plant(fleet.hosts[1], 'pause', moment)
    const deploying = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
    await paused(fleet.hosts[1], moment)
    killThere(fleet.hosts[1], '^/usr/bin/dpkg ')
    letGo(fleet.hosts[1])
    const { exitCode, stderr } = await deploying
    console.log(stderr)
    expect(fleet.stands()).toEqual(ALL_AT('1.0.0'))
    expect(exitCode).toBe(1)
  })

  test.each(['preinst', 'postinst'] as const)(
    'the whole job is killed in the middle (%s)',
    async (moment) => {
      const fleet = await shop.fleet()
      plant(fleet.hosts[1], 'pause', moment)
      const deploying = fleet.gachette('-R', 'web', 'deploy', '2.0.0')
      await paused(fleet.hosts[1], moment)
      killThere(fleet.hosts[1], '/var/lib/gachette/.*/script\\|apt-get\\|dpkg\\|/var/lib/dpkg')
      letGo(fleet.hosts[1])
      const { exitCode, stderr } = await deploying
      console.log(stderr)
      expect(fleet.stands()).toEqual(ALL_AT('1.0.0'))
      expect(exitCode).toBe(1)
    },
  )
})
