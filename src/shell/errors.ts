/** Every foreseen failure, one page. A stack trace on a user's screen means a fault of ours: none of these prints one. */

/** What the process answers: 1 a task failed, 2 usage or settings, 3 unreachable (host key and authentication too), 130 cancelled. */
export type ExitCode = 1 | 2 | 3 | 130

/** What an error says besides its message. */
export interface ErrorDetails {
  /** What the reader can do about it: one or more lines, shown indented below the message. */
  readonly hint?: string
  /** The last lines the failed program printed, ten at most, secrets already masked. */
  readonly output?: readonly string[]
  readonly cause?: unknown
  /** What a task found all the same: plain JSON, the result of its step. */
  readonly found?: unknown
  /** That is the whole answer of a task that only answers, and is to be shown as one, although it fails. */
  readonly answered?: true
}

/** A failure somebody foresaw: `message` says where and what, `hint` what to do. */
export abstract class GachetteError extends Error {
  /** A stable word for programs, such as `usage` or `host-key-changed`. */
  abstract readonly code: string
  abstract readonly exitCode: ExitCode
  readonly hint: string | undefined
  readonly output: readonly string[]
  readonly found: unknown
  readonly answered: true | undefined

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.hint = details.hint
    this.output = details.output ?? []
    this.found = details.found
    this.answered = details.answered
  }
}

/** The command line, a name or an argument is wrong; nothing was touched. */
export class UsageError extends GachetteError {
  readonly code: string = 'usage'
  readonly exitCode = 2
}

/** A settings file is wrong; the message holds every problem of it, each with line and column. */
export class SettingsError extends GachetteError {
  readonly code: string = 'settings'
  readonly exitCode = 2
}

/** A task could not do what it was asked; the foreseen way for a task to fail. */
export class TaskError extends GachetteError {
  readonly code: string = 'task'
  readonly exitCode = 1
}

/** No session could be had with the host: network, host key or authentication. */
export class UnreachableError extends GachetteError {
  readonly code:
    | 'unreachable'
    | 'host-key-changed'
    | 'host-key-revoked'
    | 'host-key-unknown'
    | 'authentication'
  readonly exitCode = 3

  constructor(code: UnreachableError['code'], message: string, details?: ErrorDetails) {
    super(message, details)
    this.code = code
  }
}

/** The run was cancelled (Ctrl-C, SIGTERM, an aborted signal) before this could be done. */
export class CancelledError extends GachetteError {
  readonly code = 'cancelled'
  readonly exitCode = 130
}

/** The same, and what was begun on hosts goes on there by itself: nobody ends it. */
export class LeftToItself extends CancelledError {}
