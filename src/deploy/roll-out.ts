import { CancelledError } from '../shell/index.ts'
import { changed, type Ready, type RollOut } from './change-host.ts'
import { conclude } from './conclude.ts'
import { type Conductor, hasFailed, type Machine, mayFail, type Site, whyOf } from './conduct.ts'
import { undo, undoAll } from './undo.ts'

/** Goes over the hosts that are ready, group after group, until too many have failed. Outcomes are in the sites. */
export async function rollOut<M extends Machine>(
  context: Conductor<M>,
  sites: readonly Site<M>[],
  ready: readonly Ready<M>[],
  options: RollOut<M>,
): Promise<void> {
  const bound = mayFail(context.maxFail, sites.length)
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
    // What is done may still have to go back.
    conclude(options.undo === 'all' ? group.filter(hasFailed) : group)
    const failed = sites.filter(hasTroubled)
    const isBad = failed.length > bound || (isCanary && group.some(hasTroubled))
    // Nobody is left to take anything back: what was begun goes on by itself.
    if (context.signal.aborted) return
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
  const { machine, plan, job } = site
  site.outcome = await changed(site, options.domain, job)
  if (site.outcome.type !== 'done' || options.checkHost === undefined) return
  try {
    await options.checkHost(machine)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (error instanceof CancelledError) {
      site.outcome = { type: 'unknown', why: 'nobody waited for its check' }
      return
    }
    const why = `its check failed: ${whyOf(error, machine.name)}`
    await undo(site, options, why, plan)
  }
}
