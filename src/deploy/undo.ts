import { CancelledError } from '../shell/index.ts'
import { changed, prepareSite, type RollOut } from './change-host.ts'
import type { Conductor, Machine, Outcome, Site } from './conduct.ts'
import type { HostPlan } from './plan.ts'

/** All that have got there go back. */
export async function undoAll<M extends Machine>(
  context: Conductor<M>,
  sites: readonly Site<M>[],
  options: RollOut<M>,
  why: string,
): Promise<void> {
  const done = sites.filter(({ outcome }) => outcome.type === 'done')
  if (done.length === 0) return
  context.warn(
    `${why}: ${done.map(({ machine }) => machine.name).join(', ')} ${done.length === 1 ? 'goes' : 'go'} back as well`,
  )
  await Promise.all(
    done.map((site) => (site.plan === undefined ? undefined : undo(site, options, why, site.plan))),
  )
}

/** Takes a host back that has just got there: what was its way back is its way now. */
export async function undo<M extends Machine>(
  site: Site<M>,
  options: RollOut<M>,
  why: string,
  plan: HostPlan,
): Promise<void> {
  const { check: _, channel: __, ...rest } = options
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
  site.outcome = takenBack(await outcomeOf(again, { ...rest, undo: 'failed' }), why, staysOf(plan))
}

async function outcomeOf<M extends Machine>(
  site: Site<M> & { plan: HostPlan },
  options: RollOut<M>,
): Promise<Outcome> {
  try {
    const ready = await prepareSite(site, options, new Map())
    return ready === undefined ? site.outcome : await changed(ready, options.domain, ready.job)
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error
    return { type: 'refused', why: 'nobody waited for that', log: [] }
  }
}

/** What it means for a host that had got there how its way back ended. */
function takenBack(outcome: Outcome, why: string, stays: readonly string[]): Outcome {
  switch (outcome.type) {
    case 'done':
      return { type: 'undone', why, stays }
    case 'refused':
    case 'back':
      return { type: 'ahead', why: `${why}; it could not go back: ${outcome.why}`, log: outcome.log }
    case 'goes-on':
      return outcome
    case 'stuck':
      return { ...outcome, why: `${why}; it could not go back: ${outcome.why}` }
    default:
      return {
        type: 'unknown',
        why: `${why}; it was to go back: ${'why' in outcome ? outcome.why : outcome.type}`,
      }
  }
}

/** Packages that were changed, and whose old .debs nobody has. */
function staysOf({ changes, back }: HostPlan): readonly string[] {
  const changed = new Set(changes.flatMap(({ type, name }) => (type === 'same' ? [] : [name])))
  return back
    .filter(({ name, version, sha256 }) => version !== '-' && sha256 === '-' && changed.has(name))
    .map(({ name }) => name)
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
