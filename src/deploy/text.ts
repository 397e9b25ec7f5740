import type { Change } from './change.ts'
import type { Site } from './conduct.ts'
import type { DeployedHost } from './deployment.ts'
import { table } from './table.ts'

/** What is to be done on a host, without its name. */
export function hostLines({ outcome, why, from, to, changes, warnings }: DeployedHost): readonly string[] {
  if (outcome === 'refused') return [`refused: ${why}`]
  const [origin, aim] = [from.stack ?? 'no stack yet', to.stack ?? 'no stack']
  const move = `${origin} -> ${aim}${changes.length === 0 ? ', no package changes' : ''}`
  const head = outcome === 'same' ? `at ${aim} already, nothing to do` : move
  return [head, ...changeLines(changes), ...warnings.map((warning) => `  note: ${warning}`)]
}

const SIGNS = { install: '+', upgrade: '^', downgrade: 'v', remove: '-', same: '=' } as const

const commitsText = (from?: string, to?: string): string => {
  const short = [from, to].filter((each) => each !== undefined).map((commit) => commit.slice(0, 12))
  return short.length === 2 && from === to ? `commit ${short[0]}` : short.join('..')
}

/** One line per change: `^ dh-shop 1.0 -> 1.1`. */
export function changeLines(changes: readonly Change[]): readonly string[] {
  const rows = changes.map(({ type, name, was, version, from, to }) => [
    `  ${SIGNS[type]} ${name}`,
    [was, version].filter((each) => each !== undefined).join(' -> '),
    commitsText(from, to),
  ])
  return table(rows)
}

/** What became of each host that did not get there, and of those that did. */
export function outcomeLines(sites: readonly Site[]): readonly string[] {
  return sites.map((site) => `  ${site.machine.name}: ${outcomeText(site)}`)
}

function outcomeText({ outcome, plan }: Site): string {
  const stack = plan?.state.generations.get(plan.state.current)?.stack
  const old = stack === undefined ? 'as before' : `at ${stack}`
  const lost = (stays: readonly string[]) =>
    stays.length === 0 ? '' : `; ${stays.join(', ')} could not be put back`
  switch (outcome.type) {
    case 'done':
      return `done`
    case 'same':
      return `was there already`
    case 'planned':
      return `planned`
    case 'refused':
      return `untouched, ${outcome.why}`
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
    case 'unbegun':
      return `${old}, not begun`
  }
}
