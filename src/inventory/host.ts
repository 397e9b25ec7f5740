/** One machine of a run. `name` is what people call it: the prefix of its lines, the key of its results. */
export type Host = SshHost | LocalHost

export interface SshHost {
  readonly kind: 'ssh'
  /** As typed, without user: `web1`, `web1:2222`, `[::1]:22`. Unique within a run together with `user`. */
  readonly name: string
  /** What ssh_config and DNS are asked for: `web1`, `::1`. */
  readonly address: string
  readonly user?: string
  readonly port?: number
}

/** This machine, without SSH. */
export interface LocalHost {
  readonly kind: 'local'
  readonly name: 'local'
}
