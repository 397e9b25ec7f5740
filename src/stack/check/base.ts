import { type DebVersion, meansVersion, type Relation } from '../../deb/index.ts'

/** What hosts have or can get without the stack: name in lower case → versions; undefined is one that names none. */
export type BasePackages = ReadonlyMap<string, readonly (DebVersion | undefined)[]>

/** Whether the base system has what a relation asks for; which architecture of it is apt's affair. */
export const baseMeets = (base: BasePackages, relation: Relation): boolean =>
  (base.get(relation.name) ?? []).some((version) =>
    version === undefined ? relation.operator === undefined : meansVersion(relation, version),
  )
