import { foldNames } from '../inventory/index.ts'
import { cleanLine } from './clean.ts'
import { type DiffLine, diff } from './diff.ts'
import { linesOf, type Said } from './kept.ts'
import type { Paint } from './paint.ts'

/** What one host said. */
export interface HostSaid extends Said {
  readonly host: string
}

export interface FoldOptions {
  readonly paint: Paint
  /** Of more lines than this the last ten are shown. */
  readonly most: number
}

/** More differences than this are no help to anybody. */
const MOST_EDITS = 20
/** A comparison costs time; of a thousand outputs that all differ, so many are compared. */
const MOST_COMPARED = 50
const LAST = 10

/**
 * What many hosts said, each text once: `web[1-19]:` and the text, then `web20 differs:` and how. Hosts that said
 * nothing are not mentioned.
 */
export function folded(said: readonly HostSaid[], options: FoldOptions): readonly string[] {
  const groups = groupsOf(said.filter(({ count }) => count > 0))
  const [largest, ...others] = groups
  if (largest === undefined) return []
  return [
    ...block(largest, options),
    ...others.flatMap((group, at) => {
      const changes = at < MOST_COMPARED ? changesBetween(largest.said, group.said) : undefined
      return changes === undefined ? block(group, options) : differing(group, changes, options)
    }),
  ]
}

interface Group {
  readonly hosts: string[]
  readonly said: Said
}

/** The largest first, for the others to be held against; else in the order of the hosts. */
function groupsOf(said: readonly HostSaid[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const each of said) {
    const group = groups.get(each.key)
    if (group === undefined) groups.set(each.key, { hosts: [each.host], said: each })
    else group.hosts.push(each.host)
  }
  return [...groups.values()].sort((one, other) => other.hosts.length - one.hosts.length)
}

/** Undefined where a difference says less than the text itself: most lines changed, or not all of them are known. */
function changesBetween(from: Said, to: Said): readonly DiffLine[] | undefined {
  const [before, after] = [linesOf(from.end), linesOf(to.end)]
  if (before.length < from.count || after.length < to.count) return undefined
  const lines = diff(before, after, MOST_EDITS)
  const changed = lines?.filter(({ type }) => type !== 'same').length ?? 0
  return changed < after.length ? lines : undefined
}

const namesOf = ({ hosts }: Group): string => cleanLine(foldNames(hosts))

function block(group: Group, { paint, most }: FoldOptions): readonly string[] {
  const { count } = group.said
  const lines = linesOf(group.said.end)
  const names = `${paint.strong(namesOf(group))}:`
  const [only] = lines
  if (count === 1) return [`${names} ${only}`]
  const shown = count > most ? lines.slice(-LAST) : lines
  const left = count - shown.length
  return [
    names,
    ...(left > 0 ? [paint.faint(`  … ${left} lines before`)] : []),
    ...shown.map((line) => `  ${line}`),
  ]
}

/** What changed, with one line around it. */
function differing(group: Group, lines: readonly DiffLine[], { paint }: FoldOptions): readonly string[] {
  const isNear = (at: number) => lines.slice(Math.max(0, at - 1), at + 2).some(({ type }) => type !== 'same')
  const shown: string[] = []
  let isGap = false
  for (const [at, line] of lines.entries()) {
    if (isNear(at)) {
      if (isGap && shown.length > 0) shown.push(paint.faint('  …'))
      shown.push(`  ${drawn(line, paint)}`)
    }
    isGap = !isNear(at)
  }
  return [`${paint.strong(namesOf(group))} ${group.hosts.length === 1 ? 'differs' : 'differ'}:`, ...shown]
}

function drawn({ type, text }: DiffLine, paint: Paint): string {
  if (type === 'same') return `  ${text}`
  return type === 'added' ? paint.good(`+ ${text}`) : paint.bad(`- ${text}`)
}
