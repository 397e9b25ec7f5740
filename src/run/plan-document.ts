import type { HostShare } from '../inventory/host-share.ts'
import { batchesOf, groupsOf } from './batches.ts'
import type { StepName } from './events.ts'
import type { Plan, PlanHost } from './plan.ts'
import type { RolloutOptions } from './roll-out.ts'
import type { Earlier } from './run-scope.ts'

/** What a run would do, in the order in which it would: plain JSON, as `--plan --json` prints it. */
export interface PlanDocument {
  readonly v: 1
  /** Every host of the run once; this machine is none where only tasks that concern no host run here. */
  readonly hosts: readonly string[]
  readonly steps: readonly PlannedStep[]
  readonly batches: readonly PlannedBatch[]
  readonly hostsAtOnce: number
  readonly maxFail?: HostShare
}

/** One task with its arguments, as the plan has it. */
export interface PlannedStep extends StepName {
  /** It concerns no host, and runs here, once. */
  readonly once: boolean
  /** Those that it conducts, in the groups in which it is asked to go over them. */
  readonly groups?: readonly (readonly string[])[]
}

/** `steps` are indices; those that are not `once` run on all `hosts`, which may be none. */
export interface PlannedBatch {
  readonly steps: readonly number[]
  readonly hosts: readonly string[]
  readonly canary: boolean
  /** What an earlier run has done, and is not done again: of a step, those of `hosts`; of one that is `once`, none. */
  readonly done?: readonly { readonly step: number; readonly hosts: readonly string[] }[]
}

/** A plan in the order in which `execute` carries it out with the same options, and after the same earlier attempt. */
export function planDocument(
  plan: Plan,
  options: RolloutOptions = {},
  earlier?: Pick<Earlier, 'ended'>,
): PlanDocument {
  const { hostsAtOnce = 1, maxFail } = options
  const isOnce = (step: number) => plan.steps[step]?.isOnce === true
  const batches = batchesOf(plan, options).map(({ steps, hosts, isCanary }): PlannedBatch => {
    const done = steps.flatMap((step) => {
      const all = isOnce(step) ? (plan.steps[step]?.hosts ?? []) : hosts
      const ended = all.map(labelOf).filter((host) => earlier?.ended({ host, step }) !== undefined)
      return ended.length === 0 ? [] : [{ step, hosts: isOnce(step) ? [] : ended }]
    })
    return {
      steps,
      hosts: steps.every(isOnce) ? [] : hosts.map(labelOf),
      canary: isCanary,
      ...(done.length === 0 ? {} : { done }),
    }
  })
  return {
    v: 1,
    hosts: [
      ...new Set([
        ...batches.flatMap(({ hosts }) => hosts),
        ...plan.steps.flatMap(({ conducted }) => conducted.map(labelOf)),
      ]),
    ],
    steps: plan.steps.map(({ invocation: { name, text }, isOnce: once, conducted }) => ({
      task: name,
      text,
      once,
      ...(conducted.length === 0
        ? {}
        : {
            conducts: conducted.map(labelOf),
            groups: groupsOf(conducted, options).map(({ hosts }) => hosts.map(labelOf)),
          }),
    })),
    batches,
    hostsAtOnce,
    ...(maxFail === undefined ? {} : { maxFail }),
  }
}

const labelOf = ({ label }: PlanHost): string => label
