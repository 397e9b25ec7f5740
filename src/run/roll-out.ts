import type { HostShare } from '../inventory/host-share.ts'
import { type Batch, batchesOf, type Rollout } from './batches.ts'
import type { StepId } from './events.ts'
import { fanOut } from './fan-out.ts'
import { outcomeName } from './outcome-name.ts'
import type { Plan, PlanHost, PlanStep } from './plan.ts'
import type { RunScope } from './run-scope.ts'
import { runStep, type StepReport } from './step.ts'
import { Stops } from './stops.ts'

/** How a run goes over its hosts, and what stops it. */
export interface RolloutOptions extends Rollout {
  /** Hosts worked on at once; 1 (serially, in order) unless given. */
  readonly hostsAtOnce?: number
  /** A failed host goes on with its next task. */
  readonly keepGoing?: boolean
  /** Hosts that cannot be reached do not change the exit code. */
  readonly skipBadHosts?: boolean
  /** When more hosts than that have failed, of all hosts of the run, nothing new is started. */
  readonly maxFail?: HostShare
}

/** What came of it. */
export interface RolledOut {
  /** Every step on every host it was planned for, in the order of the plan. */
  readonly reports: readonly StepReport[]
  /** Whether `maxFail` or the canary kept something from being begun. */
  readonly wasStopped: boolean
}

/** Carries out batch after batch, and in each task after task, every one of them on all hosts of the batch. */
export async function rollOut(scope: RunScope, plan: Plan, options: RolloutOptions): Promise<RolledOut> {
  const { hostsAtOnce = 1, keepGoing = false } = options
  const blocked = new Map<PlanHost, string>()
  const waiting = plan.steps.map(({ hosts }) => new Set(hosts))
  const isAnyLeft = () => waiting.some((hosts) => [...hosts].some((host) => !blocked.has(host)))
  const stops = stopsFor(scope, plan, options, isAnyLeft)
  const reports = plan.steps.map(() => new Map<PlanHost, StepReport>())
  const lastStep = new Map(plan.steps.flatMap(({ hosts }, at) => hosts.map((host) => [host, at] as const)))

  const stepOn = async (host: PlanHost, step: PlanStep, at: number): Promise<StepReport> => {
    waiting[at]?.delete(host)
    const because = scope.signal.aborted ? 'the run was cancelled' : (blocked.get(host) ?? stops.why)
    if (because !== undefined) return skip(scope, step, { host: host.label, step: at }, because)
    const report = await runStep(scope, step, at, host)
    if (isBlocking(report, keepGoing)) blocked.set(host, reasonOf(report))
    stops.hear(host, report, step.isOnce)
    return report
  }

  const batches = batchesOf(plan, options)
  for (const [number, batch] of batches.entries()) {
    const isBegun = !scope.signal.aborted && stops.why === undefined
    if (isBegun && batches.length > 1) announce(scope, batch, number, batches.length)
    const ofBatch: StepReport[] = []
    for (const at of batch.steps) {
      const step = plan.steps[at]
      if (step === undefined) continue
      await fanOut(step.isOnce ? step.hosts : batch.hosts, hostsAtOnce, async (host) => {
        const report = await stepOn(host, step, at)
        reports[at]?.set(host, report)
        ofBatch.push(report)
        if (blocked.has(host) || lastStep.get(host) === at) scope.sessions.close(host)
      })
    }
    if (batch.isCanary) stops.judgeCanary(ofBatch)
  }
  const inOrder = plan.steps.flatMap(({ hosts }, at) => hosts.flatMap((host) => reports[at]?.get(host) ?? []))
  return { reports: inOrder, wasStopped: stops.isByRule && inOrder.some(isHeldBack) }

  function isHeldBack({ outcome }: StepReport): boolean {
    return outcome.type === 'skipped' && outcome.because === stops.why
  }
}

function stopsFor(
  { emit, signal }: RunScope,
  plan: Plan,
  options: RolloutOptions,
  isAnyLeft: () => boolean,
): Stops {
  const { skipBadHosts = false, keepGoing = false, maxFail } = options
  const hosts = new Set(plan.steps.flatMap((step) => (step.isOnce ? [] : step.hosts)))
  const rules = { skipBadHosts, keepGoing, ...(maxFail === undefined ? {} : { maxFail }) }
  return new Stops(rules, hosts.size, (why) => {
    if (!signal.aborted && isAnyLeft()) emit({ type: 'warning', text: `${why}: nothing new is started` })
  })
}

function announce({ emit }: RunScope, batch: Batch, number: number, batches: number): void {
  const { steps, hosts, isCanary } = batch
  const labels = hosts.map(({ label }) => label)
  emit({ type: 'batch-started', batch: number, batches, canary: isCanary, steps, hosts: labels })
}

function skip({ emit }: RunScope, { invocation }: PlanStep, id: StepId, because: string): StepReport {
  const outcome = { type: 'skipped', because } as const
  emit({ type: 'step-ended', ...id, outcome, ms: 0 })
  return { ...id, task: invocation.name, outcome, result: undefined, ms: 0 }
}

/** A host that cannot be reached is not asked again, whatever else may go on. */
const isBlocking = ({ outcome }: StepReport, keepGoing: boolean): boolean =>
  outcome.type === 'unreachable' || (outcome.type !== 'done' && !keepGoing)

const reasonOf = ({ task, outcome }: StepReport): string =>
  outcome.type === 'unreachable' ? 'the host is unreachable' : `${task} ${outcomeName(outcome)}`
