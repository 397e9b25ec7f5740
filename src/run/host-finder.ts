import type { Host } from '../inventory/host.ts'
import { keyOf, type Plan, type PlanHost, userOf } from './plan.ts'

/**
 * The hosts of a run as tasks may name them (`on('db1')`): those of the plan, and others, each with a label that no other
 * host of the run has. A name without a user means the run's own host of that name, if it has one.
 */
export class HostFinder {
  readonly #byKey = new Map<string, PlanHost>()
  readonly #ofPlan = new Map<string, readonly PlanHost[]>()
  readonly #labels = new Set<string>()
  readonly #read: (text: string) => Host

  /** @param read makes a host of a text; throws a UsageError for what is none */
  constructor(plan: Plan, read: (text: string) => Host) {
    this.#read = read
    for (const planned of plan.hosts) {
      this.#add(planned)
      const { name } = planned.host
      this.#ofPlan.set(name, [...(this.#ofPlan.get(name) ?? []), planned])
    }
  }

  of(other: string | Host): PlanHost {
    const host = typeof other === 'string' ? this.#read(other) : other
    const known = this.#byKey.get(keyOf(host))
    if (known !== undefined) return known
    const [only, ...more] = this.#ofPlan.get(host.name) ?? []
    const isMeant = only?.host.kind === host.kind && more.length === 0 && userOf(host) === ''
    if (only !== undefined && isMeant) return only
    const label = this.#labels.has(host.name) ? `${userOf(host)}@${host.name}` : host.name
    return this.#add({ host, label })
  }

  #add(host: PlanHost): PlanHost {
    this.#byKey.set(keyOf(host.host), host)
    this.#labels.add(host.label)
    return host
  }
}
