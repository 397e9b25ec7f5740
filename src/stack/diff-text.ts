import type { PackageChange } from './changes.ts'
import type { CommitHistory } from './commits.ts'
import type { SourceChange, StackDiff } from './diff.ts'
import { counted, oneLine, table } from './table.ts'

/** Commits of one project that are shown; the document has more. */
const SHOWN = 10

/** A difference for people: the packages with a sign each (+ - ^ v, ! for other bytes), then the commits that are why. */
export function diffText(diff: StackDiff): string {
  const { from, to, packages, sources, unknown } = diff
  const where = diff.domain === 'main' ? '' : `  domain ${diff.domain}`
  const title = `${from.name} -> ${to.name}${where}`
  if (packages.length === 0) return `${title}  no difference: ${counted(to.count, 'package')}`
  const rows = packages.map((change) => [`${SIGNS[change.type]} ${change.name}`, ...versionsOf(change)])
  const untold = unknown.length === 0 ? [] : ['', `no commits are recorded for ${listed(unknown)}`]
  return [
    `${title}  ${summary(packages)}`,
    '',
    ...table(rows),
    ...sources.flatMap(sourceLines),
    ...untold,
  ].join('\n')
}

const SIGNS: Readonly<Record<PackageChange['type'], string>> = {
  added: '+',
  removed: '-',
  up: '^',
  down: 'v',
  rebuilt: '!',
}

function versionsOf(change: PackageChange): readonly string[] {
  if (change.type === 'added') return ['', '', change.now.version]
  if (change.type === 'removed') return [change.was.version]
  if (change.type === 'rebuilt')
    return [change.was.version, '', `other bytes: ${bytes(change.was)} -> ${bytes(change.now)}`]
  return [change.was.version, '->', change.now.version]
}

const bytes = ({ sha256 }: { readonly sha256?: string }): string => sha256?.slice(0, 12) ?? 'unknown'

function summary(packages: readonly PackageChange[]): string {
  const words = [
    ['added', 'added'],
    ['removed', 'removed'],
    ['up', 'up'],
    ['down', 'down'],
    ['rebuilt', 'of other bytes'],
  ] as const
  return words
    .map(([type, word]) => [packages.filter((change) => change.type === type).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ')
}

function sourceLines({ repository, from, to, packages, history }: SourceChange): readonly string[] {
  const range = `${from.slice(0, 12)}..${to.slice(0, 12)}`
  return [
    '',
    `${oneLine(repository)}  ${range}  (${listed(packages)})`,
    ...historyLines(history).map((line) => `    ${line}`),
  ]
}

function historyLines(history: CommitHistory): readonly string[] {
  if (history.type === 'no-mirror')
    return ['the build machine has no mirror of it: its commits are not known']
  if (history.type === 'missing')
    return [`its mirror lacks ${history.commit.slice(0, 12)}: the commits between are not known`]
  const { commits, count, dropped, atLeast } = history
  const most = atLeast ? 'at least ' : ''
  const more = count - Math.min(SHOWN, commits.length)
  const gone =
    count === 0
      ? [`goes back by ${most}${counted(dropped, 'commit')}`]
      : [`not in line: the second lacks ${most}${counted(dropped, 'commit')} of the first`]
  return [
    ...(dropped > 0 ? gone : []),
    ...table(
      commits
        .slice(0, SHOWN)
        .map(({ commit, when, author, subject }) => [
          commit.slice(0, 12),
          when.slice(0, 10),
          oneLine(author, 24),
          oneLine(subject, 100),
        ]),
    ),
    ...(more > 0 ? [`and ${most}${more} more`] : []),
  ]
}

function listed(names: readonly string[]): string {
  const more = names.length - 5
  return more > 1 ? `${names.slice(0, 5).join(', ')} and ${more} more` : names.join(', ')
}
