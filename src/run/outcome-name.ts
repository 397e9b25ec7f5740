import type { StepOutcome } from './events.ts'

/** An outcome in a few words, its name first: `failed (exit 3)`, `signalled (SIGKILL)`, `timed out`. */
export function outcomeName(outcome: StepOutcome): string {
  switch (outcome.type) {
    case 'failed':
      return outcome.exitCode === undefined ? 'failed' : `failed (exit ${outcome.exitCode})`
    case 'signalled':
      return `signalled (${outcome.signal})`
    case 'timed-out':
      return 'timed out'
    default:
      return outcome.type
  }
}
