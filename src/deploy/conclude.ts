import { type Machine, namesAsHosts, type Outcome, type Site } from './conduct.ts'

/** Hosts of which it has been said what became of them. */
const concluded = new WeakSet<Site>()

/** Says what became of hosts, of each once: where they are now they stay, as far as this deployment is concerned. */
export function conclude<M extends Machine>(sites: readonly Site<M>[]): void {
  for (const site of sites) {
    if (concluded.has(site) || site.outcome.type === 'planned') continue
    concluded.add(site)
    const line = `gachette ${namesAsHosts([site.machine])} status`
    site.remote.conclude?.({ is: WORDS[site.outcome.type], text: outcomeText(site, line) })
  }
}

const WORDS = {
  done: 'done',
  same: 'done',
  planned: 'skipped',
  refused: 'failed',
  unreachable: 'failed',
  'left-out': 'skipped',
  back: 'failed',
  undone: 'failed',
  ahead: 'failed',
  stuck: 'failed',
  unknown: 'failed',
  'goes-on': 'skipped',
  unbegun: 'skipped',
} as const satisfies Record<Outcome['type'], 'done' | 'failed' | 'skipped'>

/** What became of a host, in a line without its name; `status` is what to type to see where it is. */
export function outcomeText({ outcome, plan }: Pick<Site, 'outcome' | 'plan'>, status: string): string {
  const stack = plan?.state.generations.get(plan.state.current)?.stack
  const old = stack === undefined ? 'as before' : `at ${stack}`
  const lost = (stays: readonly string[]) =>
    stays.length === 0 ? '' : `; ${stays.join(', ')} could not be put back`
  switch (outcome.type) {
    case 'done':
      return aimText(plan)
    case 'same':
      return `at ${stack ?? 'no stack'} already`
    case 'planned':
      return 'planned'
    case 'refused':
      return `untouched, ${outcome.why}`
    case 'unreachable':
      return `unreachable: ${outcome.why}`
    case 'left-out':
      return `left out, unreachable: ${outcome.why}`
    case 'back':
      return `${old} again: ${outcome.why}${lost(outcome.stays)}`
    case 'undone':
      return `${old} again, taken back: ${outcome.why}${lost(outcome.stays)}`
    case 'ahead':
      return `still at ${plan?.generation?.stack ?? 'what it was to get to'}: ${outcome.why}`
    case 'stuck':
      return `STUCK between two stacks: ${outcome.why}`
    case 'unknown':
      return `unknown: ${outcome.why}`
    case 'goes-on':
      return `goes on to its end by itself (${status})`
    case 'unbegun':
      return `${old}, not begun`
  }
}

function aimText(plan: Site['plan']): string {
  if (plan === undefined) return 'done'
  const { number, generation, state } = plan
  const { stack } = generation ?? state.generations.get(number) ?? {}
  return stack === undefined ? 'as before the first deployment' : `at ${stack}, generation ${number}`
}
