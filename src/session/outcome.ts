/** How a command ended. A lost connection, a signal and a timeout are never numbers. `job` names what goes on without us. */
export type CommandOutcome =
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'signalled'; readonly signal: string }
  | { readonly type: 'lost'; readonly reason: string; readonly remote: RemoteFate; readonly job?: LeftJob }
  | { readonly type: 'timed-out'; readonly afterMs: number; readonly remote: RemoteFate }
  | { readonly type: 'cancelled'; readonly remote: RemoteFate }

/** A durable job that goes on without us, and the run that can be attached to hear the rest of it. */
export interface LeftJob {
  readonly name: string
  readonly run: string
}

/** What became of the remote process of a command that we did not see end by itself. */
export type RemoteFate =
  | { readonly type: 'ended' }
  | { readonly type: 'running'; readonly pids: readonly number[] }
  | { readonly type: 'unknown' }
