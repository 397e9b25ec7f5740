import { type Alternatives, alternativesText, type RelationField } from '../../deb/index.ts'
import { architectureFindings, prevailing } from './architecture.ts'
import { type BasePackages, baseMeets } from './base.ts'
import type { Outside, SharedPaths, StackFinding } from './finding.ts'
import { type Asked, isMet, offered, struck } from './meets.ts'
import { type Member, namedIn, type Offers, offersOf, type PackageToCheck, readMembers } from './member.ts'
import { overlaps } from './overlap.ts'

/** What a check knows besides the packages. */
export interface CheckOptions {
  /** Paths that several members hold. */
  readonly files?: readonly SharedPaths[]
  /** The architecture of the hosts, then those they have besides; that of most packages unless given. */
  readonly architectures?: readonly string[]
  /** What the hosts have or can get without the stack: a dependency that is not there is a finding, then. */
  readonly base?: BasePackages
}

const DEPENDENCIES: readonly RelationField[] = ['Pre-Depends', 'Depends']
const EXCLUSIONS: readonly RelationField[] = ['Conflicts', 'Breaks']

/** Packages whose fields were read, once for all questions. */
export interface ReadPackages {
  readonly members: readonly Member[]
  readonly offers: Offers
  readonly native: string
  readonly foreign: readonly string[]
  /** What could not be read. */
  readonly findings: readonly StackFinding[]
}

/** Reads the fields of all packages. */
export function readPackages(
  packages: readonly PackageToCheck[],
  architectures: readonly string[] = [],
): ReadPackages {
  const { members, findings } = readMembers(packages)
  const [native = prevailing(members), ...foreign] = architectures
  return { members, offers: offersOf(members), native, foreign, findings }
}

/**
 * What is wrong with these packages as one stack, by member; nothing where all is well. No solver: a stack has one
 * version of each package, so a dependency on a member is met by what is pinned, or not at all.
 */
export const checkPackages = (
  packages: readonly PackageToCheck[],
  options: CheckOptions = {},
): readonly StackFinding[] => findingsOf(readPackages(packages, options.architectures), options)

/** The dependencies that are no member's to meet: the base system must bring them. */
export const outsideOf = (
  packages: readonly PackageToCheck[],
  { architectures }: Pick<CheckOptions, 'architectures'> = {},
): readonly Outside[] => outsideOfRead(readPackages(packages, architectures))

/** What `checkPackages` says, of packages that were read. */
export function findingsOf(
  { members, offers, native, foreign, findings }: ReadPackages,
  { files = [], base }: Pick<CheckOptions, 'files' | 'base'>,
): readonly StackFinding[] {
  const found = members.flatMap((by) => {
    const asked = { by, offers, native }
    return [
      ...architectureFindings(by, [native, ...foreign]),
      ...DEPENDENCIES.flatMap((field) => unmet(field, asked, base)),
      ...EXCLUSIONS.flatMap((field) => conflicts(field, asked)),
    ]
  })
  const order = new Map(members.map(({ name }, at) => [name, at]))
  const place = (finding: StackFinding): number => order.get(finding.package) ?? -1
  return [...findings, ...found, ...overlaps(members, files)].sort((one, other) => place(one) - place(other))
}

/** What `outsideOf` says, of packages that were read. */
export function outsideOfRead({ members, offers, native }: ReadPackages): readonly Outside[] {
  const wanted = new Map<string, Set<string>>()
  for (const by of members) {
    for (const entry of DEPENDENCIES.flatMap((field) => by.relations[field] ?? [])) {
      const rest = leftOutside(entry, { by, offers, native })
      if (rest.length === 0) continue
      const relation = alternativesText(rest)
      wanted.set(relation, (wanted.get(relation) ?? new Set()).add(by.name))
    }
  }
  return [...wanted]
    .map(([relation, wantedBy]) => ({ relation, wantedBy: [...wantedBy].sort() }))
    .sort((one, other) => (one.relation < other.relation ? -1 : 1))
}

function unmet(field: RelationField, asked: Asked, base: BasePackages | undefined): readonly StackFinding[] {
  return (asked.by.relations[field] ?? []).flatMap((entry): StackFinding[] => {
    if (entry.some((relation) => isMet(relation, asked))) return []
    const outside = leftOutside(entry, asked)
    if (outside.length > 0 && (base === undefined || outside.some((each) => baseMeets(base, each)))) return []
    const there = entry.flatMap((relation) => offered(relation, asked))
    return [finding(there.length > 0 ? 'unmet' : 'missing', asked.by, field, entry, there)]
  })
}

const conflicts = (field: RelationField, asked: Asked): readonly StackFinding[] =>
  namedIn(asked.by, field).flatMap((relation) =>
    struck(relation, asked).map((there) => finding('conflict', asked.by, field, [relation], [there])),
  )

/** What of an entry the base system could meet: names that are no member's own. Nothing where a member meets it. */
function leftOutside(entry: Alternatives, asked: Asked): Alternatives {
  if (entry.some((relation) => isMet(relation, asked))) return []
  return entry.filter(({ name }) => !asked.offers.get(name)?.some(({ isItself }) => isItself))
}

function finding(
  type: StackFinding['type'],
  { name, version }: Member,
  field: RelationField,
  entry: Alternatives,
  there: ReturnType<typeof offered>,
): StackFinding {
  const relation = alternativesText(entry)
  const others = there.map(({ by }) => ({ name: by.name, version: by.version }))
  const what = there.map(({ text }) => text).join(', ') || 'the base system has none'
  return {
    type,
    package: name,
    version,
    field,
    relation,
    ...(others.length > 0 && { others }),
    message: `${name} ${version} has ${field}: ${relation}, and ${what}`,
  }
}
