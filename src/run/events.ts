import type { CommandOutcome, RemoteFate } from '../session/outcome.ts'
import type { ExitCode, UnreachableError } from '../shell/index.ts'

/**
 * Version of the events, `v` of each; grows when a field changes its meaning or goes. New fields and new types do
 * not count.
 */
export const EVENTS_VERSION = 1

/** What a run says, in order. Plain JSON: the terminal, the lines, `--json` and the journal all read the same list. */
export type RunEvent = { readonly v: typeof EVENTS_VERSION; readonly time: string } & RunFact

/** What happened, without version and time; each type is described in docs/events.md. */
export type RunFact =
  | {
      readonly type: 'run-started'
      readonly run: string
      readonly dryRun: boolean
      readonly hosts: readonly string[]
      readonly steps: readonly StepName[]
    }
  /** Told where a run goes over its hosts in more than one batch; `batch` counts from 0. */
  | {
      readonly type: 'batch-started'
      readonly batch: number
      readonly batches: number
      readonly canary: boolean
      readonly hosts: readonly string[]
      readonly steps: readonly number[]
    }
  | { readonly type: 'host-connected'; readonly host: string; readonly afterMs: number }
  | ({ readonly type: 'step-started' } & StepId)
  | ({
      readonly type: 'command-started'
      readonly command: number
      readonly text: string
      readonly title?: string
      readonly cwd?: string
      /** The durable job it is about to become, or to join. */
      readonly job?: string
    } & Place)
  /** The command is a durable job: it outlives this program. Told before any output of it. */
  | ({
      readonly type: 'job-started'
      readonly command: number
      /** Its name on the host; a job of that name that ran there already was joined. */
      readonly job: string
      readonly joined: boolean
      /** Where it was joined: the run that started it, and when (ISO, UTC). */
      readonly startedBy?: string
      readonly since?: string
    } & Place)
  | ({
      readonly type: 'output'
      readonly command: number
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    } & Place)
  | ({
      readonly type: 'command-ended'
      readonly command: number
      readonly outcome: CommandOutcome
      readonly ms: number
    } & Place)
  /** A connection was lost that durable jobs are read through; it is tried again after a pause. */
  | {
      readonly type: 'reconnecting'
      readonly host: string
      readonly reason: string
      readonly attempt: number
      readonly waitMs: number
    }
  /** A command did not end well, and is tried again after a pause, as its task asked for; `attempt` is the next one. */
  | ({
      readonly type: 'retrying'
      readonly text: string
      readonly attempt: number
      readonly attempts: number
      readonly waitMs: number
    } & Place)
  | ({
      readonly type: 'transfer-started'
      readonly direction: 'put' | 'get'
      readonly local: string
      readonly remote: string
    } & Place)
  | ({
      readonly type: 'transfer-ended'
      readonly direction: 'put' | 'get'
      readonly local: string
      readonly remote: string
      readonly bytes: number
      readonly sha256?: string
    } & Place)
  | ({
      readonly type: 'progress'
      readonly text: string
      readonly doneBytes: number
      readonly totalBytes?: number
    } & Place)
  /** A task that conducts hosts says what became of one of them, `on`. */
  | ({ readonly type: 'host-concluded' } & Conclusion & Place)
  | ({ readonly type: 'log'; readonly level: 'info' | 'warning'; readonly text: string } & Place)
  | { readonly type: 'warning'; readonly text: string }
  /** What `once` has found out, for whoever goes on with this run; `value` is plain JSON. */
  | ({ readonly type: 'noted'; readonly name: string; readonly value: unknown } & Place)
  | ({
      readonly type: 'step-ended'
      readonly outcome: StepOutcome
      readonly ms: number
      readonly result?: unknown
      /** True where it ended so in an earlier attempt, and nothing was run now. */
      readonly earlier?: true
    } & StepId)
  | { readonly type: 'run-ended'; readonly exitCode: 0 | ExitCode; readonly ms: number }

/** What became of a host that a task conducts, in a word and in a line for people. */
export interface Conclusion {
  /** `skipped`: it was left as it was. */
  readonly is: 'done' | 'failed' | 'skipped'
  readonly text: string
}

/** One task with its arguments on one host; `step` counts the invocations of the run from 0. */
export interface StepId {
  readonly host: string
  readonly step: number
}

/** Where in a step something happens: `on` is the host, where the task turned to another one than the step's. */
export interface Place extends StepId {
  readonly on?: string
  /** The task that was called by the step's own, and by that the next: `restart`, `restart > wait`. */
  readonly in?: string
}

/** One invocation as the start of a run names it. */
export interface StepName {
  readonly task: string
  /** The invocation as one would type it, secrets masked. */
  readonly text: string
  /** The hosts it runs on, where they are not all of the run. */
  readonly hosts?: readonly string[]
  /** The hosts that it turns to itself, from here. */
  readonly conducts?: readonly string[]
}

/**
 * How a step ended. Of `failed`, `code` is the error's, `exitCode` that of the remote command where one decided, and
 * `fault` marks an error nobody foresaw: the task itself is wrong.
 */
export type StepOutcome =
  | { readonly type: 'done' }
  | ({
      readonly type: 'failed'
      readonly code: string
      readonly exitCode?: number
      readonly fault?: Fault
      /** What it found is its whole answer all the same. */
      readonly answered?: true
    } & Failure)
  | ({ readonly type: 'signalled'; readonly signal: string } & Failure)
  | ({ readonly type: 'timed-out'; readonly afterMs: number; readonly remote: RemoteFate } & Failure)
  | ({ readonly type: 'lost'; readonly remote: RemoteFate } & Failure)
  | ({ readonly type: 'unreachable'; readonly code: UnreachableError['code'] } & Failure)
  | { readonly type: 'cancelled'; readonly remote: RemoteFate | Idle | GoesOn }
  | { readonly type: 'skipped'; readonly because: string }

/** Cancelled between its commands, or before the first: nothing ran on the host. */
export interface Idle {
  readonly type: 'idle'
}

/** Nobody waits for it any more; what was begun is the hosts' own, and goes on to its end there. */
export interface GoesOn {
  readonly type: 'goes-on'
}

/** What an error says: message, what to do, the last lines of output (ten at most). */
export interface Failure {
  readonly message: string
  readonly hint?: string
  readonly output?: readonly string[]
}

/** Where a task is wrong: `file:line:column` of the user's source where it could be told, and the stack trace. */
export interface Fault {
  readonly place?: string
  readonly stack: string
}
