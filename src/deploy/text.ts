import type { Change } from './change.ts'
import type { DeployedHost } from './deployment.ts'
import { table } from './table.ts'

/** What is to be done on a host, without its name. */
export function hostLines({ outcome, why, from, to, changes, warnings }: DeployedHost): readonly string[] {
  if (outcome === 'refused') return [`refused: ${why}`]
  if (outcome === 'unreachable' || outcome === 'left-out') return [`unreachable: ${why}`]
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
    was === version
      ? `${version ?? ''} again`
      : [was, version].filter((each) => each !== undefined).join(' -> '),
    commitsText(from, to),
  ])
  return table(rows)
}
