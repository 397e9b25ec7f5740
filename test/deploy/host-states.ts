import type { HostGeneration, HostPackage } from '../../src/deploy/generation.ts'
import type { HostState } from '../../src/deploy/probe.ts'

/** A digest that is easy to tell apart: the text, filled up. */
export const sum = (text: string): string => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64)

/** A package of a stack: `shop 1.0`. */
export function pkg(text: string, architecture = 'all'): HostPackage {
  const [name = '', version = ''] = text.split(' ')
  return { name, version, architecture, sha256: sum(text) }
}

/** A generation of these packages. */
export const generation = (
  number: number,
  stack: string,
  packages: HostGeneration['packages'],
  parent = number - 1,
): HostGeneration => ({
  number,
  parent,
  domain: 'main',
  stack,
  digest: sum(stack),
  when: '2026-11-20T10:00:00Z',
  who: 'jo@desk',
  packages,
})

/** A Debian 12 at rest, on which nothing is installed, but for what is said. */
export const hostState = (over: Partial<HostState> = {}): HostState => ({
  uid: 0,
  architecture: 'amd64',
  foreign: [],
  system: 'debian 12',
  isBooted: true,
  current: 0,
  generations: new Map(),
  installed: [],
  broken: [],
  audit: [],
  isInterrupted: false,
  cached: new Map(),
  disks: [],
  channels: new Map(),
  pool: new Set(),
  altered: new Set(),
  files: [],
  units: [],
  ...over,
})

/** `shop 1.0` as dpkg has it; `status` such as `hi `. */
export const installed = (text: string, status = 'ii ', architecture = 'all') => {
  const [name = '', version = ''] = text.split(' ')
  return { name, version, architecture, status }
}

/** A host at a generation, as that says; older ones are remembered, and all .debs are there. */
export function hostAt(...generations: readonly HostGeneration[]): HostState {
  const now = generations.at(-1)
  return hostState({
    current: now?.number ?? 0,
    generations: new Map(generations.map((each) => [each.number, each])),
    installed: (now?.packages ?? []).map(({ name, version }) => installed(`${name} ${version}`)),
    pool: new Set(generations.flatMap(({ packages }) => packages.map(({ sha256 }) => sha256))),
  })
}
