import type { Duplex, Readable } from 'node:stream'

/** Starts lines on a host: ssh2's client, or the system's ssh behind a face of the same shape. */
export interface Executor {
  /** `answered` is told a numeric `reason` where no channel was opened for the line: nothing was run. */
  exec(line: string, answered: Answered): unknown
}

export type Answered = (error: ExecError | undefined, channel?: ExecChannel) => void

/** The same, and at a terminal if asked. */
export interface TerminalExecutor extends Executor {
  exec(line: string, answered: Answered): unknown
  exec(line: string, options: { readonly pty: TerminalRequest }, answered: Answered): unknown
}

/** What is asked of sshd, in ssh2's words. It echoes nothing from the start. */
export interface TerminalRequest {
  readonly cols: number
  readonly rows: number
  readonly term: string
  readonly modes: { readonly ECHO: 0 }
}

export type ExecError = Error & { readonly reason?: unknown }

/**
 * A started line: its stdin and stdout, and stderr. Emits `exit` when its process has ended, and `close` with the exit
 * code, or undefined and the signal's name, or neither, when the channel is no more.
 */
export type ExecChannel = Duplex & { readonly stderr: Readable; close(): void }

/** Of an `ExecError` without a reason: the connection went before any channel was opened. ssh2's own words. */
export const NEVER_OPENED = 'No response from server'
