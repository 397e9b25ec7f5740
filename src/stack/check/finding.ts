import type { RelationField } from '../../deb/index.ts'

/**
 * One reason why a stack cannot be trusted to install: a dependency no member meets, a conflict, paths of two members,
 * another architecture, a field nobody can read, a package the base system lacks.
 */
export interface StackFinding {
  readonly type: 'unmet' | 'missing' | 'conflict' | 'overlap' | 'architecture' | 'unreadable'
  /** The member it is about. */
  readonly package: string
  readonly version: string
  readonly field?: RelationField
  /** The entry of the field, as dpkg writes it: `shop-lib (>= 2.0)`. */
  readonly relation?: string
  /** The other members it is about, with the versions that are pinned. */
  readonly others?: readonly { readonly name: string; readonly version: string }[]
  /** Some of the paths two members hold. */
  readonly paths?: readonly string[]
  /** One line for people. */
  readonly message: string
}

/** A dependency on packages that are not of the stack: the base system must bring it. */
export interface Outside {
  /** `nginx (>= 1.22) | apache2`, as dpkg writes it. */
  readonly relation: string
  /** The members that have it, by name. */
  readonly wantedBy: readonly string[]
}

/** Paths that several members hold, and none of them as a folder. */
export interface SharedPaths {
  /** Names of the members, two at least. */
  readonly owners: readonly string[]
  /** How many paths there are. */
  readonly count: number
  /** The first of them, with a leading slash. */
  readonly paths: readonly string[]
}
