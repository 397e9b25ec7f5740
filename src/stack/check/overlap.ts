import { meansVersion } from '../../deb/index.ts'
import type { SharedPaths, StackFinding } from './finding.ts'
import { type Member, namedIn } from './member.ts'

/** Shown of the paths that two members hold. */
const SHOWN = 3

/** Of those that hold one path so many are told of: each is in the way of each. */
const TOLD = 20

/** Paths of two members, where neither says that it replaces the other: dpkg would refuse the second one. */
export function overlaps(members: readonly Member[], files: readonly SharedPaths[]): readonly StackFinding[] {
  const byName = new Map(members.map((member, at) => [member.name, { member, at }]))
  const pairs = new Map<string, Overlap>()
  for (const { owners, count, paths } of files) {
    const known = owners
      .flatMap((name) => byName.get(name) ?? [])
      .sort((one, other) => one.at - other.at)
      .slice(0, TOLD)
      .map(({ member }) => member)
    for (const [one, other] of pairsOf(known)) {
      if (replaces(one, other) || replaces(other, one)) continue
      const key = `${one.name} ${other.name}`
      const before = pairs.get(key)
      pairs.set(key, {
        one,
        other,
        count: count + (before?.count ?? 0),
        paths: [...(before?.paths ?? []), ...paths],
      })
    }
  }
  return [...pairs.values()].map(overlap)
}

interface Overlap {
  readonly one: Member
  readonly other: Member
  readonly count: number
  readonly paths: readonly string[]
}

const pairsOf = (members: readonly Member[]): readonly (readonly [Member, Member])[] =>
  members.flatMap((one, at) => members.slice(at + 1).map((other) => [one, other] as const))

/** By name and version only: dpkg asks for no provided name here. */
const replaces = (one: Member, { name, version }: Member): boolean =>
  namedIn(one, 'Replaces').some(
    (relation) => relation.name === name.toLowerCase() && meansVersion(relation, version),
  )

function overlap({ one, other, count, paths }: Overlap): StackFinding {
  const sorted = [...paths].sort()
  const shown = sorted.slice(0, SHOWN)
  const more = count > shown.length ? ` and ${count - shown.length} more` : ''
  return {
    type: 'overlap',
    package: one.name,
    version: one.version,
    others: [{ name: other.name, version: other.version }],
    paths: sorted,
    message: `${one.name} ${one.version} and ${other.name} ${other.version} both hold ${shown.join(', ')}${more}, and neither Replaces the other`,
  }
}
