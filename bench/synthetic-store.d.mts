/** What to write: counts, and where. */
export interface SyntheticStoreOptions {
  /** META; its parent need not be there. */
  readonly meta: string
  /** Where the projects' bare mirrors go; META unless given. */
  readonly workPath?: string
  readonly domain?: string
  readonly packages?: number
  readonly stacks?: number
  /** How many of the stacks have a generation of their own (35 µs of disk per package each); all unless given. */
  readonly generations?: number
  /** Projects that are rebuilt, in turn, one per stack; each has a mirror with its history. */
  readonly moving?: number
  readonly commitsPerStack?: number
}

/** What was written. */
export interface SyntheticStore {
  readonly meta: string
  readonly workPath: string
  readonly domain: string
  /** `1.0.0`, `1.0.1`, …: each a clone of the one before, with one project's packages replaced. */
  readonly stacks: readonly string[]
  readonly packages: readonly string[]
  /** `commits` of the moving ones are those of their mirror, oldest first; `at` is the one that is pinned last. */
  readonly projects: readonly {
    readonly name: string
    readonly url: string
    readonly commits: readonly string[]
    readonly at: number
  }[]
}

export function writeSyntheticStore(options: SyntheticStoreOptions): SyntheticStore
