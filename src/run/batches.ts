import { countOf, type HostShare } from '../inventory/host-share.ts'
import type { Plan, PlanHost } from './plan.ts'

/** How a run goes over its hosts. */
export interface Rollout {
  /** Hosts that go through a sequence of tasks together, of those it is for; all of them unless given. */
  readonly batch?: HostShare
  /** So many hosts go first, alone; none unless given. */
  readonly canary?: number
}

/** Some steps on some hosts: everything here has ended before the next batch begins. */
export interface Batch {
  /** Indices into the steps of the plan. A step that concerns no host runs here, whatever `hosts` are. */
  readonly steps: readonly number[]
  readonly hosts: readonly PlanHost[]
  /** The rest of the run follows only if all of this went well. */
  readonly isCanary: boolean
}

/**
 * A plan in the order in which it is carried out. Tasks that follow each other on the same hosts are one part, and a part
 * goes over its hosts in batches, the canary first. A task that concerns no host runs once, at its place: between two
 * parts, or within the first batch of the part it stands in.
 */
export function batchesOf(plan: Plan, rollout: Rollout = {}): readonly Batch[] {
  return partsOf(plan).flatMap(({ steps, hosts }) => {
    const shared = steps.filter((step) => plan.steps[step]?.isOnce !== true)
    if (shared.length === 0) return [{ steps, hosts, isCanary: false }]
    return groupsOf(hosts, rollout).map((group, at) => ({ ...group, steps: at === 0 ? steps : shared }))
  })
}

interface Part {
  readonly steps: number[]
  readonly hosts: readonly PlanHost[]
}

function partsOf({ steps }: Plan): readonly Part[] {
  const parts: Part[] = []
  let members: ReadonlySet<PlanHost> = new Set()
  /** Steps that concern no host, and whose part is not known yet. */
  let between: number[] = []
  const flush = () => {
    for (const step of between) parts.push({ steps: [step], hosts: steps[step]?.hosts ?? [] })
    between = []
  }
  for (const [at, { hosts, isOnce }] of steps.entries()) {
    if (isOnce) {
      between.push(at)
      continue
    }
    if (hosts.length === 0) continue
    const part = parts.at(-1)
    if (part !== undefined && members.size === hosts.length && hosts.every((host) => members.has(host))) {
      part.steps.push(...between, at)
      between = []
      continue
    }
    flush()
    members = new Set(hosts)
    parts.push({ steps: [at], hosts })
  }
  flush()
  return parts
}

/** Hosts in the order and the groups in which they are worked on: the canary, if any, then the others. */
export function groupsOf(
  hosts: readonly PlanHost[],
  { batch, canary = 0 }: Rollout,
): readonly Omit<Batch, 'steps'>[] {
  const size = batch === undefined ? hosts.length : Math.max(1, countOf(batch, hosts.length))
  const cut = (some: readonly PlanHost[], isCanary: boolean) =>
    Array.from({ length: Math.ceil(some.length / size) }, (_, at) => ({
      hosts: some.slice(at * size, (at + 1) * size),
      isCanary,
    }))
  return [...cut(hosts.slice(0, canary), true), ...cut(hosts.slice(canary), false)]
}
