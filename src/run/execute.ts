import type { Host } from '../inventory/host.ts'
import type { Session } from '../session/session.ts'
import type { ExitCode } from '../shell/index.ts'
import type { RunEvent, StepId, StepOutcome } from './events.ts'
import type { Plan } from './plan.ts'

/** Opens a session; rejects with an UnreachableError. The one seam of a run: tests put a fake one in. */
export type OpenSession = (host: Host, options: OpenOptions) => Promise<Session>

export interface OpenOptions {
  readonly dryRun: boolean
  readonly signal: AbortSignal
  /** One warning for the person at the screen, such as a host key policy of `off`. */
  readonly warn: (message: string) => void
}

export interface ExecuteOptions {
  readonly openSession: OpenSession
  /** What `context.setting` answers. */
  readonly setting: (name: string) => unknown
  /** Hears every event, in order. A promise holds the output it came from back until it settles. */
  readonly onEvent?: (event: RunEvent) => void | Promise<void>
  /** Aborting starts nothing new and ends what runs. */
  readonly signal?: AbortSignal
  readonly dryRun?: boolean
  /** Hosts worked on at once; 1 (serially, in order) unless given. */
  readonly hostsAtOnce?: number
  /** A failed host goes on with its next task. */
  readonly keepGoing?: boolean
  /** Hosts that cannot be reached do not change the exit code. */
  readonly skipBadHosts?: boolean
  /** Ends a command after this long, unless it says otherwise itself; 0 or none: never. */
  readonly commandTimeoutMs?: number
  /** Where in the user's code a fault is looked for: folders whose files are ours and not named as its place. */
  readonly runId?: string
}

/** What came of a run: every step on every host it was planned for, in the order of the plan. */
export interface RunOutcome {
  readonly run: string
  readonly exitCode: 0 | ExitCode
  readonly ms: number
  readonly steps: readonly StepReport[]
}

export interface StepReport extends StepId {
  readonly task: string
  readonly outcome: StepOutcome
  /** What the task answered; undefined unless it is done. */
  readonly result: unknown
  readonly ms: number
}

/** Carries a plan out. Never rejects because of a host or a task: what went wrong is in the outcome. */
export async function execute(_plan: Plan, _options: ExecuteOptions): Promise<RunOutcome> {
  throw new Error('not built yet')
}
