/** One machine of a run. `name` is what people call it: the prefix of its lines, the key of its results. */
export type Host = SshHost | LocalHost

export interface SshHost extends HostFacts {
  readonly kind: 'ssh'
  /** As typed, without user: `web1`, `web1:2222`, `[::1]:22`. Unique within a run together with `user`. */
  readonly name: string
  /** What ssh_config and DNS are asked for: `web1`, `::1`. */
  readonly address: string
  readonly user?: string
  readonly port?: number
  /** Jump hosts in front of it, instead of the run's: `user@gate:22`, several with commas. */
  readonly gateway?: string
  /** Private keys to log in with, instead of the run's; absolute paths on this machine. */
  readonly keyFiles?: readonly string[]
}

/** This machine, without SSH. */
export interface LocalHost extends HostFacts {
  readonly kind: 'local'
  readonly name: 'local'
}

/** What the settings and the inventory know of a host; absent where they know nothing. */
export interface HostFacts {
  /** Every role the host is in, in the order in which they are defined. */
  readonly roles?: readonly string[]
  /** Environment of every command there. */
  readonly env?: Readonly<Record<string, string>>
  /** What the user wrote down about the host and its roles, for tasks. */
  readonly vars?: Variables
}

/** Plain JSON under names of the user's own. */
export interface Variables {
  readonly [name: string]: Variable
}

/** A variable of a host: plain JSON. */
export type Variable = string | number | boolean | null | readonly Variable[] | Variables
