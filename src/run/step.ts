import { GachetteError } from '../shell/index.ts'
import type { Task } from '../task/task.ts'
import type { StepId, StepOutcome } from './events.ts'
import type { PlanHost, PlanStep } from './plan.ts'
import type { Earlier, RunScope } from './run-scope.ts'
import { stepOutcome } from './step-outcome.ts'
import { StepPlaces } from './step-places.ts'

/** What came of one task on one host. */
export interface StepReport extends StepId {
  readonly task: string
  readonly outcome: StepOutcome
  /** What the task answered; of one that failed, what it found all the same; else undefined. */
  readonly result: unknown
  readonly ms: number
}

/** Runs one task on one host, and tells how it went. Nothing that it started is left running. */
export async function runStep(
  run: RunScope,
  { invocation, conducted }: PlanStep,
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
    const places = new StepPlaces(run, id, { host, conducted })
    try {
      const result = await places.whole(() => body(invocation.task)(places.on(host), invocation.args))
      return { outcome: { type: 'done' }, result }
    } catch (error) {
      const result = error instanceof GachetteError ? error.found : undefined
      return { outcome: stepOutcome(error, invocation.name, places.endOf(error)), result }
    } finally {
      places.release()
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
