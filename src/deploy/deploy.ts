import { UsageError } from '../shell/index.ts'
import { parseStore, type ResolvedStack, resolveStack, type Store, type TrustPolicy } from '../stack/index.ts'
import type { Remote } from '../task/context.ts'
import { fetchDebs, forgetDeb } from './cache.ts'
import { prepareSite, type Ready, type RollOut } from './change-host.ts'
import { commitsOf, versionsIn, withCommits } from './commits.ts'
import type { Conductor, Machine, Site } from './conduct.ts'
import { type Deployment, deploymentOf, planText } from './deployment.ts'
import { ended, refuseIfCancelled, refuseIfTooMany, refuseOddNumbers, remember, unasked } from './ends.ts'
import { surveyAll } from './look.ts'
import type { Members } from './members.ts'
import type { HostPlan } from './plan.ts'
import { rollOut } from './roll-out.ts'

/** What is deployed, and how. */
export interface DeployOptions<M extends Machine = Machine> {
  /** A stack, a channel, `latest`, or a range such as `^1.2`. */
  readonly stack: string
  /** The host of the store. */
  readonly store: Remote
  /** META there. */
  readonly metaPath: string
  /** `main` unless given. */
  readonly domain?: string
  /** Whose signatures are asked for, and whether a stack that is not frozen will do. */
  readonly policy?: TrustPolicy
  /** Which packages the hosts of each role have; all unless given. */
  readonly members?: Members
  /** Stop when it is clear what would be done. */
  readonly planOnly?: boolean
  /** What goes back when more hosts fail than may: all hosts of this deployment (unless given), or those that failed. */
  readonly undo?: 'all' | 'failed'
  readonly ignoreHolds?: boolean
  /** Hosts that cannot be reached are left out; else they are among those that fail. */
  readonly skipBadHosts?: boolean
  /** A line of shell that must succeed on each host; or a function that throws where a host is not well. */
  readonly check?: string | ((machine: M) => Promise<unknown>)
  /** Packages whose files were changed on a host are installed again, also where their version stays; configuration is not theirs. */
  readonly reinstall?: boolean
  /** A package is installed besides that keeps the host in the stack: dpkg itself refuses other versions then. */
  readonly lock?: boolean
  /** For how long a check is tried again, in seconds; 30 unless given. */
  readonly checkSeconds?: number
  /** For how long another deployment, or another apt, is waited for, in seconds; 120 unless given. */
  readonly waitSeconds?: number
  /** How many generations hosts keep; 5 unless given. */
  readonly keep?: number
  /** Who deploys, for the hosts' records: user@controller unless given. */
  readonly who?: string
  /** How gachette was called, for the lines a message tells to type. */
  readonly typed?: string
}

/**
 * Moves the hosts of the context to exactly the versions of a stack: all of them, or (more than may fail did) none. Nothing
 * is installed anywhere before every host is known to be able to. Throws a DeploymentFailed, which holds what became of
 * each host, and a TaskError where the stack itself is refused.
 */
export async function deploy<M extends Machine>(
  context: Conductor<M>,
  options: DeployOptions<M>,
): Promise<Deployment> {
  if (context.hosts.length === 0) throw new UsageError('deploy: there are no hosts to deploy to')
  const {
    who,
    domain: named,
    metaPath,
    typed,
    policy,
    checkSeconds = 30,
    waitSeconds = 120,
    keep = 5,
  } = options
  refuseOddNumbers('deploy', { check_seconds: checkSeconds, wait: waitSeconds })
  refuseOddNumbers('deploy', { keep }, 1)
  const store = parseStore({ metaPath, ...(named && { domain: named }), ...(who && { who }) })
  const stack = await resolveStack(options.store, context.local, {
    store,
    name: options.stack,
    ...(policy && { policy }),
    ...(typed && { typed }),
  })
  const how = rollOutOptions(store, stack, options)
  if (stack.asked !== stack.name) context.log(`${stack.asked} is stack ${stack.name}`)
  const sites = await surveyAll(context, store, stack, options, how)
  await nameCommits(options.store, store, sites)
  const ready = sites.filter(hasWork)
  const deployment = () => deploymentOf(store.domain, stack, sites)
  if (context.dryRun) return unasked(context, deployment())
  const { planOnly = false } = options
  for (const line of planText(deployment(), { all: planOnly, groups: context.groups })) context.log(line)
  refuseIfTooMany(context, sites, { deployment, planOnly })
  if (planOnly) return deployment()
  if (ready.length > 0) {
    const prepared = await prepareAll(options.store, store, stack, ready, how)
    refuseIfTooMany(context, sites, { deployment })
    await rollOut(context, sites, prepared, how)
  }
  refuseIfCancelled(context, sites, deployment)
  await remember(context, options.store, store, sites, how.when)
  return ended(sites, deployment())
}

function rollOutOptions<M extends Machine>(
  store: Store,
  stack: ResolvedStack,
  options: DeployOptions<M>,
): RollOut<M> {
  const { undo = 'all', check, checkSeconds = 30, waitSeconds = 120, keep = 5, ignoreHolds = false } = options
  const { channel } = stack
  return {
    domain: store.domain,
    stack: stack.name,
    who: store.who,
    when: `${new Date().toISOString().slice(0, 19)}Z`,
    undo,
    ...(typeof check === 'string' && { check }),
    ...(typeof check === 'function' && { checkHost: check }),
    checkSeconds,
    patienceSeconds: waitSeconds,
    keep,
    ignoreHolds,
    ...(channel && { channel: { name: channel.channel, number: channel.number } }),
    onDamaged: forgetDeb,
  }
}

/** Adds to the plans which commits their versions come from: one question about all of them. */
async function nameCommits(remote: Remote, store: Store, sites: readonly Site[]): Promise<void> {
  const stdin = versionsIn(sites.flatMap(({ plan }) => plan?.changes ?? []))
  if (stdin === '') return
  const commits = await remote.ask(commitsOf(store), { stdin, title: 'ask which commits these are' })
  for (const site of sites)
    if (site.plan !== undefined)
      site.plan = { ...site.plan, changes: site.plan.changes.map((each) => withCommits(each, commits)) }
}

const hasWork = <M extends Machine>(site: Site<M>): site is Site<M> & { plan: HostPlan } =>
  site.plan !== undefined && site.outcome.type === 'unbegun'

/** Sends every host what it lacks, all at once, and asks each whether it could. */
async function prepareAll<M extends Machine>(
  remote: Remote,
  { meta }: Store,
  { packages }: ResolvedStack,
  ready: readonly (Site<M> & { plan: HostPlan })[],
  how: RollOut<M>,
): Promise<readonly Ready<M>[]> {
  const missing = new Set(ready.flatMap(({ plan }) => plan.missing.map(({ sha256 }) => sha256)))
  const needed = packages.flatMap((pin) =>
    pin.sha256 !== undefined && missing.has(pin.sha256) ? [{ ...pin, sha256: pin.sha256 }] : [],
  )
  const debs = needed.length === 0 ? new Map<string, string>() : await fetchDebs(remote, meta, needed)
  const prepared = await Promise.all(
    ready.map((site) => prepareSite(site, how, new Map([...debs, ...(site.own ?? [])]))),
  )
  return prepared.filter((site) => site !== undefined)
}
