import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DebianHost } from '../support/debian-hosts.ts'
import { type Fleet, openFleet, type StackStore, stackStore } from '../support/deploy-scene.ts'
import { describeWith } from '../support/needs.ts'
import { type TinyDeb, tinyDeb } from '../support/tiny-deb.ts'

describeWith(['mmdebstrap', 'systemd-nspawn', 'setpriv', 'root'], 'deploy, besides', () => {
  let store: StackStore
  let fleet: Fleet
  let host: DebianHost
  beforeAll(async () => {
    store = stackStore()
    const { debs } = store
    const one = (name: string, version: string, control = '') => tinyDeb(debs, name, version, { control })
    await store.stack('1.0.0', [one('shop', '1'), one('shop-api', '1')])
    await store.stack('2.0.0', [one('shop', '2'), one('shop-api', '2')])
    await store.stack('ext', [one('shop', '3', 'Depends: elsewhere\n')])
    await store.stack('pushy', [one('shop', '4', 'Conflicts: dear\n')])
    fleet = await openFleet(store, 1)
    host = fleet.hosts[0] as DebianHost
  }, 240_000)
  afterAll(async () => {
    await fleet.stop()
    store.remove()
  })
  const deploy = (...argv: readonly string[]) => fleet.gachette('-R', 'web', 'deploy', ...argv)
  const rollback = (...argv: readonly string[]) => fleet.gachette('-R', 'web', 'rollback', ...argv)

  test('what was there before the first deployment is there again after a rollback to 0', async () => {
    const old = tinyDeb(store.debs, 'shop', '0.9')
    bring(host, old, '/var/cache/apt/archives/shop_0.9_all.deb')
    host.sh('apt-get install -y -qq /var/cache/apt/archives/shop_0.9_all.deb')
    bring(host, tinyDeb(store.debs, 'shop-api', '0.5'), '/tmp/api.deb')
    host.sh('dpkg -i /tmp/api.deb')
    const first = await deploy('1.0.0')
    expect(first.exitCode, first.stderr).toBe(0)
    expect(first.stdout).toContain(
      "note: there is no way back to shop-api 0.5: its .deb is not in apt's cache",
    )
    expect((await deploy('2.0.0')).exitCode).toBe(0)
    host.sh('apt-get clean')
    const back = await rollback('--to', '0')
    expect(back.exitCode, back.stderr).toBe(0)
    expect(back.stdout).toContain('shop-api stays: nobody has the .deb of 0.5')
    expect(versions(host, 'shop', 'shop-api')).toEqual(['shop 0.9', 'shop-api 2'])
    expect(fleet.record(host)).toBeUndefined()
    host.sh('dpkg --purge shop shop-api')
  }, 60_000)

  test('a locked host refuses other versions; the next deployment replaces the lock, and one without takes it off', async () => {
    expect((await deploy('1.0.0', '--lock')).exitCode).toBe(0)
    bring(host, tinyDeb(store.debs, 'shop', '2'), '/tmp/shop.deb')
    expect(() => host.sh('apt-get install -y /tmp/shop.deb')).toThrow(
      /Breaks: shop|Essential packages were removed/,
    )
    expect(() => host.sh('apt-get install -y /tmp/shop.deb gachette-stack-main-')).toThrow(
      /[Ee]ssential packages were removed/,
    )
    expect((await deploy('2.0.0', '--lock')).exitCode).toBe(0)
    expect(versions(host, 'gachette-stack-main', 'shop')[0]).toMatch(/^gachette-stack-main 2\.0\.0\+/)
    const off = await deploy('2.0.0')
    expect(off.stdout).toContain('- gachette-stack-main')
    expect(versions(host, 'gachette-stack-main', 'shop')).toEqual(['shop 2'])
    // Its generation is what it was: the lock comes back with it.
    expect((await rollback()).exitCode).toBe(0)
    expect(versions(host, 'gachette-stack-main')[0]).toMatch(/^gachette-stack-main 2\.0\.0\+/)
  }, 60_000)

  test('what the stack depends on comes from where the host gets its packages; a package that is in the way is named', async () => {
    await deploy('1.0.0')
    const nowhere = await deploy('ext')
    expect(nowhere.exitCode).toBe(1)
    expect(nowhere.stderr).toContain('[web1] untouched, apt finds no way to install it')
    expect(versions(host, 'shop')).toEqual(['shop 1'])
    repository(host, tinyDeb(store.debs, 'elsewhere', '7'))
    const found = await deploy('ext')
    expect(found.exitCode, found.stderr).toBe(0)
    expect(found.stdout).toContain('web1: apt installs elsewhere 7 besides')
    expect(versions(host, 'elsewhere', 'shop', 'shop-api')).toEqual(['elsewhere 7', 'shop 3'])
    bring(host, tinyDeb(store.debs, 'dear', '1'), '/tmp/dear.deb')
    host.sh('dpkg -i /tmp/dear.deb')
    const pushy = await deploy('pushy')
    expect(pushy.stderr).toContain('[web1] untouched, apt would remove dear to get there')
    expect(versions(host, 'dear', 'shop')).toEqual(['dear 1', 'shop 3'])
  }, 60_000)

  test('roles have the members that the settings give them', async () => {
    fleet.configure('members: { web: ["shop-*"] }')
    const some = await deploy('2.0.0')
    fleet.configure()
    expect(some.exitCode, some.stderr).toBe(0)
    expect(versions(host, 'shop', 'shop-api')).toEqual(['shop-api 2'])
  }, 60_000)

  test('a host keeps as many generations as it is told to, and the .debs they need', async () => {
    for (const stack of ['1.0.0', '2.0.0', '1.0.0', '2.0.0'])
      expect((await deploy(stack, '--keep', '2')).exitCode).toBe(0)
    const kept = host
      .sh('cd /var/lib/gachette/main; ls -v generations; readlink current; ls debs')
      .trim()
      .split('\n')
    const [older = '', newer = '', current, ...debs] = kept
    expect([Number(newer) - Number(older), current]).toEqual([1, `generations/${newer}`])
    expect(debs).toHaveLength(4)
    expect((await rollback()).exitCode).toBe(0)
    expect(fleet.stands()).toEqual({ web1: '1.0.0' })
  }, 60_000)

  test('an older pointer of a channel than the host has seen is refused', async () => {
    const { gachette } = fleet
    for (const stack of ['1.0.0', '2.0.0'])
      expect((await gachette('-H', 'local', 'stack', 'promote', stack, 'live')).exitCode).toBe(0)
    expect((await deploy('live')).exitCode).toBe(0)
    expect(fleet.stands()).toEqual({ web1: '2.0.0' })
    host.sh('echo 9 >/var/lib/gachette/main/channels/live')
    const replayed = await deploy('live')
    expect(replayed.exitCode).toBe(1)
    expect(replayed.stderr).toContain('channel live is at number 2, and this host has seen 9')
  }, 60_000)

  test("a task of the user's own deploys with a check of its own: a host that is not well goes back", async () => {
    writeFileSync(join(fleet.project, 'gachette.tasks.ts'), SHIP, { mode: 0o600 })
    await deploy('1.0.0')
    const ill = await fleet.gachette('-R', 'web', 'ship:2.0.0')
    expect(ill.exitCode).toBe(1)
    expect(ill.stderr).toContain(
      '[web1] at 1.0.0 again, taken back: its check failed: test -e /etc/well failed (exit 1)',
    )
    expect(fleet.stands()).toEqual({ web1: '1.0.0' })
    host.sh('touch /etc/well')
    const well = await fleet.gachette('-R', 'web', 'ship:2.0.0')
    expect(well.exitCode, well.stderr).toBe(0)
    expect(fleet.stands()).toEqual({ web1: '2.0.0' })
  }, 60_000)
})

const SHIP = `import { defineTask, deploy, storeHost } from 'gachette'

export const ship = defineTask({
  summary: 'Deploy, and see whether hosts are well',
  conducts: true,
  params: { stack: { type: 'string' }, meta: { type: 'string', setting: 'meta_path' } },
  run: (context, { stack, meta }) =>
    deploy(context, {
      stack,
      store: context.on(storeHost(context.setting)),
      metaPath: meta,
      check: (host) => context.on(host).run\`test -e /etc/well\`,
    }),
})
`

/** Lays a package's file on a host. */
const bring = (host: DebianHost, deb: TinyDeb, path: string) =>
  host.sh('printf %s "$1" | base64 -d >"$2"', readFileSync(deb.path).toString('base64'), path)

const versions = (host: DebianHost, ...names: readonly string[]) =>
  host
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's, not ours
    .sh('dpkg-query -W -f \'${db:Status-Abbrev}${Package} ${Version}\\n\' "$@" 2>/dev/null || :', ...names)
    .split('\n')
    .filter((line) => line.startsWith('ii '))
    .map((line) => line.slice(3))

/** An apt repository on the host itself, with one package. */
function repository(host: DebianHost, deb: TinyDeb) {
  host.sh('mkdir -p /srv/repo')
  bring(host, deb, `/srv/repo/${deb.fileName}`)
  const control = execFileSync('dpkg-deb', ['-f', deb.path], { encoding: 'utf8' })
  const size = statSync(deb.path).size
  const index = `${control}Filename: ./${deb.fileName}\nSize: ${size}\nSHA256: ${deb.sha256}\n`
  host.sh('printf %s "$1" >/srv/repo/Packages', index)
  host.sh(`rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list.d/local.list; apt-get update -qq`)
}
