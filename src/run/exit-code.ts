import type { ExitCode } from '../shell/index.ts'
import type { StepOutcome } from './events.ts'

/** The heaviest first: what a mixed run answers. */
const ORDER: readonly ExitCode[] = [130, 1, 2, 3]

/** What the process answers for the outcomes of a run. */
export function exitCodeOf(
  outcomes: readonly StepOutcome[],
  run: { readonly cancelled: boolean; readonly skipBadHosts: boolean },
): 0 | ExitCode {
  const codes = new Set(outcomes.map(codeOf))
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
        return outcome.code === 'usage' || outcome.code === 'settings' ? 2 : 1
      case 'signalled':
      case 'timed-out':
      case 'lost':
        return 1
    }
  }
}
