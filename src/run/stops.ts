import { countOf, type HostShare } from '../inventory/host-share.ts'
import type { StepOutcome } from './events.ts'
import { outcomeName } from './outcome-name.ts'
import type { PlanHost } from './plan.ts'
import type { StepReport } from './step.ts'

export interface StopRules {
  /** When more of the run's hosts than that have failed, nothing new is started. */
  readonly maxFail?: HostShare
  /** Unreachable hosts do not count as failed. */
  readonly skipBadHosts: boolean
  /** A task that concerns no host may fail, and the run goes on. */
  readonly keepGoing: boolean
}

/** Hears how each step ended, and says when the rest of the run is not to be begun. */
export class Stops {
  readonly #rules: StopRules
  readonly #hosts: number
  readonly #failed = new Set<PlanHost>()
  readonly #say: (why: string) => void
  #why: string | undefined
  #isByRule = false

  /** @param hosts how many there are in the run, of which `maxFail` may be per cent */
  constructor(rules: StopRules, hosts: number, say: (why: string) => void) {
    this.#rules = rules
    this.#hosts = hosts
    this.#say = say
  }

  /** Why nothing new is started; undefined while there is no reason. */
  get why(): string | undefined {
    return this.#why
  }

  /** Whether it was `maxFail` or the canary, and not the failure of a task that concerns all hosts. */
  get isByRule(): boolean {
    return this.#isByRule
  }

  /** A step has ended; one that concerns no host (`isOnce`) concerns all of them. */
  hear(host: PlanHost, report: StepReport, isOnce: boolean): void {
    const { task, outcome } = report
    if (!isFailure(outcome)) return
    const { maxFail, skipBadHosts, keepGoing } = this.#rules
    if (isOnce) {
      if (!keepGoing) this.#stop(`${task} ${outcomeName(outcome)}`, false)
    } else if (maxFail !== undefined && !(outcome.type === 'unreachable' && skipBadHosts)) {
      const failed = this.#failed.add(host).size
      if (failed > countOf(maxFail, this.#hosts))
        this.#stop(
          `${failed === 1 ? '1 host has' : `${failed} hosts have`} failed (max_fail ${maxFail})`,
          true,
        )
    }
  }

  /** The canary is through; without evidence that all is well, the others are spared. */
  judgeCanary(reports: readonly StepReport[]): void {
    const bad = reports.find(({ outcome }) => outcome.type !== 'done')
    if (bad !== undefined)
      this.#stop(`the canary ${bad.host} did not go well: ${bad.task} ${outcomeName(bad.outcome)}`, true)
  }

  #stop(why: string, isByRule: boolean): void {
    if (this.#why !== undefined) return
    this.#why = why
    this.#isByRule = isByRule
    this.#say(why)
  }
}

/** One that was cancelled by somebody else than the whole run is not done either. */
const isFailure = ({ type }: StepOutcome): boolean => type !== 'done' && type !== 'skipped'
