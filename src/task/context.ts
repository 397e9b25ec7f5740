import type { Readable } from 'node:stream'
import type { Host } from '../inventory/host.ts'
import type { CommandOutcome } from '../session/outcome.ts'
import type { TransferOptions, TransferResult } from '../session/session.ts'
import type { SudoWish } from '../session/sudo.ts'
import type { Command, CommandValue, Query, Secret } from '../shell/index.ts'

/** What source/, build/ and stack/ know of a host: commands, questions, files, and a voice. */
export interface Remote {
  readonly host: Host
  /** Runs a command; its output streams to the screen. Throws a CommandFailed unless its exit code is accepted. */
  readonly run: Run
  /** The same with the rights of root, or of another user. */
  readonly sudo: Sudo
  /** Asks: stdout, whole, is the answer and is not shown; stderr is. */
  readonly ask: Ask
  /** Whether a command exits 0; 1 is no, anything else throws. */
  readonly check: Check
  readonly put: (local: string, remote: string, options?: TransferOptions) => Promise<TransferResult>
  readonly get: (remote: string, local: string, options?: TransferOptions) => Promise<TransferResult>
  /** One line for the person at the screen, and for the journal. */
  readonly log: (message: string) => void
  readonly warn: (message: string) => void
  /** Aborted when the run is cancelled: hand it to whatever waits. */
  readonly signal: AbortSignal
  /** A dry run: nothing runs, answers are assumed, and nothing on this machine may change either. */
  readonly dryRun: boolean
}

export interface Run {
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<CommandResult>
  (command: Command, options?: RunOptions): Promise<CommandResult>
}

export interface Sudo {
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<CommandResult>
  (command: Command, options?: RunOptions & { readonly user?: string }): Promise<CommandResult>
}

export interface Ask {
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<string>
  (command: Command, options?: RunOptions): Promise<string>
  <T>(query: Query<T>, options?: RunOptions): Promise<T>
}

export interface Check {
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<boolean>
  (command: Command, options?: RunOptions): Promise<boolean>
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | Secret>>
  readonly stdin?: string | Uint8Array | Secret | Readable
  readonly timeoutMs?: number
  /** Exit codes that are no failure; [0] unless given. */
  readonly accept?: readonly number[]
  /**
   * The command outlives this program and its connection; a lost connection is made again. A text names the job on its
   * host: one of that name that runs is joined, not started twice.
   */
  readonly durable?: true | string
  /** What to show instead of a long script: `build plain-app`. */
  readonly title?: string
  /** Tries a command again that failed, was killed or timed out: so often, or as it says. Never one that was lost. */
  readonly retry?: number | Retry
  /** With the rights of root, or of another user; `cwd`, `env` and `stdin` are that user's. */
  readonly sudo?: SudoWish
  /**
   * A terminal on the far side, for programs that insist on one: stdout and stderr are one stream then, and stdin is
   * the terminal unless there is input. Not on this machine.
   */
  readonly pty?: boolean
}

/** How a command that failed is tried again. */
export interface Retry {
  /** So many times more, after the first. */
  readonly times: number
  /** Before the second attempt; 1000 unless given. All pauses vary by a quarter. */
  readonly pauseMs?: number
  /** Each further pause is so many times as long; 2 unless given, 1 for equal ones. */
  readonly backoff?: number
}

/** A command that ended as accepted: the ends of what it printed (64 KiB each) and its exit code. */
export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** What a CommandFailed carries. */
export interface FailedResult {
  readonly command: string
  readonly host: string
  readonly outcome: CommandOutcome
  readonly stdout: string
  readonly stderr: string
}
