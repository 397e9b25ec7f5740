import type { RemoteFate } from '../session/outcome.ts'
import type { Task, TaskContext } from '../task/task.ts'
import type { Emit, StepScope } from './carry-out.ts'
import type { StepId, StepOutcome } from './events.ts'
import { hostContext } from './host-context.ts'
import type { HostSessions } from './host-sessions.ts'
import type { Masks } from './masks.ts'
import { type Pending, pendingOf } from './pending.ts'
import type { PlanHost, PlanStep } from './plan.ts'
import { stepOutcome } from './step-outcome.ts'

/** What came of one task on one host. */
export interface StepReport extends StepId {
  readonly task: string
  readonly outcome: StepOutcome
  /** What the task answered; undefined unless it is done. */
  readonly result: unknown
  readonly ms: number
}

/** What the steps of a run share. */
export interface RunScope {
  readonly emit: Emit
  readonly masks: Masks
  readonly sessions: HostSessions
  readonly signal: AbortSignal
  readonly setting: TaskContext['setting']
  readonly dryRun: boolean
  readonly commandTimeoutMs: number
  readonly nextCommand: () => number
  readonly earlier?: Earlier
}

/** What an earlier attempt of the same run has left, by host label and step. */
export interface Earlier {
  /** How a step ended that is not to be run again, and what it answered; undefined: it is to be run. */
  readonly ended: (id: StepId) => { readonly outcome: StepOutcome; readonly result?: unknown } | undefined
  /** What `once` noted in a step that did not come to its end, by name. */
  readonly notes: (id: StepId) => ReadonlyMap<string, unknown>
}

/** Runs one task on one host, and tells how it went. Nothing that it started is left running. */
export async function runStep(
  run: RunScope,
  { invocation }: PlanStep,
  step: number,
  host: PlanHost,
): Promise<StepReport> {
  const id: StepId = { host: host.label, step }
  const ended = run.earlier?.ended(id)
  if (ended !== undefined) return endedEarlier(run, invocation.name, id, ended)
  const since = performance.now()
  run.emit({ type: 'step-started', ...id })
  const { outcome, result } = await bodyOutcome()
  const ms = Math.round(performance.now() - since)
  run.emit({ type: 'step-ended', ...id, outcome, ms, ...(result === undefined ? {} : { result }) })
  return { ...id, task: invocation.name, outcome, result, ms }

  async function bodyOutcome(): Promise<{ readonly outcome: StepOutcome; readonly result: unknown }> {
    const fates: RemoteFate[] = []
    const pending = pendingOf(run.signal)
    try {
      const context = hostContext(scopeOf(pending, fates), {
        ...run,
        host: host.host,
        notes: run.earlier?.notes(id) ?? new Map(),
      })
      const result = await pending.whole(() => body(invocation.task)(context, invocation.args))
      return { outcome: { type: 'done' }, result }
    } catch (error) {
      const cancelled = run.signal.aborted ? fates : undefined
      return { outcome: stepOutcome(error, invocation.name, cancelled), result: undefined }
    }
  }

  function scopeOf(pending: Pending, fates: RemoteFate[]): StepScope {
    return {
      id,
      emit: run.emit,
      masks: run.masks,
      signal: pending.signal,
      track: pending.track,
      session: () => run.sessions.of(host),
      nextCommand: run.nextCommand,
      commandTimeoutMs: run.commandTimeoutMs,
      ended(session, outcome) {
        if (outcome.type === 'lost') run.sessions.forget(host, session)
        if (outcome.type === 'cancelled') fates.push(outcome.remote)
      },
    }
  }
}

function endedEarlier(
  { emit }: RunScope,
  task: string,
  id: StepId,
  { outcome, result }: NonNullable<ReturnType<Earlier['ended']>>,
): StepReport {
  const answered = result === undefined ? {} : { result }
  emit({ type: 'step-ended', ...id, outcome, ms: 0, earlier: true, ...answered })
  return { ...id, task, outcome, result, ms: 0 }
}

/** Its arguments were checked against its parameters when the invocation was made; no type can say so here. */
const body = (task: Task) => task as Task<Readonly<Record<string, unknown>>>
