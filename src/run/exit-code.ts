import type { ExitCode } from '../shell/index.ts'
import type { StepOutcome } from './events.ts'

/** The heaviest first: what a mixed run answers. */
const ORDER: readonly ExitCode[] = [130, 1, 2, 3]

/** Of failed steps, by the code of their error; a task that conducts hosts may fail for those that it cannot reach. */
const FAILED: Readonly<Record<string, ExitCode>> = { usage: 2, settings: 2, 'hosts-unreachable': 3 }

interface RunFacts {
  readonly cancelled: boolean
  /** `max_fail` or the canary kept something from being begun: that is never a success. */
  readonly wasStopped: boolean
  readonly skipBadHosts: boolean
}

/** What the process answers for the outcomes of a run. */
export function exitCodeOf(outcomes: readonly StepOutcome[], run: RunFacts): 0 | ExitCode {
  const codes = new Set<0 | ExitCode>(outcomes.map(codeOf))
  if (run.wasStopped) codes.add(1)
  return ORDER.find((code) => codes.has(code)) ?? 0

  function codeOf(outcome: StepOutcome): 0 | ExitCode {
    switch (outcome.type) {
      case 'done':
        return 0
      case 'skipped':
        return run.cancelled ? 130 : 0
      case 'cancelled':
        return 130
      case 'unreachable':
        return run.skipBadHosts ? 0 : 3
      case 'failed':
        return FAILED[outcome.code] ?? 1
      case 'signalled':
      case 'timed-out':
      case 'lost':
        return 1
    }
  }
}
