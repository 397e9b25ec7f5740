import { type Query, script, sh, TaskError } from '../shell/index.ts'
import { type HostGeneration, parseHostGeneration } from './generation.ts'
import { lockName } from './lock-package.ts'
import { base } from './shell/base.ts'
import { ALTERED, DRIFT, PROBE } from './shell/probe.ts'

/** A host as it is, as far as a deployment is concerned. */
export interface HostState {
  /** Of the user who logged in; 0 is root. */
  readonly uid: number
  readonly architecture: string
  /** Others that dpkg takes there. */
  readonly foreign: readonly string[]
  /** Such as `debian 12`; empty where it does not say. */
  readonly system: string
  /** Whether systemd runs its services. */
  readonly isBooted: boolean
  /** The generation it is at; 0: none yet. */
  readonly current: number
  /** What it remembers, by number; other than the current one without their packages, unless they were asked for. */
  readonly generations: ReadonlyMap<number, HostGeneration>
  readonly installed: readonly InstalledPackage[]
  /** Packages that dpkg has not finished, of the stack or not. */
  readonly broken: readonly string[]
  /** What `dpkg --audit` says. */
  readonly audit: readonly string[]
  /** dpkg was killed in the middle of writing down what it did. */
  readonly isInterrupted: boolean
  /** .debs that apt kept of what is installed: name → digest and path. */
  readonly cached: ReadonlyMap<string, { readonly sha256: string; readonly path: string }>
  /** Free room where packages are unpacked to (/usr), then where .debs are kept; both may be one disk. */
  readonly disks: readonly { readonly mount: string; readonly freeKiB: number }[]
  /** Who holds dpkg's own lock, such as `unattended-upgr (pid 812)`. */
  readonly aptHeldBy?: string
  /** Another deployment runs there. */
  readonly heldBy?: Holder
  /** A deployment was killed there in the middle. */
  readonly unfinished?: { readonly id: string; readonly by: Holder }
  /** Number of the last pointer of each channel it was deployed from. */
  readonly channels: ReadonlyMap<string, number>
  /** Digests of the .debs it has. */
  readonly pool: ReadonlySet<string>
  /** Packages of its generation of which a file, but none of configuration, was changed or removed; empty unless asked for. */
  readonly altered: ReadonlySet<string>
  /** Lines of `dpkg -V`, and units that are enabled and not active; both empty unless drift was asked for. */
  readonly files: readonly string[]
  readonly units: readonly { readonly name: string; readonly state: string }[]
}

/** A package as dpkg has it; `status` is its abbreviation, such as `ii ` or `hi ` (held). */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  readonly status: string
}

/** A deployment, as others see it. */
export interface Holder {
  readonly stack: string
  readonly who: string
  /** ISO time, UTC. */
  readonly since: string
  readonly id: string
}

/** What is to be found out besides. */
export interface ProbeOptions {
  /** The packages of all generations, not of the current one alone. */
  readonly generations?: boolean
  /** Whether files and services are as they were installed; this reads all files of the packages. */
  readonly drift?: boolean
  /** Which packages have files that were changed; this reads them all, too. */
  readonly altered?: boolean
}

/** What the probe reads: the packages it is asked about. Those that the host's generation has, it knows. */
export const probeInput = (domain: string, names: readonly string[]): string =>
  [...names, lockName(domain)].map((name) => `${name}\n`).join('')

/** Everything about a host in one question; its stdin is `probeInput`. */
export const probe = (domain: string, options: ProbeOptions = {}): Query<HostState> => ({
  command: script(sh`${base(domain)}
every=${options.generations ? 'yes' : ''}
${PROBE}
${options.drift ? DRIFT : sh``}
${options.altered ? ALTERED : sh``}`),
  parse: parseState,
  assumed: NOTHING,
  failed: ({ exitCode, stderr }) =>
    exitCode === 127 ? new TaskError(`this is no Debian host: ${stderr.trim()}`) : undefined,
})

const NOTHING: HostState = {
  uid: 0,
  architecture: '',
  foreign: [],
  system: '',
  isBooted: false,
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
}

/** Reads what the probe printed. Throws a TaskError where it is cut, or no Debian answered. */
export function parseState(stdout: string): HostState {
  const { facts, generations } = taken(stdout)
  const all = (wanted: string) => facts.filter(([key]) => key === wanted).map(([, ...values]) => values)
  const first = (wanted: string) => all(wanted)[0]
  const [uid = '', architecture = '', foreign = '', system = '', booted = ''] = first('machine') ?? []
  if (!/^\d+$/.test(uid) || architecture === '')
    throw new TaskError('the host did not say what it is', {
      hint: 'dpkg, apt, awk and util-linux are needed there',
    })
  const [aptPid, aptName = ''] = first('aptlock') ?? []
  const held = first('held')
  const [unfinishedId, ...by] = first('unfinished') ?? []
  return {
    uid: Number(uid),
    architecture,
    foreign: foreign.split(' ').filter(Boolean),
    system,
    isBooted: booted !== '',
    current: Number(first('current')?.[0] ?? 0) || 0,
    generations,
    installed: all('package').map(([name = '', version = '', arch = '', status = '']) => ({
      name,
      version,
      architecture: arch,
      status,
    })),
    broken: all('broken').map(([name = '']) => name),
    audit: all('audit').map(([line = '']) => line),
    isInterrupted: first('interrupted') !== undefined,
    cached: new Map(all('cached').map(([name = '', sha256 = '', path = '']) => [name, { sha256, path }])),
    disks: all('disk').map(([mount = '', free]) => ({ mount, freeKiB: Number(free) || 0 })),
    ...(aptPid && { aptHeldBy: aptName === '' ? `pid ${aptPid}` : `${aptName} (pid ${aptPid})` }),
    ...(held && { heldBy: parseHolder(held) }),
    ...(unfinishedId && { unfinished: { id: unfinishedId, by: parseHolder(by) } }),
    channels: new Map(all('channel').map(([name = '', number]) => [name, Number(number) || 0])),
    pool: new Set(all('pool').map(([sha256 = '']) => sha256)),
    altered: new Set(all('altered').map(([name = '']) => name)),
    files: all('file').map(([line = '']) => line),
    units: all('unit').map(([name = '', state = '']) => ({ name, state })),
  }
}

const parseHolder = ([stack = '', who = '', since = '', id = '']: readonly string[]): Holder => ({
  stack: stack || 'another stack',
  who: who || 'somebody',
  since,
  id,
})

/** Lines of facts, and between them manifests, which end with a line `]}`. */
function taken(stdout: string) {
  const facts: (readonly string[])[] = []
  const generations = new Map<number, HostGeneration>()
  let manifest: string[] | undefined
  for (const line of stdout.split('\n')) {
    if (manifest === undefined) {
      if (line.startsWith('generation\t')) manifest = []
      else if (line !== '') facts.push(line.split('\t'))
      continue
    }
    manifest.push(line)
    if (line !== ']}') continue
    const generation = parseHostGeneration(manifest.join('\n'))
    generations.set(generation.number, generation)
    manifest = undefined
  }
  if (manifest !== undefined) throw new TaskError('the answer of the host was cut')
  return { facts, generations }
}
