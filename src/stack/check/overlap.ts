import { meansVersion } from '../../deb/index.ts'
import type { Finding, SharedPaths } from './finding.ts'
import { type Member, namedIn } from './member.ts'

/** Shown of the paths that two members hold. */
const SHOWN = 3

/** Paths of two members, where neither says that it replaces the other: dpkg would refuse the second one. */
export function overlaps(members: readonly Member[], files: readonly SharedPaths[]): readonly Finding[] {
  const byName = new Map(members.map((member) => [member.name, member]))
  return files.flatMap(({ owners, count, paths }) => {
    const known = owners.flatMap((name) => byName.get(name) ?? [])
    return known.flatMap((one, at) =>
      known
        .slice(at + 1)
        .filter((other) => !replaces(one, other) && !replaces(other, one))
        .map((other) => overlap(one, other, { count, paths })),
    )
  })
}

/** By name and version only: dpkg asks for no provided name here. */
const replaces = (one: Member, { name, version }: Member): boolean =>
  namedIn(one, 'Replaces').some(
    (relation) => relation.name === name.toLowerCase() && meansVersion(relation, version),
  )

function overlap(
  one: Member,
  other: Member,
  { count, paths }: { readonly count: number; readonly paths: readonly string[] },
): Finding {
  const shown = paths.slice(0, SHOWN)
  const more = count > shown.length ? ` and ${count - shown.length} more` : ''
  return {
    type: 'overlap',
    package: one.name,
    version: one.version,
    others: [{ name: other.name, version: other.version }],
    paths,
    message: `${one.name} ${one.version} and ${other.name} ${other.version} both hold ${shown.join(', ')}${more}, and neither Replaces the other`,
  }
}
