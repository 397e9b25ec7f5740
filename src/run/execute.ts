import type { Host } from '../inventory/host.ts'
import type { Session } from '../session/session.ts'
import { CancelledError, type ExitCode, type Secret } from '../shell/index.ts'
import { secretsOf } from '../task/index.ts'
import type { Emit } from './carry-out.ts'
import { EVENTS_VERSION, type RunEvent } from './events.ts'
import { exitCodeOf } from './exit-code.ts'
import { fanOut } from './fan-out.ts'
import { following } from './following.ts'
import { HostSessions } from './host-sessions.ts'
import { Masks } from './masks.ts'
import { outcomeName } from './outcome-name.ts'
import type { Plan, PlanHost, PlanStep } from './plan.ts'
import { runId } from './run-id.ts'
import { type Earlier, type RunScope, runStep, type StepReport } from './step.ts'

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
  /** Aborting starts nothing new and ends what runs. A CancelledError as its reason is told as a warning. */
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
  /** Shown in no event, besides those among the arguments and those that commands are given. */
  readonly secrets?: readonly Secret[]
  /** The name of the run; a new one unless given. */
  readonly run?: string
  /** What an earlier attempt has left: what is done there is not done again. */
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
 * Carries a plan out: task after task, each over its hosts. Never rejects because of a host or a task: what went wrong
 * is in the outcome. Sessions are closed when it resolves.
 */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<RunOutcome> {
  const { dryRun = false, hostsAtOnce = 1, keepGoing = false, skipBadHosts = false } = options
  const run = options.run ?? runId()
  const since = performance.now()
  const { signal, release } = following(options.signal)
  const scope = scopeOf(options, signal)
  for (const { invocation } of plan.steps) scope.masks.add(secretsOf(invocation.args))
  const { emit, sessions } = scope
  const blocked = new Map<PlanHost, string>()
  const reports: StepReport[] = []
  const lastStep = new Map(plan.steps.flatMap(({ hosts }, at) => hosts.map((host) => [host, at] as const)))

  emit({ type: 'run-started', run, dryRun, ...namesOf(plan) })
  const sayWhy = () => {
    const reason: unknown = signal.reason
    if (reason instanceof CancelledError) emit({ type: 'warning', text: reason.message })
  }
  if (signal.aborted) sayWhy()
  else signal.addEventListener('abort', sayWhy)
  for (const [at, step] of plan.steps.entries()) {
    const done = new Map<PlanHost, StepReport>()
    await fanOut(step.hosts, hostsAtOnce, async (host) => {
      const because = signal.aborted ? 'the run was cancelled' : blocked.get(host)
      const report =
        because === undefined ? await runStep(scope, step, at, host) : skip(scope, step, at, host, because)
      done.set(host, report)
      if (isBlocking(report, keepGoing)) blocked.set(host, because ?? reasonOf(report))
      if (blocked.has(host) || lastStep.get(host) === at) sessions.close(host)
    })
    reports.push(...step.hosts.flatMap((host) => done.get(host) ?? []))
  }
  await sessions.closeAll()
  release()

  const outcomes = reports.map(({ outcome }) => outcome)
  const exitCode = exitCodeOf(outcomes, { cancelled: signal.aborted, skipBadHosts })
  const ms = Math.round(performance.now() - since)
  emit({ type: 'run-ended', exitCode, ms })
  return { run, exitCode, ms, steps: reports }
}

function scopeOf(options: ExecuteOptions, signal: AbortSignal): RunScope {
  const { openSession, onEvent, setting, dryRun = false, commandTimeoutMs = 0 } = options
  const masks = new Masks(options.secrets)
  const emit: Emit = (fact) => {
    if (onEvent === undefined) return undefined
    const event = { v: EVENTS_VERSION, time: new Date().toISOString(), ...fact } as const
    const slow = masks
      .of(event)
      .map(onEvent)
      .filter((wait) => wait !== undefined)
    return slow.length === 0 ? undefined : Promise.all(slow).then(() => undefined)
  }
  const warn = (text: string) => void emit({ type: 'warning', text })
  const sessions = new HostSessions(async ({ host, label }) => {
    const since = performance.now()
    const session = await openSession(host, { dryRun, signal, warn })
    const afterMs = Math.round(performance.now() - since)
    if (!dryRun) emit({ type: 'host-connected', host: label, afterMs })
    return session
  })
  let commands = 0
  return {
    emit,
    masks,
    sessions,
    signal,
    setting,
    dryRun,
    commandTimeoutMs,
    nextCommand: () => commands++,
    ...(options.earlier === undefined ? {} : { earlier: options.earlier }),
  }
}

function skip({ emit }: RunScope, step: PlanStep, at: number, host: PlanHost, because: string): StepReport {
  const id = { host: host.label, step: at }
  const outcome = { type: 'skipped', because } as const
  emit({ type: 'step-ended', ...id, outcome, ms: 0 })
  return { ...id, task: step.invocation.name, outcome, result: undefined, ms: 0 }
}

const namesOf = ({ hosts, steps }: Plan) => ({
  hosts: hosts.map(({ label }) => label),
  steps: steps.map(({ invocation: { name, text } }) => ({ task: name, text })),
})

/** A host that cannot be reached is not asked again, whatever else may go on. */
const isBlocking = ({ outcome }: StepReport, keepGoing: boolean): boolean =>
  outcome.type === 'unreachable' || (outcome.type !== 'done' && !keepGoing)

const reasonOf = ({ task, outcome }: StepReport): string =>
  outcome.type === 'unreachable' ? 'the host is unreachable' : `${task} ${outcomeName(outcome)}`
