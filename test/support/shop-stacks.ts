import { join } from 'node:path'
import type { DebianHost, DebianHostsOptions } from './debian-hosts.ts'
import { type Fleet, fleetFor, openFleet, type StackStore, stackStore } from './deploy-scene.ts'
import { until } from './sessions.ts'
import { type TinyDeb, tinyDeb } from './tiny-deb.ts'

/**
 * Two frozen stacks of a shop, 1.0.0 and 2.0.0, whose second one has a newcomer and can be made to fail, to wait or to fill
 * the disk on a host, at a moment of the installation; and hosts that are at 1.0.0 already.
 */
export interface ShopStacks {
  readonly store: StackStore
  /** Fresh hosts at 1.0.0, gone with the test. */
  fleet(count?: number, options?: DebianHostsOptions): Promise<Fleet>
  /** The same; whoever opens it stops it. */
  open(count?: number): Promise<Fleet>
}

/** Moments of an installation of 2.0.0, in their order. */
export const MOMENTS = ['preinst', 'postinst'] as const
export type Moment = (typeof MOMENTS)[number]

export async function shopStacks(): Promise<ShopStacks> {
  const store = stackStore()
  await store.stack('1.0.0', shop(store.debs, '1'))
  await store.stack('2.0.0', [...shop(store.debs, '2'), tinyDeb(store.debs, 'shop-search', '1')])
  const first = await openFleet(store, 1)
  const disk = join(store.debs, '../at-1.0.0')
  try {
    const { exitCode, stdout, stderr } = await first.gachette('-R', 'web', 'deploy', '1.0.0')
    if (exitCode !== 0) throw new Error(`deploy 1.0.0: ${stdout}${stderr}`)
    first.hosts[0]?.keepDisk(disk)
  } finally {
    await first.stop()
  }
  return {
    store,
    fleet: (count = 3, options = {}) => fleetFor(store, count, { over: disk, ...options }),
    open: (count = 3) => openFleet(store, count, { over: disk }),
  }
}

/** Says what is to happen on a host when 2.0.0 comes to a moment. */
export function plant(host: DebianHost | undefined, what: 'fail' | 'pause' | 'fill', moment: Moment): void {
  host?.sh(`mkdir -p /planted; touch "/planted/${what}-${moment}"`)
}

/** Waits until a host has come to a moment it is to pause at. */
export const paused = (host: DebianHost | undefined, moment: Moment): Promise<void> =>
  until(
    () => host?.sh(`cat "/planted/at-${moment}" 2>/dev/null || :`) !== '',
    `${host?.name} pauses at ${moment}`,
  )

/** Lets it go on. */
export const letGo = (host: DebianHost | undefined): void => void host?.sh('rm -f /planted/pause-*')

/** Waits until a process with something in its command line runs on a host. */
export const running = (host: DebianHost | undefined, pattern: string): Promise<void> =>
  until(
    () => host?.sh('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "').includes(pattern) ?? false,
    `${host?.name} runs ${pattern}`,
    40_000,
  )

/** The processes of a host whose command line has something, killed as a whole; none is no failure. */
export const killThere = (host: DebianHost | undefined, pattern: string): void =>
  void host?.sh(
    `for each in /proc/[0-9]*; do
  pid=\${each#/proc/}
  [ "$pid" != $$ ] && tr '\\0' ' ' <"$each/cmdline" 2>/dev/null | grep -qe "$1" && kill -KILL "$pid"
done 2>/dev/null || :`,
    pattern,
  )

const shop = (debs: string, version: string): readonly TinyDeb[] => [
  tinyDeb(debs, 'shop', version, {
    files: { '/etc/shop.conf': `version = ${version}\n`, '/usr/share/shop/page': `page ${version}\n` },
    conffiles: ['/etc/shop.conf'],
  }),
  tinyDeb(debs, 'shop-api', version, { control: `Depends: shop-core (= ${version})\n` }),
  tinyDeb(debs, 'shop-core', version, version === '1' ? {} : { scripts: shopScripts }),
  tinyDeb(debs, 'shop-front', version, { control: `Depends: shop-api (>= ${version})\n` }),
]

const planted = (
  moment: Moment,
) => `[ ! -e /planted/fill-${moment} ] || head -c 1G /dev/zero >/filler 2>/dev/null || :
[ ! -e /planted/fail-${moment} ] || { echo "the ${moment} was told to fail" >&2; exit 3; }
if [ -e /planted/pause-${moment} ]; then
  echo $$ >/planted/at-${moment}
  while [ -e /planted/pause-${moment} ]; do sleep 0.05; done
fi`

/** Of a package in which what is planted happens. */
export const shopScripts = { preinst: planted('preinst'), postinst: planted('postinst') }
