import type { Readable } from 'node:stream'
import type { Host } from '../inventory/host.ts'
import type { Command, Secret } from '../shell/index.ts'
import type { CommandOutcome } from './outcome.ts'
import type { SudoPasswords, SudoWish } from './sudo.ts'

/** A host commands can be run on. Four bodies: ssh, local, dry-run, recorded. Sessions report; they judge no exit code. */
export interface Session {
  readonly host: Host
  /** Of the key the host proved to have, `SHA256:…`; absent where no host had to prove itself. */
  readonly hostKey?: string
  /** Commands really run there, by a shell: durable jobs can be kept. Without it they are ordinary commands. */
  readonly keepsJobs?: true
  /**
   * Runs one command under the lifeline. Resolves with how it ended; rejects only with an UnreachableError (it was
   * never started), a UsageError (it cannot be carried, such as a NUL byte) or a TaskError (sudo refuses).
   */
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>
  /** Copies a local file or folder to the host: atomic, mode kept, sha256 verified. Rejects with a TaskError. */
  put(local: string, remote: string, options?: CopyOptions): Promise<TransferResult>
  /** Copies a remote file or folder to this machine, with the same promises. */
  get(remote: string, local: string, options?: CopyOptions): Promise<TransferResult>
  /** Ends what still runs and the connection. Never rejects; may be called twice. */
  close(): Promise<void>
}

/** How a session runs one command. */
export interface ExecOptions {
  /** Folder to run in; the command does not run when it cannot be entered. */
  readonly cwd?: string
  /** Environment of the command; secrets travel by stdin. */
  readonly env?: Readonly<Record<string, string | Secret>>
  /** What the command reads; without it, nothing (end of file at once). */
  readonly stdin?: string | Uint8Array | Secret | Readable
  /** The command, and all of `cwd`, `env` and `stdin`, with the rights of root or of another user. */
  readonly sudo?: SudoWish
  /**
   * Who knows the password sudo may ask for; without it, only a sudo that asks for none works.
   *
   * @internal
   */
  readonly passwords?: SudoPasswords
  /** A terminal on the far side: stdin, unless there is input, stdout and stderr, which become one. */
  readonly terminal?: Terminal
  /** The remote process is ended after this long, and the outcome is `timed-out`. */
  readonly timeoutMs?: number
  /** Aborting ends the remote process; the outcome is `cancelled`. */
  readonly signal?: AbortSignal
  /** Called with raw bytes as they come. A promise holds the stream back until it settles. */
  readonly onStdout?: (chunk: Uint8Array) => void | Promise<void>
  /** The same for stderr. */
  readonly onStderr?: (chunk: Uint8Array) => void | Promise<void>
}

/** A terminal of so many characters; `type` is its TERM. */
export interface Terminal {
  readonly columns: number
  readonly rows: number
  readonly type: string
}

/** How a command ended. */
export interface ExecResult {
  readonly outcome: CommandOutcome
  /** True where nothing ran (dry run): there is no output, and what depends on it must be assumed. */
  readonly assumed: boolean
}

/** How a file or folder is copied. */
export interface TransferOptions {
  /** Aborting ends the copying; what was there before stays. The run's own unless given. */
  readonly signal?: AbortSignal
  /** Permission bits of the file that is made, such as 0o644; without it, those of the source. */
  readonly mode?: number
  /** The remote file is read or written with the rights of root or of another user. */
  readonly sudo?: SudoWish
  /** @internal */
  readonly passwords?: SudoPasswords
  /** Hears how many bytes are copied, and of how many, where that is known. */
  readonly onProgress?: (doneBytes: number, totalBytes: number | undefined) => void
}

/** What a session is told of a copy, besides what its caller wants. */
export interface CopyOptions extends TransferOptions {
  /** Hears how the far side's half ended where it did not end well, before the copy rejects. */
  readonly onFarEnd?: (outcome: CommandOutcome) => void
}

/** What was copied. */
export interface TransferResult {
  /** Of the contents of all files. */
  readonly bytes: number
  /** Lower-case hex; of a folder: absent, each of its files was verified by itself. */
  readonly sha256?: string
}
