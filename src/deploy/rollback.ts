import { UsageError } from '../shell/index.ts'
import { parseStore } from '../stack/index.ts'
import type { Remote } from '../task/context.ts'
import { prepareSite, type RollOut, unseen } from './change-host.ts'
import type { Conductor, Machine, Site } from './conduct.ts'
import { type Deployment, deploymentOf, planText } from './deployment.ts'
import { ended, refuseIfCancelled, refuseIfTooMany, refuseOddNumbers, remember, unasked } from './ends.ts'
import { planBack } from './plan-back.ts'
import { rollOut } from './roll-out.ts'
import { survey } from './survey.ts'

/** Where hosts go back to. */
export interface RollbackOptions {
  /** The generation, as `status` shows it; that of the stack before unless given. 0: as it was before the first deployment. */
  readonly to?: number
  /** The host of the store, which is told where the hosts are; nothing else is asked of it. */
  readonly store?: Remote
  readonly metaPath: string
  /** `main` unless given. */
  readonly domain?: string
  readonly planOnly?: boolean
  readonly ignoreHolds?: boolean
  /** Hosts that cannot be reached are left out; else they are among those that fail. */
  readonly skipBadHosts?: boolean
  /** For how long another deployment, or another apt, is waited for, in seconds; 120 unless given. */
  readonly waitSeconds?: number
  readonly who?: string
}

/**
 * Takes the hosts of the context back to a generation they remember, with the .debs they have kept: neither the store nor
 * any network behind them is needed. Throws a DeploymentFailed, which holds what became of each host.
 */
export async function rollback<M extends Machine>(
  context: Conductor<M>,
  options: RollbackOptions,
): Promise<Deployment> {
  if (context.hosts.length === 0) throw new UsageError('rollback: there are no hosts')
  const {
    to,
    metaPath,
    domain: named,
    who,
    waitSeconds = 120,
    planOnly = false,
    ignoreHolds = false,
    skipBadHosts = false,
  } = options
  if (to !== undefined && !(Number.isSafeInteger(to) && to >= 0))
    throw new UsageError(`rollback: ${to} is no generation`)
  refuseOddNumbers('rollback', { wait: waitSeconds })
  const store = parseStore({ metaPath, ...(named && { domain: named }), ...(who && { who }) })
  const { domain } = store
  const sites = await Promise.all(
    context.hosts.map(async (machine): Promise<Site<M>> => {
      const site: Site<M> = { machine, remote: context.on(machine), outcome: { type: 'unbegun' } }
      try {
        const state = await survey(site.remote, {
          domain,
          names: [],
          generations: true,
          waitSeconds,
          looksOnly: planOnly,
        })
        const plan = planBack(state, { domain, ignoreHolds, ...(to !== undefined && { to }) })
        site.plan = plan
        if (plan.refusals.length > 0)
          site.outcome = { type: 'refused', why: plan.refusals.join('; '), log: [] }
        else if (plan.number === state.current && plan.changes.every(({ type }) => type === 'same'))
          site.outcome = { type: 'same' }
        else if (planOnly) site.outcome = { type: 'planned' }
      } catch (error) {
        site.outcome = unseen(error, machine.name, skipBadHosts)
      }
      return site
    }),
  )
  const asked = to === undefined ? 'the stack before' : `generation ${to}`
  const deployment = () => deploymentOf(domain, { ...aimOf(sites), asked }, sites)
  if (context.dryRun) return unasked(context, deployment())
  for (const line of planText(deployment(), { all: planOnly, groups: context.groups })) context.log(line)
  refuseIfTooMany(context, sites, { deployment, planOnly })
  if (planOnly) return deployment()
  const how: RollOut<M> = {
    domain,
    stack: asked,
    who: store.who,
    when: `${new Date().toISOString().slice(0, 19)}Z`,
    // Who got back stays there: it is what was asked for.
    undo: 'failed',
    checkSeconds: 0,
    patienceSeconds: waitSeconds,
    keep: 1000,
    ignoreHolds,
  }
  const ready = await Promise.all(
    sites.map((site) => (isReady(site) ? prepareSite(site, how, new Map()) : undefined)),
  )
  refuseIfTooMany(context, sites, { deployment })
  await rollOut(
    context,
    sites,
    ready.filter((site) => site !== undefined),
    how,
  )
  refuseIfCancelled(context, sites, deployment)
  if (options.store !== undefined) await remember(context, options.store, store, sites, how.when)
  return ended(sites, deployment())
}

const isReady = <M extends Machine>(site: Site<M>): site is Site<M> & { plan: NonNullable<Site['plan']> } =>
  site.outcome.type === 'unbegun' && site.plan !== undefined

/** The stack they go back to, where it is one for all of them. */
function aimOf(sites: readonly Site[]): { readonly name: string; readonly digest: string } {
  const aims = sites.flatMap(({ plan }) => {
    const found = plan?.state.generations.get(plan.number)
    return found === undefined ? [] : [found]
  })
  if (sites.every(({ plan }) => plan?.number === 0)) return { name: 'no stack', digest: '' }
  const [first] = aims
  const isOne =
    first !== undefined && aims.every(({ digest, stack }) => digest === first.digest && stack === first.stack)
  return isOne ? { name: first.stack, digest: first.digest } : { name: 'as each remembers', digest: '' }
}
