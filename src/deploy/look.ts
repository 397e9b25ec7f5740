import type { Pin, ResolvedStack, Store } from '../stack/index.ts'
import { type RollOut, unseen } from './change-host.ts'
import type { Conductor, Machine, Site } from './conduct.ts'
import type { HostPackage } from './generation.ts'
import { keepLock, lockPackage } from './lock-package.ts'
import { type Members, membersOf } from './members.ts'
import { type HostPlan, isThere, planHost } from './plan.ts'
import { survey } from './survey.ts'

/** What a plan depends on besides the stack and the host. */
export interface LookOptions {
  readonly members?: Members
  readonly planOnly?: boolean
  readonly waitSeconds?: number
  readonly ignoreHolds?: boolean
  readonly skipBadHosts?: boolean
  readonly lock?: boolean
  readonly reinstall?: boolean
  /** How gachette was called for the store, for the lines a message tells to type. */
  readonly typed?: string
}

/** Looks at all hosts at once, and plans each. */
export function surveyAll<M extends Machine>(
  context: Conductor<M>,
  store: Store,
  stack: ResolvedStack,
  options: LookOptions,
  how: RollOut<M>,
): Promise<Site<M>[]> {
  const {
    members = {},
    planOnly = false,
    waitSeconds = 120,
    ignoreHolds = false,
    skipBadHosts = false,
    reinstall = false,
  } = options
  return Promise.all(
    context.hosts.map(async (machine): Promise<Site<M>> => {
      const remote = context.on(machine)
      const site: Site<M> = { machine, remote, outcome: { type: 'unbegun' } }
      try {
        const pins = membersOf(
          stack.packages,
          machine.roles ?? [],
          members,
          `${options.typed ?? 'gachette'} stack show ${stack.name}`,
        )
        const state = await survey(remote, {
          domain: store.domain,
          names: pins.map(({ name }) => name),
          waitSeconds,
          looksOnly: planOnly,
          altered: reinstall,
        })
        const { channel } = how
        const aim = { domain: store.domain, stack: stack.name, digest: stack.digest }
        const packages = pins.map(hostPackage)
        const lock = options.lock ? lockPackage({ ...aim, packages }) : undefined
        if (lock !== undefined && !planOnly && !context.dryRun)
          site.own = new Map([[lock.pin.sha256, await keepLock(lock)]])
        site.plan = planHost(state, {
          ...aim,
          when: how.when,
          who: store.who,
          packages: lock === undefined ? packages : [...packages, lock.pin],
          ignoreHolds,
          ...(channel && { channel }),
        })
        site.outcome = planned(site.plan, planOnly)
      } catch (error) {
        site.outcome = unseen(error, machine.name, skipBadHosts)
      }
      return site
    }),
  )
}

function planned(plan: HostPlan, planOnly: boolean): Site['outcome'] {
  const { heldBy, unfinished } = plan.state
  if (plan.refusals.length > 0) return { type: 'refused', why: plan.refusals.join('; '), log: [] }
  if (heldBy !== undefined)
    return {
      type: 'refused',
      why: `${heldBy.who} deploys ${heldBy.stack} there since ${heldBy.since}`,
      log: [],
    }
  if (unfinished === undefined && isThere(plan)) return { type: 'same' }
  return { type: planOnly ? 'planned' : 'unbegun' }
}

function hostPackage({ name, version, architecture = '-', sha256 = '-' }: Pin): HostPackage {
  return { name, version, architecture, sha256 }
}
