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
  /**
   * Copies a file or folder of this machine to the host: whole and verified, or not at all; a folder is replaced as a
   * whole. Modes are kept. `to/` means into that folder; a relative remote path is one below the folder of the login.
   * Throws a TaskError.
   */
  readonly put: (local: string, remote: string, options?: TransferOptions) => Promise<TransferResult>
  /** Copies a file or folder of the host to this machine, with the same promises. */
  readonly get: (remote: string, local: string, options?: TransferOptions) => Promise<TransferResult>
  /** One line for the person at the screen, and for the journal. */
  readonly log: (message: string) => void
  /** The same as a warning: it is shown with `--quiet`, too. */
  readonly warn: (message: string) => void
  /** Aborted when the run is cancelled: hand it to whatever waits. */
  readonly signal: AbortSignal
  /** A dry run: nothing runs, answers are assumed, and nothing on this machine may change either. */
  readonly dryRun: boolean
  /** What a record of what happens here may say of the run and the connection; absent where there is neither. */
  readonly circumstances?: () => Promise<Circumstances>
}

/** What is certain of a run on a host, without asking the host. */
export interface Circumstances {
  /** The run, as `gachette runs` lists it. */
  readonly run: string
  /** Of the key the host proved to have, `SHA256:…`; absent for this machine and in a dry run. */
  readonly hostKey?: string
}

/** Runs a command. Throws a CommandFailed, an UnreachableError, or a CancelledError. */
export interface Run {
  /** `` run`systemctl restart ${unit}` ``: each `${}` is one word, a list several. */
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<CommandResult>
  /** `` run(sh`make`, { cwd: '/srv/app' }) `` */
  (command: Command, options?: RunOptions): Promise<CommandResult>
}

/** Runs a command as root, or as another user. Throws a TaskError where sudo refuses. */
export interface Sudo {
  /** `` sudo`systemctl restart ${unit}` `` */
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<CommandResult>
  /** `` sudo(sh`psql -l`, { user: 'postgres' }) ``; root, or the setting sudo_user, unless given. */
  (command: Command, options?: RunOptions & { readonly user?: string }): Promise<CommandResult>
}

/** Asks: what the command prints on stdout, 16 MiB at most, is the answer. Throws as `Run` does. */
export interface Ask {
  /** `` ask`hostname` ``: the text without the space around it. */
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<string>
  /** `` ask(sh`git rev-parse HEAD`, { cwd: '/srv/app' }) `` */
  (command: Command, options?: RunOptions): Promise<string>
  /** The answer is what the question's parser makes of it; in a dry run, what it says is to be assumed. */
  <T>(query: Query<T>, options?: RunOptions): Promise<T>
}

/** Whether a command exits 0; 1 is no. Throws as `Run` does, also for any other exit code. */
export interface Check {
  /** `` check`test -e ${path}` `` */
  (text: TemplateStringsArray, ...values: readonly CommandValue[]): Promise<boolean>
  /** `` check(sh`git diff --quiet`, { cwd: '/srv/app' }) `` */
  (command: Command, options?: RunOptions): Promise<boolean>
}

/** How a command is run. */
export interface RunOptions {
  /** Folder on the host; where it cannot be entered, the command does not run. The folder of the login unless given. */
  readonly cwd?: string
  /** Environment on top of the host's own; secrets travel by stdin. */
  readonly env?: Readonly<Record<string, string | Secret>>
  /** What the command reads: a text, bytes, a stream; nothing (end of file at once) unless given. */
  readonly stdin?: string | Uint8Array | Secret | Readable
  /** The command is ended after this long, and its outcome is `timed-out`; the setting command_timeout unless given. */
  readonly timeoutMs?: number
  /** Exit codes that are no failure; [0] unless given. */
  readonly accept?: readonly number[]
  /**
   * The command outlives this program and its connection; a lost connection is made again. A text names the job on its
   * host: one of that name that runs is joined, not started twice.
   */
  readonly durable?: true | string
  /**
   * The command may be run again where its connection was lost, because it only looks or waits: the host is sought as for
   * a durable command, and what it prints is told when it has ended. Not for a stream as stdin.
   */
  readonly again?: true
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
