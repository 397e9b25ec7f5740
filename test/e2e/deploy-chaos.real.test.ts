import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DebianHost } from '../support/debian-hosts.ts'
import type { Fleet } from '../support/deploy-scene.ts'
import { describeWith } from '../support/needs.ts'
import type { Started } from '../support/program.ts'
import { killThere, type ShopStacks, shopStacks } from '../support/shop-stacks.ts'

/** What may happen to a host, or to gachette, at any moment of a deployment. */
const FAULTS = {
  'dpkg is killed': (host: DebianHost) => killThere(host, '^/usr/bin/dpkg '),
  'apt is killed': (host: DebianHost) => killThere(host, '^apt-get '),
  'the job is killed': (host: DebianHost) => killThere(host, '/var/lib/gachette/.*/script'),
  'job, apt and dpkg are killed': (host: DebianHost) =>
    killThere(host, '/var/lib/gachette/.*/script\\|apt-get\\|dpkg'),
  'connections are cut': (host: DebianHost) => killThere(host, '^sshd: root@'),
  'the disk gets full': (host: DebianHost) => void host.sh('head -c 1G /dev/zero >/filler 2>/dev/null || :'),
  'the power fails': (host: DebianHost) => host.powerCycle(),
  'gachette is killed': (_: DebianHost, running: Started) => void running.child.kill('SIGKILL'),
}

// `npm run chaos:deploy -- --seed N --rounds N` plays many; these few show that it still can, and catch what is plainly broken.
const { GACHETTE_CHAOS_SEED = '5', GACHETTE_CHAOS_ROUNDS = '3', GACHETTE_CHAOS_ROUND } = process.env
const rounds = GACHETTE_CHAOS_ROUND
  ? [Number(GACHETTE_CHAOS_ROUND)]
  : Array.from({ length: Number(GACHETTE_CHAOS_ROUNDS) }, (_, at) => at + 1)

describeWith(['mmdebstrap', 'setpriv', 'root'], 'deploy, with faults at random moments', () => {
  let shop: ShopStacks
  // As long as nothing goes wrong: faults come within that.
  let usualMs = 0
  beforeAll(async () => {
    shop = await shopStacks()
    shop.store.program()
    const fleet = await shop.open()
    const since = performance.now()
    await fleet.start(['-R', 'web', 'deploy', '2.0.0']).ended
    usualMs = performance.now() - since
    await fleet.stop()
  }, 240_000)
  afterAll(() => shop.store.remove())

  test.each(rounds)(
    `seed ${GACHETTE_CHAOS_SEED}, round %i`,
    async (round) => {
      const roll = dice(Number(GACHETTE_CHAOS_SEED) * 1000 + round)
      const fleet = await shop.fleet()
      const running = fleet.start(['-R', 'web', 'deploy', '2.0.0'])
      await once(running.child, 'spawn')
      const told: string[] = []
      const faults = Array.from({ length: 1 + Math.floor(roll() * 3) }, () => {
        const kind = Object.keys(FAULTS)[
          Math.floor(roll() * Object.keys(FAULTS).length)
        ] as keyof typeof FAULTS
        const host = fleet.hosts[Math.floor(roll() * 3)] as DebianHost
        const ms = Math.round((0.15 + roll()) * usualMs)
        told.push(`${host.name}: ${kind} after ${ms} ms`)
        return pause(ms).then(() => FAULTS[kind](host, running))
      })
      await Promise.all(faults)
      const { exitCode, stderr } = await running.ended
      const story = `${told.join('; ')}\nexit ${exitCode}\n${stderr}`
      if (process.env.GACHETTE_CHAOS_TOLD) console.log(`${round}: ${story}`)
      expectWhole(fleet, exitCode, stderr, story)

      for (const host of fleet.hosts) host.sh('rm -f /filler')
      const again = await fleet.start(['-R', 'web', 'deploy', '2.0.0']).ended
      expect(again.exitCode, `${story}\nthen ${again.stderr}`).toBe(0)
      expect(fleet.stands(), story).toEqual({ web1: '2.0.0', web2: '2.0.0', web3: '2.0.0' })
    },
    180_000,
  )
})

/** All of them or none; where it says that it does not know a host, or that one is stuck, that one is left out. */
function expectWhole(fleet: Fleet, exitCode: number | null, stderr: string, story: string): void {
  // Nobody has told anything: the hosts go on by themselves.
  if (exitCode === null) return
  const unsure = fleet.hosts.filter(({ name }) => new RegExp(`\\[${name}\\] (STUCK|unknown)`).test(stderr))
  const stands = Object.entries(fleet.stands()).filter(([name]) => !unsure.some((host) => host.name === name))
  const wanted = exitCode === 0 ? '2.0.0' : '1.0.0'
  expect(
    stands.map(([name, stack]) => `${name} ${stack}`),
    story,
  ).toEqual(stands.map(([name]) => `${name} ${wanted}`))
}

/** Random numbers from 0 to 1 that follow from a seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
