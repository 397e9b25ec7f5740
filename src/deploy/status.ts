import { GachetteError } from '../shell/index.ts'
import { parseDomain } from '../stack/index.ts'
import { installedOf } from './change.ts'
import { type Conductor, type Machine, whyOf } from './conduct.ts'
import { lockName } from './lock-package.ts'
import { type HostState, probe, probeInput } from './probe.ts'

/** How hosts stand to what was deployed to them; plain JSON. */
export interface Status {
  readonly v: 1
  readonly domain: string
  /** Whether every host was reached, and is as its stack says. */
  readonly ok: boolean
  readonly hosts: readonly HostStatus[]
}

/** One host. */
export interface HostStatus {
  readonly host: string
  /** Why nothing is known of it. */
  readonly error?: string
  /** Null where nothing was deployed to it. */
  readonly stack: string | null
  readonly digest: string | null
  /** 0: none. */
  readonly generation: number
  readonly when: string | null
  readonly who: string | null
  readonly packages: number
  /** The generations it can go back to. */
  readonly remembers: readonly {
    readonly generation: number
    readonly stack: string
    readonly when: string
  }[]
  readonly drift: readonly Drift[]
}

/** One way in which a host is not as its stack says. */
export type Drift =
  | { readonly type: 'version'; readonly name: string; readonly version: string; readonly found: string }
  | { readonly type: 'missing'; readonly name: string; readonly version: string }
  | { readonly type: 'unfinished'; readonly name: string }
  /** Of a package, and not as it came; `isConfig`: a file that people may edit. */
  | { readonly type: 'file'; readonly path: string; readonly isConfig: boolean }
  | { readonly type: 'held'; readonly name: string }
  | { readonly type: 'unit'; readonly name: string; readonly state: string }
  | { readonly type: 'running' | 'interrupted'; readonly stack: string; readonly who: string }

/** Asks hosts what was deployed to them, and how they differ from it. Changes nothing. */
export async function status<M extends Machine>(
  context: Pick<Conductor<M>, 'hosts' | 'on'>,
  { domain: named = 'main' }: { readonly domain?: string } = {},
): Promise<Status> {
  const domain = parseDomain(named)
  const hosts = await Promise.all(
    context.hosts.map(async (machine) => {
      try {
        const query = probe(domain, { drift: true })
        return statusOf(
          machine.name,
          await context.on(machine).ask(query, { stdin: probeInput(domain, []), title: 'look at the host' }),
        )
      } catch (error) {
        if (!(error instanceof GachetteError)) throw error
        return { ...UNKNOWN, host: machine.name, error: whyOf(error, machine.name) }
      }
    }),
  )
  const ok = hosts.every(({ error, drift }) => error === undefined && !drift.some(matters))
  return { v: 1, domain, ok, hosts }
}

/** Local edits of configuration are people's right, and a hold is no difference yet. */
export const matters = (drift: Drift): boolean =>
  drift.type !== 'held' && !(drift.type === 'file' && drift.isConfig)

const UNKNOWN = {
  stack: null,
  digest: null,
  generation: 0,
  when: null,
  who: null,
  packages: 0,
  remembers: [],
  drift: [],
}

/** What a host's state means. */
export function statusOf(host: string, state: HostState): HostStatus {
  const now = state.generations.get(state.current)
  const remembers = [...state.generations.values()]
    .map(({ number, stack, when }) => ({ generation: number, stack, when }))
    .sort((one, other) => one.generation - other.generation)
  if (now === undefined) return { ...UNKNOWN, host, remembers, drift: underWay(state) }
  const { number, stack, digest, when, who, packages } = now
  return {
    host,
    stack,
    digest,
    generation: number,
    when,
    who,
    packages: packages.filter(({ name }) => name !== lockName(now.domain)).length,
    remembers,
    drift: [
      ...underWay(state),
      ...packages.flatMap((each) => packageDrift(state, each)),
      ...wholeness(state),
    ],
  }
}

function packageDrift(state: HostState, wanted: Parameters<typeof installedOf>[1]): readonly Drift[] {
  const { name, version } = wanted
  const found = installedOf(state, wanted)
  if (found === undefined) return [{ type: 'missing', name, version }]
  return [
    ...(found.version === version ? [] : [{ type: 'version', name, version, found: found.version } as const]),
    ...(/^.i $/.test(found.status) ? [] : [{ type: 'unfinished', name } as const]),
    ...(found.status.startsWith('h') ? [{ type: 'held', name } as const] : []),
  ]
}

const underWay = ({ heldBy, unfinished }: HostState): readonly Drift[] => [
  ...(heldBy === undefined ? [] : [{ type: 'running', stack: heldBy.stack, who: heldBy.who } as const]),
  ...(unfinished === undefined
    ? []
    : [{ type: 'interrupted', stack: unfinished.by.stack, who: unfinished.by.who } as const]),
]

const wholeness = ({ files, units }: HostState): readonly Drift[] => [
  ...files.flatMap((line): readonly Drift[] => {
    const path = /\/.*$/.exec(line)?.[0]
    // What this user may not read is no difference.
    if (path === undefined || path.endsWith('(Permission denied)')) return []
    return [{ type: 'file', path: path.replace(/ \(.*\)$/, ''), isConfig: /^\S+\s+c\s/.test(line) }]
  }),
  ...units.map(({ name, state }): Drift => ({ type: 'unit', name, state })),
]
