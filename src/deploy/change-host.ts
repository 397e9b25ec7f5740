import { randomBytes } from 'node:crypto'
import { CancelledError, GachetteError, UnreachableError } from '../shell/index.ts'
import { type Machine, type Outcome, type Site, whyOf } from './conduct.ts'
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

/** A host that could not be looked at; `leavesOut`: where it cannot be reached, the others go on without it. */
export function unseen(error: unknown, name: string, leavesOut: boolean): Outcome {
  if (!(error instanceof UnreachableError)) return refused(error, name)
  // How often that was tried is no advice.
  const isAdvice = error.code !== 'unreachable' && error.hint !== undefined
  const why =
    isAdvice || !error.hint
      ? whyOf(error, name)
      : `${whyOf(error, name)}, ${error.hint.replaceAll('\n', ', ')}`
  if (leavesOut) return { type: 'left-out', why }
  return { type: 'unreachable', why, ...(isAdvice && { hint: error.hint }) }
}

/** A host that could not be looked at, or not be prepared: nothing was installed there. */
export function refused(error: unknown, name: string): Outcome {
  if (!(error instanceof GachetteError) || error instanceof CancelledError) throw error
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  return { type: 'refused', why: whyOf(error, name), log: error.output, ...hint }
}

/** Has the job that lies on a host carried out, and waits for its end. */
export async function changed(site: Site, domain: string, job: string): Promise<Outcome> {
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
    if (error instanceof CancelledError) return { type: 'goes-on' }
    if (!(error instanceof GachetteError)) throw error
    return { type: 'unknown', why: whyOf(error, machine.name) }
  }
}

const refusal = (why: string): Outcome => ({ type: 'refused', why, log: [] })
