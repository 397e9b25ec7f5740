import type { CommandOutcome, RemoteFate } from '../session/outcome.ts'
import type { ExitCode } from '../shell/index.ts'

/** Version of the events; grows when a field changes its meaning or goes. New fields and new types do not count. */
export const EVENTS_VERSION = 1

/** What a run says, in order. Plain JSON: the terminal, the lines, `--json` and the journal all read the same list. */
export type RunEvent = { readonly v: typeof EVENTS_VERSION; readonly time: string } & RunFact

export type RunFact =
  | {
      readonly type: 'run-started'
      readonly run: string
      readonly dryRun: boolean
      readonly hosts: readonly string[]
      readonly steps: readonly StepName[]
    }
  | { readonly type: 'host-connected'; readonly host: string; readonly afterMs: number }
  | ({ readonly type: 'step-started' } & StepId)
  | ({
      readonly type: 'command-started'
      readonly command: number
      readonly text: string
      readonly title?: string
    } & StepId)
  | ({
      readonly type: 'output'
      readonly command: number
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    } & StepId)
  | ({
      readonly type: 'command-ended'
      readonly command: number
      readonly outcome: CommandOutcome
      readonly ms: number
    } & StepId)
  | ({
      readonly type: 'progress'
      readonly text: string
      readonly doneBytes: number
      readonly totalBytes?: number
    } & StepId)
  | ({ readonly type: 'log'; readonly level: 'info' | 'warning'; readonly text: string } & StepId)
  | { readonly type: 'warning'; readonly text: string }
  | ({
      readonly type: 'step-ended'
      readonly outcome: StepOutcome
      readonly ms: number
      readonly result?: unknown
    } & StepId)
  | { readonly type: 'run-ended'; readonly exitCode: 0 | ExitCode; readonly ms: number }

/** One task with its arguments on one host; `step` counts the invocations of the run from 0. */
export interface StepId {
  readonly host: string
  readonly step: number
}

export interface StepName {
  readonly task: string
  /** The invocation as one would type it, secrets masked. */
  readonly text: string
}

export type StepOutcome =
  | { readonly type: 'done' }
  | ({ readonly type: 'failed'; readonly exitCode?: number } & Failure)
  | ({ readonly type: 'signalled'; readonly signal: string } & Failure)
  | ({ readonly type: 'timed-out'; readonly afterMs: number; readonly remote: RemoteFate } & Failure)
  | ({ readonly type: 'lost'; readonly remote: RemoteFate } & Failure)
  | ({ readonly type: 'unreachable'; readonly code: string } & Failure)
  | { readonly type: 'cancelled'; readonly remote: RemoteFate }
  | { readonly type: 'skipped'; readonly because: string }

/** What an error says: message, what to do, the last lines of output (ten at most). */
export interface Failure {
  readonly message: string
  readonly hint?: string
  readonly output?: readonly string[]
}
