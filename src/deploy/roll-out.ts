import { randomBytes } from 'node:crypto'
import { CancelledError, GachetteError } from '../shell/index.ts'
import {
  type Conductor,
  hasFailed,
  type Machine,
  mayFail,
  type Outcome,
  type Site,
  whyOf,
} from './conduct.ts'
import { runJob } from './install.ts'
import { type JobOptions, jobStream } from './job.ts'
import type { HostPlan } from './plan.ts'
import { NotPrepared, prepareHost } from './prepare.ts'

/** How the hosts of a deployment are changed. */
export interface RollOut<M extends Machine> extends Omit<JobOptions, 'id'> {
  /** What goes back when more hosts fail than may: those that failed do anyway. */
  readonly undo: 'all' | 'failed'
  /** The user's own check of a host that has got there; it fails by throwing. */
  readonly checkHost?: (machine: M) => Promise<unknown>
  /** Hears that this machine's copy of a .debs was damaged. */
  readonly onDamaged?: (sha256: string) => Promise<void>
}

/** A site whose host is ready: the id of the job that lies there. */
export type Ready<M extends Machine> = Site<M> & { plan: HostPlan; job: string }

/** Sends each host what it lacks and asks whether it could; what fails is the site's outcome. */
export async function prepareSite<M extends Machine>(
  site: Site<M> & { plan: HostPlan },
  options: RollOut<M>,
  debs: ReadonlyMap<string, string>,
): Promise<Ready<M> | undefined> {
  const { remote, machine, plan } = site
  const id = randomBytes(6).toString('hex')
  const { domain } = options
  try {
    const stdin = await jobStream(plan, { ...options, id }, debs)
    const sudo = plan.state.uid === 0 ? {} : { sudo: true as const }
    const prepared = await remote.ask(prepareHost(domain, id, plan), {
      stdin,
      ...sudo,
      title: 'send and prepare',
    })
    if (prepared.wasHealed)
      remote.log(`${machine.name}: dpkg had been interrupted there, and was brought to an end`)
    site.others = prepared.others
    if (prepared.others.length > 0) {
      const named = prepared.others.map(({ name, version }) => `${name} ${version}`).join(', ')
      remote.log(
        `${machine.name}: apt installs ${named} besides; what is of no stack stays when the host goes back`,
      )
    }
    return Object.assign(site, { job: id })
  } catch (error) {
    site.outcome = refused(error, machine.name)
    if (error instanceof NotPrepared && error.message.includes('arrived as other bytes'))
      await Promise.all(plan.missing.map(({ sha256 }) => options.onDamaged?.(sha256)))
    return undefined
  }
}

/** A host that could not be looked at, or not be prepared: nothing was installed there. */
export function refused(error: unknown, name: string): Outcome {
  if (!(error instanceof GachetteError) || error instanceof CancelledError) throw error
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return { type: 'refused', why: whyOf(error, name), log: error.output, ...hint }
}

/** Goes over the hosts that are ready, group after group, until too many have failed. Outcomes are in the sites. */
export async function rollOut<M extends Machine>(
  context: Conductor<M>,
  sites: readonly Site<M>[],
  ready: readonly Ready<M>[],
  options: RollOut<M>,
): Promise<void> {
  const bound = mayFail(context.maxFail, sites.length)
  for (const { machine, outcome } of sites)
    if (outcome.type === 'refused') context.warn(`${machine.name} is left out: ${outcome.why}`)
  for (const [at, { hosts, isCanary }] of context.groups.entries()) {
    if (context.signal.aborted) return
    const names = new Set(hosts.map(({ name }) => name))
    const group = ready.filter(({ machine }) => names.has(machine.name))
    if (group.length === 0) continue
    if (context.groups.length > 1)
      context.log(
        `${isCanary ? 'canary' : `batch ${at + 1}`}: ${group.map(({ machine }) => machine.name).join(', ')}`,
      )
    await Promise.all(group.map((site) => changeSite(site, options)))
    const failed = sites.filter(hasTroubled)
    const isBad = failed.length > bound || (isCanary && group.some(hasTroubled))
    if (!isBad) continue
    if (options.undo === 'all') await undoAll(context, sites, options, reasonFor(failed))
    return
  }
}

/** Failed, and not merely left to be done. */
const hasTroubled = (site: Site): boolean => hasFailed(site) && site.outcome.type !== 'unbegun'

const reasonFor = (failed: readonly Site[]): string =>
  `${failed.map(({ machine }) => machine.name).join(', ')} failed`

async function changeSite<M extends Machine>(site: Ready<M>, options: RollOut<M>): Promise<void> {
  const { remote, machine, plan, job } = site
  site.outcome = await changed(site, options.domain, job)
  if (site.outcome.type !== 'done' || options.checkHost === undefined) return
  try {
    await options.checkHost(machine)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const why = `its check failed: ${whyOf(error, machine.name)}`
    remote.warn(`${machine.name}: ${why}`)
    await undo(site, options, why, plan)
  }
}

async function changed(site: Site, domain: string, job: string): Promise<Outcome> {
  const { remote, machine, plan } = site
  try {
    const end = await runJob(remote, domain, job, plan?.state.uid === 0)
    switch (end.type) {
      case 'done':
      case 'back':
      case 'stuck':
        return end
      case 'stale':
        return refusal('somebody else has changed this host since it was looked at')
      case 'held':
        return refusal(`${end.by.who} deploys ${end.by.stack} there since ${end.by.since}`)
      case 'killed':
        return { type: 'unknown', why: 'its job was killed twice' }
    }
  } catch (error) {
    if (!(error instanceof GachetteError)) throw error
    const why =
      error instanceof CancelledError
        ? 'nobody waited for it: it goes on by itself'
        : whyOf(error, machine.name)
    return { type: 'unknown', why }
  }
}

const refusal = (why: string): Outcome => ({ type: 'refused', why, log: [] })

/** All that have got there go back. */
async function undoAll<M extends Machine>(
  context: Conductor<M>,
  sites: readonly Site<M>[],
  options: RollOut<M>,
  why: string,
): Promise<void> {
  const done = sites.filter(({ outcome }) => outcome.type === 'done')
  if (done.length === 0) return
  context.warn(`${why}: ${done.map(({ machine }) => machine.name).join(', ')} go back as well`)
  await Promise.all(
    done.map((site) => (site.plan === undefined ? undefined : undo(site, options, why, site.plan))),
  )
}

/** Takes a host back that has just got there: what was its way back is its way now. */
async function undo<M extends Machine>(
  site: Site<M>,
  options: RollOut<M>,
  why: string,
  plan: HostPlan,
): Promise<void> {
  const { check: _, ...withoutCheck } = options
  const reverse: HostPlan = {
    state: { ...plan.state, current: plan.number },
    number: plan.state.current,
    changes: plan.changes.map(reversed),
    want: plan.back,
    back: plan.want,
    keep: new Map(),
    missing: [],
    refusals: [],
    warnings: [],
  }
  const again: Site<M> & { plan: HostPlan } = { ...site, plan: reverse, outcome: { type: 'unbegun' } }
  const { channel: __, ...rest } = withoutCheck
  const ready = await prepareSite(again, rest, new Map())
  const outcome = ready === undefined ? again.outcome : await changed(ready, options.domain, ready.job)
  site.outcome =
    outcome.type === 'done'
      ? { type: 'undone', why }
      : {
          type: 'stuck',
          why: `${why}; it could not go back: ${'why' in outcome ? outcome.why : outcome.type}`,
          log: [],
        }
}

function reversed(change: HostPlan['changes'][number]): HostPlan['changes'][number] {
  const { type, name, was, version } = change
  switch (type) {
    case 'install':
      return was === undefined
        ? { type: 'remove', name, ...(version !== undefined && { was: version }) }
        : { ...change, version: was }
    case 'remove':
      return { type: 'install', name, ...(was !== undefined && { version: was }) }
    case 'upgrade':
    case 'downgrade':
      return {
        type: type === 'upgrade' ? 'downgrade' : 'upgrade',
        name,
        ...(version !== undefined && { was: version }),
        ...(was !== undefined && { version: was }),
      }
    case 'same':
      return change
  }
}
