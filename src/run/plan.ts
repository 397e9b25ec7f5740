import type { Host, LocalHost } from '../inventory/host.ts'
import type { Invocation } from '../task/task.ts'

/** What a run will do: its steps in order, each with the hosts it runs on. Nothing is connected yet. */
export interface Plan {
  readonly steps: readonly PlanStep[]
  /** Every host of the run once, in the order of their first mention. */
  readonly hosts: readonly PlanHost[]
}

export interface PlanStep {
  readonly invocation: Invocation
  readonly hosts: readonly PlanHost[]
  /** It concerns no host: it runs once, here, however the others are divided into batches. */
  readonly isOnce: boolean
  /** The hosts that its task turns to itself, from here; none of a task that does not conduct. */
  readonly conducted: readonly PlanHost[]
}

/** A host and the name it has in events: `web1`, or `root@web1` where the run has web1 under several users. */
export interface PlanHost {
  readonly label: string
  readonly host: Host
}

/** Where a task that needs no host runs: here, once. Its session is opened only if it runs a command after all. */
export const here: LocalHost = { kind: 'local', name: 'local' }

/**
 * Invocations × hosts as a plan. An invocation without hosts, or one that conducts its hosts, runs once, here. A host
 * named twice in one step runs it once.
 */
export function planRun(
  wanted: readonly { readonly invocation: Invocation; readonly hosts: readonly Host[] }[],
): Plan {
  const byKey = new Map<string, PlanHost>()
  const all = wanted.map(({ invocation, hosts }) => {
    const conducted = invocation.task.conducts === true ? hosts : []
    const isOnce = hosts.length === 0 || conducted.length > 0
    return { invocation, hosts: isOnce ? [here] : hosts, conducted, isOnce }
  })
  const users = new Map<string, Set<string>>()
  for (const host of all.flatMap(({ hosts, conducted }) => [...hosts, ...conducted])) {
    users.set(host.name, (users.get(host.name) ?? new Set()).add(userOf(host)))
  }
  const named = (host: Host): PlanHost => {
    const key = keyOf(host)
    const known = byKey.get(key)
    if (known !== undefined) return known
    const isAmbiguous = (users.get(host.name)?.size ?? 0) > 1
    const made = {
      host,
      label: isAmbiguous && userOf(host) !== '' ? `${userOf(host)}@${host.name}` : host.name,
    }
    byKey.set(key, made)
    return made
  }
  const eachOnce = (hosts: readonly Host[]) => [...new Set(hosts.map(named))]
  const steps = all.map(({ hosts, conducted, ...step }) => ({
    ...step,
    hosts: eachOnce(hosts),
    conducted: eachOnce(conducted),
  }))
  return { steps, hosts: [...byKey.values()] }
}

/** What makes two hosts of a run the same one. */
export const keyOf = (host: Host): string => `${host.kind} ${userOf(host)} ${host.name}`

/** The user that a host names; empty where it names none. */
export const userOf = (host: Host): string => (host.kind === 'ssh' ? (host.user ?? '') : '')
