import type { Host } from '../inventory/host.ts'
import type { Session } from '../session/session.ts'
import { CancelledError, type ExitCode, type Secret } from '../shell/index.ts'
import { secretsOf } from '../task/index.ts'
import type { RunEvent } from './events.ts'
import { exitCodeOf } from './exit-code.ts'
import { following } from './following.ts'
import type { Plan } from './plan.ts'
import type { PrivilegeOptions } from './privilege.ts'
import { type RolloutOptions, rollOut } from './roll-out.ts'
import { runId } from './run-id.ts'
import { type Earlier, runScope } from './run-scope.ts'
import type { StepReport } from './step.ts'

/** Opens a session; rejects with an UnreachableError. The one seam of a run: tests put a fake one in. */
export type OpenSession = (host: Host, options: OpenOptions) => Promise<Session>

export interface OpenOptions {
  readonly dryRun: boolean
  readonly signal: AbortSignal
  /** One warning for the person at the screen, such as a host key policy of `off`. */
  readonly warn: (message: string) => void
  /** Shows a secret that was typed nowhere from now on. */
  readonly mask: (secret: Secret) => void
}

export interface ExecuteOptions extends RolloutOptions, PrivilegeOptions {
  readonly openSession: OpenSession
  /** What `context.setting` answers. */
  readonly setting: (name: string) => unknown
  /**
   * Hears every event, in order. A promise holds the output it came from back until it settles, and the run is over when
   * all of them have. Who throws ends the run, which rejects with that.
   */
  readonly onEvent?: (event: RunEvent) => void | Promise<void>
  /** Aborting starts nothing new and ends what runs. A CancelledError as its reason is told as a warning. */
  readonly signal?: AbortSignal
  readonly dryRun?: boolean
  /** Ends a command after this long, unless it says otherwise itself; 0 or none: never. */
  readonly commandTimeoutMs?: number
  /** For how long a host is sought that was lost while a durable command runs there; 0 or none: not at all. */
  readonly reconnectMs?: number
  /** Shown in no event, besides those among the arguments and those that commands are given. */
  readonly secrets?: readonly Secret[]
  /** Makes a host of the text that a task names one by (`on('db1')`); a host string unless given. */
  readonly hostOf?: (text: string) => Host
  /** The name of the run; a new one unless given. */
  readonly run?: string
  /** What an earlier attempt has left: what ended there is not done again. */
  readonly earlier?: Earlier
}

/** What came of a run: every step on every host it was planned for, in the order of the plan. */
export interface RunOutcome {
  readonly run: string
  readonly exitCode: 0 | ExitCode
  readonly ms: number
  readonly steps: readonly StepReport[]
}

/**
 * Carries a plan out: batch after batch, task after task, each over its hosts. Never rejects because of a host or a task:
 * what went wrong is in the outcome. Sessions are closed when it settles.
 */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<RunOutcome> {
  const { dryRun = false, skipBadHosts = false } = options
  const run = options.run ?? runId()
  const since = performance.now()
  const { signal, abort, release } = following(options.signal)
  const scope = runScope(plan, { ...options, run }, { signal, abort })
  for (const { invocation } of plan.steps) scope.masks.add(secretsOf(invocation.args))
  const { emit, sessions } = scope

  emit({ type: 'run-started', run, dryRun, ...namesOf(plan) })
  const sayWhy = () => {
    const reason: unknown = signal.reason
    if (reason instanceof CancelledError) emit({ type: 'warning', text: reason.message })
  }
  if (signal.aborted) sayWhy()
  else signal.addEventListener('abort', sayWhy)
  const { reports: steps, wasStopped } = await rollOut(scope, plan, options).finally(() =>
    sessions.closeAll(),
  )
  release()

  const outcomes = steps.map(({ outcome }) => outcome)
  const exitCode = exitCodeOf(outcomes, { cancelled: signal.aborted, wasStopped, skipBadHosts })
  const ms = Math.round(performance.now() - since)
  emit({ type: 'run-ended', exitCode, ms })
  await scope.heard()
  return { run, exitCode, ms, steps }
}

const namesOf = ({ hosts, steps }: Plan) => ({
  hosts: hosts.map(({ label }) => label),
  steps: steps.map(({ invocation: { name, text }, hosts: those, conducted }) => ({
    task: name,
    text,
    ...(conducted.length === 0 ? {} : { conducts: conducted.map(({ label }) => label) }),
    ...(those.length === hosts.length ? {} : { hosts: those.map(({ label }) => label) }),
  })),
})
