import type { Commit } from '../commits.ts'
/** What a report tells of a stack; all of it was read or checked when the report was made. */
export interface StackReport {
  readonly name: string
  readonly domain: string
  readonly digest: string
  /** ISO time, UTC, at which the generation was made, and by whom. */
  readonly when: string
  readonly who: string
  readonly frozen?: { readonly when: string; readonly who: string }
  /** Who has signed, of those that `allowed_signers` names; absent where nobody was asked to. */
  readonly signatures?: { readonly signers: readonly string[]; readonly needed: number }
  /** Channels and other names that stand for it. */
  readonly aliases: readonly string[]
  /** The stack it is compared with. */
  readonly previous?: string
  readonly packages: readonly ReportedPackage[]
  /** In the previous stack, and no longer in this one. */
  readonly removed: readonly { readonly name: string; readonly version: string }[]
  readonly histories: readonly History[]
  readonly deployed: readonly Deployed[]
  /** ISO time, UTC, of the report, and the program that made it. */
  readonly made: { readonly when: string; readonly by: string }
}

/** A package of the stack. */
export interface ReportedPackage {
  readonly name: string
  readonly version: string
  readonly architecture?: string
  /** Bytes. */
  readonly size?: number
  readonly sha256?: string
  /** First line of its description. */
  readonly summary?: string
  /** Against the previous stack; absent where there is none. */
  readonly change?: 'added' | 'up' | 'down' | 'rebuilt' | 'same'
  /** The version in the previous stack, where that was another. */
  readonly was?: string
  readonly origin?: ReportedOrigin
}

/** Where a package comes from. */
export interface ReportedOrigin {
  /** Without credentials. */
  readonly repository: string
  readonly commit: string
  readonly ref?: string
  readonly builder?: string
  /** ISO time, UTC. */
  readonly built?: string
  readonly machine?: string
  readonly dirty?: boolean
}

/** The commits of one repository between the previous stack and this one. */
export interface History {
  readonly repository: string
  readonly packages: readonly string[]
  readonly from: string
  readonly to: string
  readonly commits: readonly Commit[]
  /** More than those, or why there are none: the mirror lacks the old commit, it is no ancestor. */
  readonly note?: string
}

/** A host that has this stack, as its last deployment told the store. */
export interface Deployed {
  readonly host: string
  readonly stack: string
  readonly when: string
  readonly who: string
  /** The host's own number. */
  readonly generation?: number
}
